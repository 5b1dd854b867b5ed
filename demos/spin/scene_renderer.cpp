#include "demos/spin/scene_renderer.h"

#include <array>
#include <cstddef>
#include <cstring>
#include <type_traits>
#include <vector>

#include <glm/glm.hpp>

#include "background_frag.h"
#include "background_vert.h"
#include "bead_frag.h"
#include "bead_vert.h"
#include "demos/frame_code.h"
#include "demos/spin/beads.h"
#include "demos/spin/image_barrier.h"
#include "pattern_frag.h"

namespace fenceline::demos {

namespace {

/// As the shaders declare it.
struct Push {
  glm::mat4 projection;
  glm::vec2 size;
  float pixel;
  float opacity;
  std::uint32_t frame;
  std::uint32_t premultiply;
};
static_assert(sizeof(Push) == 88 && sizeof(Push) <= 128, "128 bytes are what every device has");
static_assert(std::is_standard_layout_v<Bead> && sizeof(Bead) == 36);

constexpr VkShaderStageFlags push_stages = VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_FRAGMENT_BIT;
constexpr float translucent_opacity = 0.45f;

OwnedShaderModule make_module(const Gpu& gpu, std::span<const std::uint32_t> code) {
  VkShaderModuleCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO;
  info.codeSize = code.size_bytes();
  info.pCode = code.data();
  VkShaderModule module = VK_NULL_HANDLE;
  vk_check(vkCreateShaderModule(gpu.device(), &info, nullptr, &module), "vkCreateShaderModule");
  return {gpu.device(), module};
}

/// Writes the frame's number over the top row: exact colours, whatever was drawn.
void record_frame_code(VkCommandBuffer commands, std::uint32_t frame) {
  for (const bool set : {false, true}) {
    std::vector<VkClearRect> pixels;
    for (std::uint32_t x = 0; x < frame_code_width; ++x)
      if ((frame_code_pixel(x, frame) != 0) == set)
        pixels.push_back({{{static_cast<std::int32_t>(x), 0}, {1, frame_code_height}}, 0, 1});
    if (pixels.empty())
      continue;
    const float value = set ? 1.0f : 0.0f;
    VkClearAttachment clear{};
    clear.aspectMask = VK_IMAGE_ASPECT_COLOR_BIT;
    clear.clearValue.color = {{value, value, value, 1.0f}};
    vkCmdClearAttachments(commands, 1, &clear, static_cast<std::uint32_t>(pixels.size()), pixels.data());
  }
}

} // namespace

SceneRenderer::SceneRenderer(const Gpu& gpu, Choice choice, int slots)
    : gpu_(gpu), choice_(choice),
      instances_(gpu, sizeof(Bead) * max_beads * static_cast<std::size_t>(slots), VK_BUFFER_USAGE_VERTEX_BUFFER_BIT) {
  make_layout();
}

void SceneRenderer::make_pipelines(VkFormat format) {
  vk_check(vkQueueWaitIdle(gpu_.queue()), "vkQueueWaitIdle"); // frames on their way are drawn by the old ones
  format_ = format;
  background_image_.reset();
  if (choice_.pattern) {
    pattern_ = make_pipeline({background_vert, pattern_frag});
  } else {
    background_ = make_pipeline({background_vert, background_frag});
    beads_ = make_pipeline({bead_vert, bead_frag, true});
  }
}

void SceneRenderer::make_layout() {
  const VkPushConstantRange range{push_stages, 0, sizeof(Push)};
  VkPipelineLayoutCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO;
  info.pushConstantRangeCount = 1;
  info.pPushConstantRanges = &range;
  VkPipelineLayout layout = VK_NULL_HANDLE;
  vk_check(vkCreatePipelineLayout(gpu_.device(), &info, nullptr, &layout), "vkCreatePipelineLayout");
  layout_ = {gpu_.device(), layout};
}

OwnedPipeline SceneRenderer::make_pipeline(const Shader& shader) const {
  const OwnedShaderModule vertex = make_module(gpu_, shader.vertex);
  const OwnedShaderModule fragment = make_module(gpu_, shader.fragment);
  std::array<VkPipelineShaderStageCreateInfo, 2> stages{};
  stages[0].sType = stages[1].sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
  stages[0].pName = stages[1].pName = "main";
  stages[0].stage = VK_SHADER_STAGE_VERTEX_BIT;
  stages[0].module = vertex.get();
  stages[1].stage = VK_SHADER_STAGE_FRAGMENT_BIT;
  stages[1].module = fragment.get();

  const VkVertexInputBindingDescription binding{0, sizeof(Bead), VK_VERTEX_INPUT_RATE_INSTANCE};
  const std::array<VkVertexInputAttributeDescription, 3> attributes = {{
      {0, 0, VK_FORMAT_R32G32B32A32_SFLOAT, offsetof(Bead, centre)},
      {1, 0, VK_FORMAT_R32G32B32A32_SFLOAT, offsetof(Bead, colour)},
      {2, 0, VK_FORMAT_R32_SFLOAT, offsetof(Bead, openness)},
  }};
  VkPipelineVertexInputStateCreateInfo input{};
  input.sType = VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO;
  if (shader.beads) {
    input.vertexBindingDescriptionCount = 1;
    input.pVertexBindingDescriptions = &binding;
    input.vertexAttributeDescriptionCount = static_cast<std::uint32_t>(attributes.size());
    input.pVertexAttributeDescriptions = attributes.data();
  }
  VkPipelineInputAssemblyStateCreateInfo assembly{};
  assembly.sType = VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO;
  assembly.topology = shader.beads ? VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP : VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST;
  VkPipelineViewportStateCreateInfo viewport{};
  viewport.sType = VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO;
  viewport.viewportCount = 1;
  viewport.scissorCount = 1;
  VkPipelineRasterizationStateCreateInfo raster{};
  raster.sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO;
  raster.polygonMode = VK_POLYGON_MODE_FILL;
  raster.cullMode = VK_CULL_MODE_NONE;
  raster.lineWidth = 1.0f;
  VkPipelineMultisampleStateCreateInfo samples{};
  samples.sType = VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO;
  samples.rasterizationSamples = VK_SAMPLE_COUNT_1_BIT;
  VkPipelineColorBlendAttachmentState blend{};
  blend.blendEnable = shader.beads ? VK_TRUE : VK_FALSE;
  blend.srcColorBlendFactor = blend.srcAlphaBlendFactor = VK_BLEND_FACTOR_ONE; // colours are premultiplied
  blend.dstColorBlendFactor = blend.dstAlphaBlendFactor = VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA;
  blend.colorWriteMask =
      VK_COLOR_COMPONENT_R_BIT | VK_COLOR_COMPONENT_G_BIT | VK_COLOR_COMPONENT_B_BIT | VK_COLOR_COMPONENT_A_BIT;
  VkPipelineColorBlendStateCreateInfo blending{};
  blending.sType = VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO;
  blending.attachmentCount = 1;
  blending.pAttachments = &blend;
  const std::array dynamic_states = {VK_DYNAMIC_STATE_VIEWPORT, VK_DYNAMIC_STATE_SCISSOR};
  VkPipelineDynamicStateCreateInfo dynamic{};
  dynamic.sType = VK_STRUCTURE_TYPE_PIPELINE_DYNAMIC_STATE_CREATE_INFO;
  dynamic.dynamicStateCount = static_cast<std::uint32_t>(dynamic_states.size());
  dynamic.pDynamicStates = dynamic_states.data();
  VkPipelineRenderingCreateInfo rendering{};
  rendering.sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO;
  rendering.colorAttachmentCount = 1;
  rendering.pColorAttachmentFormats = &format_;

  VkGraphicsPipelineCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO;
  info.pNext = &rendering;
  info.stageCount = static_cast<std::uint32_t>(stages.size());
  info.pStages = stages.data();
  info.pVertexInputState = &input;
  info.pInputAssemblyState = &assembly;
  info.pViewportState = &viewport;
  info.pRasterizationState = &raster;
  info.pMultisampleState = &samples;
  info.pColorBlendState = &blending;
  info.pDynamicState = &dynamic;
  info.layout = layout_.get();
  VkPipeline pipeline = VK_NULL_HANDLE;
  vk_check(vkCreateGraphicsPipelines(gpu_.device(), VK_NULL_HANDLE, 1, &info, nullptr, &pipeline),
           "vkCreateGraphicsPipelines");
  return {gpu_.device(), pipeline};
}

void SceneRenderer::record(VkCommandBuffer commands, const TargetImage& target, int slot, std::uint32_t frame) {
  if (format_ != target.format())
    make_pipelines(target.format());
  if (choice_.pattern) {
    record_barrier(commands, target, lost, attached);
    begin(commands, target, VK_ATTACHMENT_LOAD_OP_DONT_CARE, frame);
    vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, pattern_.get());
    vkCmdDraw(commands, 3, 1, 0, 0); // every pixel
  } else {
    record_background(commands, target);
    begin(commands, target, VK_ATTACHMENT_LOAD_OP_LOAD, frame);
    draw_beads(commands, slot, frame);
  }
  record_frame_code(commands, frame);
  vkCmdEndRendering(commands);
}

