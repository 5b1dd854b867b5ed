#include "renderer/compose_pass.h"

#include <algorithm>

namespace fenceline {

namespace {

VkImageMemoryBarrier2 barrier_of(VkImage image) {
  VkImageMemoryBarrier2 barrier{};
  barrier.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER_2;
  barrier.srcQueueFamilyIndex = barrier.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
  barrier.image = image;
  barrier.subresourceRange = whole_image;
  return barrier;
}

/// Whether layers that replace what is below cover the whole target, so that it need not be cleared.
bool covered(const std::vector<DrawItem>& items, Size target) {
  Region open(Rect{0, 0, target.width, target.height});
  for (const DrawItem& item : items)
    if (!item.mode.blend)
      for (const Rect& part : item.parts)
        open.subtract(part);
  return open.empty();
}

} // namespace

void ComposePass::flush(VkCommandBuffer commands) {
  if (barriers_.empty())
    return;
  VkDependencyInfo info{};
  info.sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO;
  info.imageMemoryBarrierCount = static_cast<std::uint32_t>(barriers_.size());
  info.pImageMemoryBarriers = barriers_.data();
  vkCmdPipelineBarrier2(commands, &info);
  barriers_.clear();
}

void ComposePass::begin_barriers(VkCommandBuffer commands, const GpuImage& target, const std::vector<DrawItem>& items) {
  foreign_.clear();
  for (const DrawItem& item : items)
    if (item.texture->foreign && std::find(foreign_.begin(), foreign_.end(), item.texture.get()) == foreign_.end())
      foreign_.push_back(item.texture.get());
  for (const Texture* texture : foreign_) {
    VkImageMemoryBarrier2 barrier = barrier_of(texture->image->handle());
    // UNDEFINED would allow the driver to drop what the client has drawn.
    barrier.oldLayout = VK_IMAGE_LAYOUT_GENERAL;
    barrier.newLayout = VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL;
    barrier.srcQueueFamilyIndex = VK_QUEUE_FAMILY_FOREIGN_EXT;
    barrier.dstQueueFamilyIndex = device_.queue_family();
    barrier.srcStageMask = VK_PIPELINE_STAGE_2_NONE;
    barrier.dstStageMask = VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT;
    barrier.dstAccessMask = VK_ACCESS_2_SHADER_SAMPLED_READ_BIT;
    barriers_.push_back(barrier);
  }
  VkImageMemoryBarrier2 barrier = barrier_of(target.handle());
  // Every pixel is written, so nothing is taken over from the display.
  barrier.oldLayout = VK_IMAGE_LAYOUT_UNDEFINED;
  barrier.newLayout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL;
  barrier.srcStageMask = VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT;
  barrier.dstStageMask = VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT;
  barrier.dstAccessMask = VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT | VK_ACCESS_2_COLOR_ATTACHMENT_READ_BIT;
  barriers_.push_back(barrier);
  flush(commands);
}

void ComposePass::end_barriers(VkCommandBuffer commands, const GpuImage& target, After after) {
  for (const Texture* texture : foreign_) {
    VkImageMemoryBarrier2 barrier = barrier_of(texture->image->handle());
    barrier.oldLayout = VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL;
    barrier.newLayout = VK_IMAGE_LAYOUT_GENERAL;
    barrier.srcQueueFamilyIndex = device_.queue_family();
    barrier.dstQueueFamilyIndex = VK_QUEUE_FAMILY_FOREIGN_EXT;
    barrier.srcStageMask = VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT;
    barriers_.push_back(barrier);
  }
  if (after != After::Keep) {
    VkImageMemoryBarrier2 barrier = barrier_of(target.handle());
    barrier.oldLayout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL;
    barrier.srcStageMask = VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT;
    barrier.srcAccessMask = VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT;
    if (after == After::Foreign) {
      barrier.newLayout = VK_IMAGE_LAYOUT_GENERAL;
      barrier.srcQueueFamilyIndex = device_.queue_family();
      barrier.dstQueueFamilyIndex = VK_QUEUE_FAMILY_FOREIGN_EXT;
    } else {
      barrier.newLayout = VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL;
      barrier.dstStageMask = VK_PIPELINE_STAGE_2_COPY_BIT;
      barrier.dstAccessMask = VK_ACCESS_2_TRANSFER_READ_BIT;
    }
    barriers_.push_back(barrier);
  }
  flush(commands);
}

void ComposePass::draw(VkCommandBuffer commands, const GpuImage& target, const std::vector<DrawItem>& items) const {
  const Size size = target.size();
  const VkViewport viewport = {0, 0, static_cast<float>(size.width), static_cast<float>(size.height), 0, 1};
  const VkRect2D scissor = {{0, 0}, {static_cast<std::uint32_t>(size.width), static_cast<std::uint32_t>(size.height)}};
  vkCmdSetViewport(commands, 0, 1, &viewport);
  vkCmdSetScissor(commands, 0, 1, &scissor);
  VkPipeline bound = VK_NULL_HANDLE;
  for (const DrawItem& item : items) {
    if (VkPipeline wanted = pipelines_.get(target.format(), item.mode); wanted != bound) {
      vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, wanted);
      bound = wanted;
    }
    VkDescriptorSet set = item.texture->descriptor.handle();
    vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, pipelines_.layout(), 0, 1, &set, 0, nullptr);
    LayerConstants constants = item.constants;
    for (const Rect& part : item.parts) {
      set_rect(constants, part, size);
      vkCmdPushConstants(commands, pipelines_.layout(), VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_FRAGMENT_BIT, 0,
                         sizeof(constants), &constants);
      vkCmdDraw(commands, 4, 1, 0, 0);
    }
  }
}

void ComposePass::record(VkCommandBuffer commands, const GpuImage& target, After after,
                         const std::vector<DrawItem>& items) {
  begin_barriers(commands, target, items);
  const Size size = target.size();
  VkRenderingAttachmentInfo attachment{};
  attachment.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO;
  attachment.imageView = target.view();
  attachment.imageLayout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL;
  attachment.loadOp = covered(items, size) ? VK_ATTACHMENT_LOAD_OP_DONT_CARE : VK_ATTACHMENT_LOAD_OP_CLEAR;
  attachment.storeOp = VK_ATTACHMENT_STORE_OP_STORE;
  attachment.clearValue.color.float32[3] = 1.0F;
  VkRenderingInfo rendering{};
  rendering.sType = VK_STRUCTURE_TYPE_RENDERING_INFO;
  rendering.renderArea.extent = {static_cast<std::uint32_t>(size.width), static_cast<std::uint32_t>(size.height)};
  rendering.layerCount = 1;
  rendering.colorAttachmentCount = 1;
  rendering.pColorAttachments = &attachment;
  vkCmdBeginRendering(commands, &rendering);
  draw(commands, target, items);
  vkCmdEndRendering(commands);
  end_barriers(commands, target, after);
}

} // namespace fenceline
