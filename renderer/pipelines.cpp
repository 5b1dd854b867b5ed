#include "renderer/pipelines.h"

#include <algorithm>
#include <cassert>

#include "renderer/layer_map.h"
#include "shaders/layer.frag.h"
#include "shaders/layer.vert.h"
#include "shaders/solid.frag.h"
#include "shaders/yuv.frag.h"

namespace fenceline {

namespace {

std::size_t index_of(DrawMode mode) {
  return (mode.blend ? 4U : 0U) + (mode.yuv ? 3U : mode.solid ? 2U : mode.nearest ? 1U : 0U);
}

Result<VkShaderModule> make_module(const VulkanDevice& device, std::span<const std::uint32_t> words) {
  VkShaderModuleCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO;
  info.codeSize = words.size_bytes();
  info.pCode = words.data();
  VkShaderModule module = VK_NULL_HANDLE;
  if (const VkResult r = vkCreateShaderModule(device.handle(), &info, nullptr, &module); r != VK_SUCCESS)
    return vk_error("the device does not take a shader", r);
  return module;
}

} // namespace

Result<std::unique_ptr<Pipelines>> Pipelines::create(const VulkanDevice& device, PipelineCache& cache,
                                                     VkDescriptorSetLayout pictures) {
  std::unique_ptr<Pipelines> self(new Pipelines(device, cache));
  auto vertex = make_module(device, layer_vert);
  if (!vertex)
    return vertex.error();
  self->vertex_ = *vertex;
  auto fragment = make_module(device, layer_frag);
  if (!fragment)
    return fragment.error();
  self->fragment_ = *fragment;
  auto solid = make_module(device, solid_frag);
  if (!solid)
    return solid.error();
  self->solid_ = *solid;
  auto yuv = make_module(device, yuv_frag);
  if (!yuv)
    return yuv.error();
  self->yuv_ = *yuv;

  const VkPushConstantRange constants = {VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_FRAGMENT_BIT, 0,
                                         sizeof(LayerConstants)};
  VkPipelineLayoutCreateInfo layout{};
  layout.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO;
  layout.setLayoutCount = 1;
  layout.pSetLayouts = &pictures;
  layout.pushConstantRangeCount = 1;
  layout.pPushConstantRanges = &constants;
  if (const VkResult r = vkCreatePipelineLayout(device.handle(), &layout, nullptr, &self->layout_); r != VK_SUCCESS)
    return vk_error("cannot make a pipeline layout", r);
  return self;
}

Pipelines::~Pipelines() {
  for (const Set& set : sets_)
    for (VkPipeline pipeline : set.pipelines)
      vkDestroyPipeline(device_.handle(), pipeline, nullptr);
  vkDestroyPipelineLayout(device_.handle(), layout_, nullptr);
  vkDestroyShaderModule(device_.handle(), yuv_, nullptr);
  vkDestroyShaderModule(device_.handle(), solid_, nullptr);
  vkDestroyShaderModule(device_.handle(), fragment_, nullptr);
  vkDestroyShaderModule(device_.handle(), vertex_, nullptr);
}

Result<void> Pipelines::prepare(VkFormat format) {
  return prepare(Set{.format = format, .linear = false, .pipelines = {}});
}

Result<void> Pipelines::prepare_linear(VkFormat format) {
  return prepare(Set{.format = format, .linear = true, .pipelines = {}});
}

Result<void> Pipelines::prepare(Set set) {
  if (std::any_of(sets_.begin(), sets_.end(), [&](const Set& s) { return s.format == set.format; }))
    return {};
  for (const bool blend : {false, true}) {
    // What replaces what is below is drawn as it is, whichever way others are blended.
    if (set.linear && !blend)
      continue;
    for (DrawMode mode : {DrawMode{.blend = blend}, DrawMode{.blend = blend, .nearest = true},
                          DrawMode{.blend = blend, .solid = true}}) {
      mode.linear = set.linear;
      auto made = make(set.format, mode);
      if (!made) {
        for (VkPipeline pipeline : set.pipelines)
          vkDestroyPipeline(device_.handle(), pipeline, nullptr);
        return made.error();
      }
      set.pipelines[index_of(mode)] = *made;
    }
  }
  if (with_yuv_)
    if (auto added = add_yuv(set); !added) {
      for (VkPipeline pipeline : set.pipelines)
        vkDestroyPipeline(device_.handle(), pipeline, nullptr);
      return added;
    }
  sets_.push_back(set);
  return {};
}

Result<void> Pipelines::add_yuv(Set& set) const {
  for (const bool blend : {false, true}) {
    if (set.linear && !blend)
      continue;
    const DrawMode mode{.blend = blend, .linear = set.linear, .yuv = true};
    VkPipeline& place = set.pipelines[index_of(mode)];
    if (place != VK_NULL_HANDLE)
      continue;
    auto made = make(set.format, mode);
    if (!made)
      return made.error();
    place = *made;
  }
  return {};
}

Result<void> Pipelines::prepare_yuv() {
  if (with_yuv_)
    return {};
  for (Set& set : sets_)
    if (auto added = add_yuv(set); !added)
      return added;
  with_yuv_ = true;
  return {};
}

VkPipeline Pipelines::get(VkFormat format, DrawMode mode) const {
  const auto found = std::find_if(sets_.begin(), sets_.end(), [&](const Set& s) { return s.format == format; });
  assert(found != sets_.end());
  return found->pipelines[index_of(mode)];
}

Result<VkPipeline> Pipelines::make(VkFormat format, DrawMode mode) const {
  // By constant_id: nearest, linear.
  const VkBool32 constants[] = {mode.nearest ? VK_TRUE : VK_FALSE, mode.linear ? VK_TRUE : VK_FALSE};
  const VkSpecializationMapEntry entries[] = {{0, 0, sizeof(VkBool32)}, {1, sizeof(VkBool32), sizeof(VkBool32)}};
  const VkSpecializationInfo special = {2, entries, sizeof(constants), constants};
  VkPipelineShaderStageCreateInfo stages[2] = {};
  stages[0].sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
  stages[0].stage = VK_SHADER_STAGE_VERTEX_BIT;
  stages[0].module = vertex_;
  stages[0].pName = "main";
  stages[1] = stages[0];
  stages[1].stage = VK_SHADER_STAGE_FRAGMENT_BIT;
  stages[1].module = mode.yuv ? yuv_ : mode.solid ? solid_ : fragment_;
  stages[1].pSpecializationInfo = mode.solid ? nullptr : &special;

  VkPipelineVertexInputStateCreateInfo input{};
  input.sType = VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO;
  VkPipelineInputAssemblyStateCreateInfo assembly{};
  assembly.sType = VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO;
  assembly.topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP;
  VkPipelineViewportStateCreateInfo viewport{};
  viewport.sType = VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO;
  viewport.viewportCount = 1;
  viewport.scissorCount = 1;
  VkPipelineRasterizationStateCreateInfo raster{};
  raster.sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO;
  raster.polygonMode = VK_POLYGON_MODE_FILL;
  raster.cullMode = VK_CULL_MODE_NONE;
  raster.lineWidth = 1.0F;
  VkPipelineMultisampleStateCreateInfo samples{};
  samples.sType = VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO;
  samples.rasterizationSamples = VK_SAMPLE_COUNT_1_BIT;

  VkPipelineColorBlendAttachmentState attachment{};
  attachment.blendEnable = mode.blend ? VK_TRUE : VK_FALSE;
  attachment.srcColorBlendFactor = attachment.srcAlphaBlendFactor = VK_BLEND_FACTOR_ONE;
  attachment.dstColorBlendFactor = attachment.dstAlphaBlendFactor = VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA;
  attachment.colorBlendOp = attachment.alphaBlendOp = VK_BLEND_OP_ADD;
  attachment.colorWriteMask =
      VK_COLOR_COMPONENT_R_BIT | VK_COLOR_COMPONENT_G_BIT | VK_COLOR_COMPONENT_B_BIT | VK_COLOR_COMPONENT_A_BIT;
  VkPipelineColorBlendStateCreateInfo blend{};
  blend.sType = VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO;
  blend.attachmentCount = 1;
  blend.pAttachments = &attachment;
  const VkDynamicState dynamics[] = {VK_DYNAMIC_STATE_VIEWPORT, VK_DYNAMIC_STATE_SCISSOR};
  VkPipelineDynamicStateCreateInfo dynamic{};
  dynamic.sType = VK_STRUCTURE_TYPE_PIPELINE_DYNAMIC_STATE_CREATE_INFO;
  dynamic.dynamicStateCount = 2;
  dynamic.pDynamicStates = dynamics;
  VkPipelineRenderingCreateInfo rendering{};
  rendering.sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO;
  rendering.colorAttachmentCount = 1;
  rendering.pColorAttachmentFormats = &format;

  VkGraphicsPipelineCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO;
  info.pNext = &rendering;
  info.stageCount = 2;
  info.pStages = stages;
  info.pVertexInputState = &input;
  info.pInputAssemblyState = &assembly;
  info.pViewportState = &viewport;
  info.pRasterizationState = &raster;
  info.pMultisampleState = &samples;
  info.pColorBlendState = &blend;
  info.pDynamicState = &dynamic;
  info.layout = layout_;
  VkPipeline pipeline = VK_NULL_HANDLE;
  if (const VkResult r = vkCreateGraphicsPipelines(device_.handle(), cache_.handle(), 1, &info, nullptr, &pipeline);
      r != VK_SUCCESS)
    return vk_error("cannot make a pipeline", r);
  return pipeline;
}

} // namespace fenceline
