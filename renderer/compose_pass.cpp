#include "renderer/compose_pass.h"

#include <algorithm>
#include <cstddef>

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

/// Appends what of `rect` lies outside `hole`.
void add_outside(std::vector<Rect>& list, Rect rect, Rect hole) {
  const Rect cut = rect.intersected(hole);
  if (cut.empty()) {
    list.push_back(rect);
    return;
  }
  const std::int32_t right = cut.x + cut.width, bottom = cut.y + cut.height;
  for (const Rect& left :
       {Rect{rect.x, rect.y, rect.width, cut.y - rect.y}, Rect{rect.x, cut.y, cut.x - rect.x, cut.height},
        Rect{right, cut.y, rect.x + rect.width - right, cut.height},
        Rect{rect.x, bottom, rect.width, rect.y + rect.height - bottom}})
    if (!left.empty())
      list.push_back(left);
}

/// Calls for every image of a texture.
template <class Call>
void for_each_image(const Texture& texture, const Call& call) {
  call(texture.image->handle());
  for (const auto& image : texture.chroma)
    call(image->handle());
}

bool has(const std::vector<const Texture*>& list, const Texture* texture) {
  return std::find(list.begin(), list.end(), texture) != list.end();
}

bool meet(const DrawItem& a, const DrawItem& b) {
  return std::any_of(a.parts.begin(), a.parts.end(), [&](const Rect& one) {
    return std::any_of(b.parts.begin(), b.parts.end(),
                       [&](const Rect& other) { return !one.intersected(other).empty(); });
  });
}

} // namespace

void choose_copies(std::vector<DrawItem>& items, std::span<const Layer* const> layers, const Target& target) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    DrawItem& item = items[i];
    if (item.mode.solid || item.mode.yuv)
      continue;
    const FRect& s = layers[i]->source;
    const Size size = item.texture->image->size();
    if (item.mode.blend || !item.mode.nearest || layers[i]->transform != Transform::Normal || s.x < 0 || s.y < 0 ||
        s.x + s.width > size.width || s.y + s.height > size.height || item.texture->format.vk != target.format.vk ||
        target.format.alpha)
      continue;
    // Copies come before everything that is drawn.
    if (std::any_of(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(i),
                    [&](const DrawItem& below) { return meet(item, below); }))
      continue;
    item.copy_from = Point{static_cast<std::int32_t>(s.x), static_cast<std::int32_t>(s.y)} - layers[i]->dest.origin();
  }
}

// Not with Region: that allocates wherever there are holes.
void ComposePass::find_uncovered(const std::vector<DrawItem>& items, Size target) {
  uncovered_.assign(1, Rect{0, 0, target.width, target.height});
  for (const DrawItem& item : items) {
    if (item.mode.blend)
      continue;
    for (const Rect& part : item.parts) {
      pieces_.clear();
      for (const Rect& open : uncovered_)
        add_outside(pieces_, open, part);
      uncovered_.swap(pieces_);
    }
  }
}

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
  copied_.clear();
  for (const DrawItem& item : items) {
    const Texture* texture = item.texture.get();
    if (texture == nullptr)
      continue;
    if (texture->foreign && !has(foreign_, texture))
      foreign_.push_back(texture);
    if (item.copy_from && !has(copied_, texture))
      copied_.push_back(texture);
  }
  const auto to_copy = [](VkImageMemoryBarrier2& barrier) {
    barrier.newLayout = VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL;
    barrier.dstStageMask = VK_PIPELINE_STAGE_2_COPY_BIT;
    barrier.dstAccessMask = VK_ACCESS_2_TRANSFER_READ_BIT;
  };
  for (const Texture* texture : foreign_)
    for_each_image(*texture, [&](VkImage image) {
      VkImageMemoryBarrier2 barrier = barrier_of(image);
      // UNDEFINED would allow the driver to drop what the client has drawn.
      barrier.oldLayout = VK_IMAGE_LAYOUT_GENERAL;
      barrier.newLayout = VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL;
      barrier.srcQueueFamilyIndex = VK_QUEUE_FAMILY_FOREIGN_EXT;
      barrier.dstQueueFamilyIndex = device_.queue_family();
      barrier.srcStageMask = VK_PIPELINE_STAGE_2_NONE;
      barrier.dstStageMask = VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT;
      barrier.dstAccessMask = VK_ACCESS_2_SHADER_SAMPLED_READ_BIT;
      if (has(copied_, texture))
        to_copy(barrier);
      barriers_.push_back(barrier);
    });
  for (const Texture* texture : copied_) {
    if (texture->foreign)
      continue;
    VkImageMemoryBarrier2 barrier = barrier_of(texture->image->handle());
    barrier.oldLayout = VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL;
    barrier.srcStageMask = VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT | VK_PIPELINE_STAGE_2_COPY_BIT;
    barrier.srcAccessMask = VK_ACCESS_2_TRANSFER_WRITE_BIT; // Of its upload.
    to_copy(barrier);
    barriers_.push_back(barrier);
  }
  VkImageMemoryBarrier2 barrier = barrier_of(target.handle());
  // Every pixel is written, so nothing is taken over from the display.
  barrier.oldLayout = VK_IMAGE_LAYOUT_UNDEFINED;
  barrier.srcStageMask = VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT | VK_PIPELINE_STAGE_2_COPY_BIT;
  if (copied_.empty()) {
    barrier.newLayout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL;
    barrier.dstStageMask = VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT;
    barrier.dstAccessMask = VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT | VK_ACCESS_2_COLOR_ATTACHMENT_READ_BIT;
  } else {
    barrier.newLayout = VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL;
    barrier.dstStageMask = VK_PIPELINE_STAGE_2_COPY_BIT;
    barrier.dstAccessMask = VK_ACCESS_2_TRANSFER_WRITE_BIT;
  }
  barriers_.push_back(barrier);
  flush(commands);
}