void SceneRenderer::record_background(VkCommandBuffer commands, const TargetImage& target) {
  if (!background_image_ || background_image_->size() != target.size()) {
    vk_check(vkQueueWaitIdle(gpu_.queue()), "vkQueueWaitIdle"); // frames on their way copy from the old one
    background_image_.emplace(TargetImage::for_reading(gpu_, target.size(), format_));
    record_barrier(commands, *background_image_, lost, attached);
    begin(commands, *background_image_, VK_ATTACHMENT_LOAD_OP_DONT_CARE, 0);
    vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, background_.get());
    vkCmdDraw(commands, 3, 1, 0, 0);
    vkCmdEndRendering(commands);
    record_barrier(commands, *background_image_, attached, copied_from);
  }
  record_barrier(commands, target, lost, copied_to);
  VkImageCopy region{};
  region.srcSubresource = region.dstSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
  region.extent = {static_cast<std::uint32_t>(target.size().width), static_cast<std::uint32_t>(target.size().height),
                   1};
  vkCmdCopyImage(commands, background_image_->image(), copied_from.layout, target.image(), copied_to.layout, 1,
                 &region);
  record_barrier(commands, target, copied_to, attached);
}

void SceneRenderer::begin(VkCommandBuffer commands, const TargetImage& target, VkAttachmentLoadOp load,
                          std::uint32_t frame) const {
  const Size size = target.size();
  const VkExtent2D extent{static_cast<std::uint32_t>(size.width), static_cast<std::uint32_t>(size.height)};
  VkRenderingAttachmentInfo attachment{};
  attachment.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO;
  attachment.imageView = target.view();
  attachment.imageLayout = attached.layout;
  attachment.loadOp = load;
  attachment.storeOp = VK_ATTACHMENT_STORE_OP_STORE;
  VkRenderingInfo rendering{};
  rendering.sType = VK_STRUCTURE_TYPE_RENDERING_INFO;
  rendering.renderArea = {{0, 0}, extent};
  rendering.layerCount = 1;
  rendering.colorAttachmentCount = 1;
  rendering.pColorAttachments = &attachment;
  vkCmdBeginRendering(commands, &rendering);

  const VkViewport viewport{0, 0, static_cast<float>(size.width), static_cast<float>(size.height), 0, 1};
  const VkRect2D scissor{{0, 0}, extent};
  vkCmdSetViewport(commands, 0, 1, &viewport);
  vkCmdSetScissor(commands, 0, 1, &scissor);
  const float aspect = viewport.width / viewport.height;
  const Push push{
      .projection = projection_for(aspect),
      .size = {viewport.width, viewport.height},
      .pixel = pixel_at_distance_one(aspect, viewport.height),
      .opacity = choice_.alpha ? translucent_opacity : 1.0f,
      .frame = frame,
      .premultiply = choice_.alpha ? 1u : 0u,
  };
  vkCmdPushConstants(commands, layout_.get(), push_stages, 0, sizeof push, &push);
}

void SceneRenderer::draw_beads(VkCommandBuffer commands, int slot, std::uint32_t frame) {
  const auto beads = beads_of_frame(frame);
  const VkDeviceSize offset = sizeof(Bead) * max_beads * static_cast<VkDeviceSize>(slot);
  std::memcpy(instances_.data() + offset, beads.data(), beads.size() * sizeof(Bead));
  const VkBuffer buffer = instances_.buffer();
  vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, beads_.get());
  vkCmdBindVertexBuffers(commands, 0, 1, &buffer, &offset);
  vkCmdDraw(commands, 4, static_cast<std::uint32_t>(beads.size()), 0, 0);
}

} // namespace fenceline::demos
