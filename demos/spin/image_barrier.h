#pragma once

#include "demos/spin/target_image.h"

namespace fenceline::demos {

/// A state of an image: its layout, and the work that it is in this layout for.
struct ImageUse {
  VkImageLayout layout;
  VkPipelineStageFlags2 stages;
  VkAccessFlags2 access;
};

/// Its content is not needed any more; earlier work on it may still be going on.
inline constexpr ImageUse lost{VK_IMAGE_LAYOUT_UNDEFINED,
                               VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT | VK_PIPELINE_STAGE_2_COPY_BIT,
                               VK_ACCESS_2_NONE};
inline constexpr ImageUse attached{VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL,
                                   VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT,
                                   VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT | VK_ACCESS_2_COLOR_ATTACHMENT_READ_BIT};
inline constexpr ImageUse copied_from{VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, VK_PIPELINE_STAGE_2_COPY_BIT,
                                      VK_ACCESS_2_TRANSFER_READ_BIT};
inline constexpr ImageUse copied_to{VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, VK_PIPELINE_STAGE_2_COPY_BIT,
                                    VK_ACCESS_2_TRANSFER_WRITE_BIT};
/// With others than Vulkan, which read it in layout GENERAL.
inline constexpr ImageUse outside{VK_IMAGE_LAYOUT_GENERAL, VK_PIPELINE_STAGE_2_NONE, VK_ACCESS_2_NONE};

/// From one use to the next. The queue families matter only where the image changes hands.
inline void record_barrier(VkCommandBuffer commands, const TargetImage& target, const ImageUse& from,
                           const ImageUse& to, std::uint32_t from_family = VK_QUEUE_FAMILY_IGNORED,
                           std::uint32_t to_family = VK_QUEUE_FAMILY_IGNORED) {
  VkImageMemoryBarrier2 image{};
  image.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER_2;
  image.srcStageMask = from.stages;
  image.srcAccessMask = from.access;
  image.dstStageMask = to.stages;
  image.dstAccessMask = to.access;
  image.oldLayout = from.layout;
  image.newLayout = to.layout;
  image.srcQueueFamilyIndex = from_family;
  image.dstQueueFamilyIndex = to_family;
  image.image = target.image();
  image.subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
  VkDependencyInfo info{};
  info.sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO;
  info.imageMemoryBarrierCount = 1;
  info.pImageMemoryBarriers = &image;
  vkCmdPipelineBarrier2(commands, &info);
}

} // namespace fenceline::demos