/// Copies, and leaves everything as drawing wants it.
void ComposePass::copy(VkCommandBuffer commands, const GpuImage& target, const std::vector<DrawItem>& items) {
  for (const DrawItem& item : items) {
    if (!item.copy_from)
      continue;
    regions_.clear();
    for (const Rect& part : item.parts) {
      const Point from = part.origin() + *item.copy_from;
      VkImageCopy region{};
      region.srcSubresource = region.dstSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
      region.srcOffset = {from.x, from.y, 0};
      region.dstOffset = {part.x, part.y, 0};
      region.extent = {static_cast<std::uint32_t>(part.width), static_cast<std::uint32_t>(part.height), 1};
      regions_.push_back(region);
    }
    vkCmdCopyImage(commands, item.texture->image->handle(), VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, target.handle(),
                   VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, static_cast<std::uint32_t>(regions_.size()), regions_.data());
  }
  for (const Texture* texture : copied_) {
    VkImageMemoryBarrier2 barrier = barrier_of(texture->image->handle());
    barrier.oldLayout = VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL;
    barrier.newLayout = VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL;
    barrier.srcStageMask = VK_PIPELINE_STAGE_2_COPY_BIT;
    barrier.dstStageMask = VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT;
    barrier.dstAccessMask = VK_ACCESS_2_SHADER_SAMPLED_READ_BIT;
    barriers_.push_back(barrier);
  }
  VkImageMemoryBarrier2 barrier = barrier_of(target.handle());
  barrier.oldLayout = VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL;
  barrier.newLayout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL;
  barrier.srcStageMask = VK_PIPELINE_STAGE_2_COPY_BIT;
  barrier.srcAccessMask = VK_ACCESS_2_TRANSFER_WRITE_BIT;
  barrier.dstStageMask = VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT;
  barrier.dstAccessMask = VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT | VK_ACCESS_2_COLOR_ATTACHMENT_READ_BIT;
  barriers_.push_back(barrier);
  flush(commands);
}

void ComposePass::end_barriers(VkCommandBuffer commands, const GpuImage& target, After after) {
  for (const Texture* texture : foreign_)
    for_each_image(*texture, [&](VkImage image) {
      VkImageMemoryBarrier2 barrier = barrier_of(image);
      barrier.oldLayout = VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL;
      barrier.newLayout = VK_IMAGE_LAYOUT_GENERAL;
      barrier.srcQueueFamilyIndex = device_.queue_family();
      barrier.dstQueueFamilyIndex = VK_QUEUE_FAMILY_FOREIGN_EXT;
      barrier.srcStageMask = VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT;
      barriers_.push_back(barrier);
    });
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

void ComposePass::draw(VkCommandBuffer commands, VkFormat format, Size size, std::span<const DrawItem> items) const {
  const VkViewport viewport = {0, 0, static_cast<float>(size.width), static_cast<float>(size.height), 0, 1};
  const VkRect2D scissor = {{0, 0}, {static_cast<std::uint32_t>(size.width), static_cast<std::uint32_t>(size.height)}};
  vkCmdSetViewport(commands, 0, 1, &viewport);
  vkCmdSetScissor(commands, 0, 1, &scissor);
  VkPipeline bound = VK_NULL_HANDLE;
  for (const DrawItem& item : items) {
    if (item.copy_from)
      continue;
    if (VkPipeline wanted = pipelines_.get(format, item.mode); wanted != bound) {
      vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, wanted);
      bound = wanted;
    }
    if (item.texture) {
      VkDescriptorSet set = item.texture->descriptor.handle();
      vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, pipelines_.layout(), 0, 1, &set, 0, nullptr);
    }
    LayerConstants constants = item.constants;
    const std::uint32_t bytes = item.mode.yuv ? sizeof(LayerConstants) : offsetof(LayerConstants, yuv);
    for (const Rect& part : item.parts) {
      set_rect(constants, part, size);
      vkCmdPushConstants(commands, pipelines_.layout(), VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_FRAGMENT_BIT, 0,
                         bytes, &constants);
      vkCmdDraw(commands, 4, 1, 0, 0);
    }
  }
}

/// What was drawn to one view of the target is there for the other.
void ComposePass::next_view(VkCommandBuffer commands, const GpuImage& target) {
  VkImageMemoryBarrier2 barrier = barrier_of(target.handle());
  barrier.oldLayout = barrier.newLayout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL;
  barrier.srcStageMask = barrier.dstStageMask = VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT;
  barrier.srcAccessMask = VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT;
  barrier.dstAccessMask = VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT | VK_ACCESS_2_COLOR_ATTACHMENT_READ_BIT;
  barriers_.push_back(barrier);
  flush(commands);
}

void ComposePass::record(VkCommandBuffer commands, const GpuImage& target, const Canvas& canvas, After after,
                         const std::vector<DrawItem>& items) {
  begin_barriers(commands, target, items);
  const bool copies = !copied_.empty();
  if (copies)
    copy(commands, target, items);
  const Size size = canvas.size;
  find_uncovered(items, size);
  VkRenderingAttachmentInfo attachment{};
  attachment.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO;
  attachment.imageView = target.view();
  attachment.imageLayout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL;
  attachment.loadOp = copies               ? VK_ATTACHMENT_LOAD_OP_LOAD
                      : uncovered_.empty() ? VK_ATTACHMENT_LOAD_OP_DONT_CARE
                                           : VK_ATTACHMENT_LOAD_OP_CLEAR;
  attachment.storeOp = VK_ATTACHMENT_STORE_OP_STORE;
  attachment.clearValue.color.float32[3] = canvas.transparent ? 0.0F : 1.0F;
  VkRenderingInfo rendering{};
  rendering.sType = VK_STRUCTURE_TYPE_RENDERING_INFO;
  rendering.renderArea.extent = {static_cast<std::uint32_t>(size.width), static_cast<std::uint32_t>(size.height)};
  rendering.layerCount = 1;
  rendering.colorAttachmentCount = 1;
  rendering.pColorAttachments = &attachment;
  vkCmdBeginRendering(commands, &rendering);
  if (copies && !uncovered_.empty()) {
    clears_.clear();
    for (const Rect& r : uncovered_)
      clears_.push_back(
          {{{r.x, r.y}, {static_cast<std::uint32_t>(r.width), static_cast<std::uint32_t>(r.height)}}, 0, 1});
    const VkClearAttachment background = {VK_IMAGE_ASPECT_COLOR_BIT, 0, attachment.clearValue};
    vkCmdClearAttachments(commands, 1, &background, static_cast<std::uint32_t>(clears_.size()), clears_.data());
  }
  std::span<const DrawItem> left(items);
  for (bool linear = false;; linear = !linear) {
    const auto end =
        std::find_if(left.begin(), left.end(), [linear](const DrawItem& item) { return item.mode.linear != linear; });
    const auto count = static_cast<std::size_t>(end - left.begin());
    draw(commands, linear ? canvas.linear_format : target.format(), size, left.first(count));
    vkCmdEndRendering(commands);
    left = left.subspan(count);
    if (left.empty())
      break;
    next_view(commands, target);
    attachment.imageView = linear ? target.view() : canvas.linear_view;
    attachment.loadOp = VK_ATTACHMENT_LOAD_OP_LOAD;
    vkCmdBeginRendering(commands, &rendering);
  }
  end_barriers(commands, target, after);
}

} // namespace fenceline
