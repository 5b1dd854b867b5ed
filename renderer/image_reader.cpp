#include "renderer/image_reader.h"

namespace fenceline {

Result<ImageReader::Copy> ImageReader::prepare(std::shared_ptr<Texture> image, const YuvEncoding& yuv) {
  const Size size = image->image->size();
  auto screen = targets_.make_offscreen(size, VK_IMAGE_USAGE_TRANSFER_SRC_BIT);
  if (!screen)
    return screen.error();
  const std::size_t bytes =
      std::size_t{4} * static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height);
  auto pixels = GpuBuffer::create(device_, bytes, VK_BUFFER_USAGE_TRANSFER_DST_BIT);
  if (!pixels)
    return pixels.error();
  return Copy{std::move(image), std::move(*screen), std::move(*pixels), yuv};
}

Result<ImageReader::Copy> ImageReader::prepare(const Target& target) {
  if (!target.drawn)
    return Error{"nothing has been drawn to the image yet"};
  auto descriptor = descriptors_.make(target.image->view());
  if (!descriptor)
    return descriptor.error();
  auto image = std::make_shared<Texture>();
  image->image = target.image;
  image->descriptor = std::move(*descriptor);
  image->format = target.format;
  image->foreign = target.foreign;
  image->filled = true;
  image->target = true;
  return prepare(std::move(image), {});
}

/// A target of our own lies as an attachment between compositions, not as what is sampled.
void ImageReader::rest(VkCommandBuffer commands, const Texture& image, bool before) const {
  if (!image.target || image.foreign)
    return;
  VkImageMemoryBarrier2 barrier{};
  barrier.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER_2;
  barrier.srcQueueFamilyIndex = barrier.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
  barrier.image = image.image->handle();
  barrier.subresourceRange = whole_image;
  constexpr VkPipelineStageFlags2 reads = VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT | VK_PIPELINE_STAGE_2_COPY_BIT;
  constexpr VkPipelineStageFlags2 writes = VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT;
  if (before) {
    barrier.oldLayout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL;
    barrier.newLayout = VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL;
    barrier.srcStageMask = writes;
    barrier.srcAccessMask = VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT;
    barrier.dstStageMask = reads;
    barrier.dstAccessMask = VK_ACCESS_2_SHADER_SAMPLED_READ_BIT | VK_ACCESS_2_TRANSFER_READ_BIT;
  } else {
    barrier.oldLayout = VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL;
    barrier.newLayout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL;
    barrier.srcStageMask = reads;
    barrier.dstStageMask = writes | VK_PIPELINE_STAGE_2_COPY_BIT;
    barrier.dstAccessMask = VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT | VK_ACCESS_2_TRANSFER_WRITE_BIT;
  }
  VkDependencyInfo info{};
  info.sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO;
  info.imageMemoryBarrierCount = 1;
  info.pImageMemoryBarriers = &barrier;
  vkCmdPipelineBarrier2(commands, &info);
}

void ImageReader::record(GpuFrame& frame, const Copy& copy) {
  const GpuImage& screen = *copy.screen->image;
  const Size size = screen.size();
  Layer whole;
  whole.source = {0, 0, static_cast<double>(size.width), static_cast<double>(size.height)};
  whole.dest = {0, 0, size.width, size.height};
  // The whole of an image that is not empty always has a map.
  LayerMap map = map_layer(whole, size).value_or(LayerMap{});
  const bool yuv = copy.image->yuv != nullptr;
  if (yuv)
    map.constants.yuv = yuv_constants(*copy.image->yuv, copy.yuv, {});
  DrawItem item{
      copy.image, map.constants, DrawMode{.blend = false, .nearest = true, .yuv = yuv}, {&whole.dest, 1}, std::nullopt};
  // As compositions do (choose_copies): a CPU device copies ten times as fast as it draws.
  if (device_.facts().cpu && copy.image->format.vk == copy.screen->format.vk)
    item.copy_from = Point{0, 0};
  rest(frame.commands, *copy.image, true);
  pass_.record(frame.commands, screen, {size}, ComposePass::After::Read, {item});
  rest(frame.commands, *copy.image, false);

  VkBufferImageCopy region{};
  region.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
  region.imageExtent = {static_cast<std::uint32_t>(size.width), static_cast<std::uint32_t>(size.height), 1};
  vkCmdCopyImageToBuffer(frame.commands, screen.handle(), VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, copy.pixels->handle(),
                         1, &region);
  VkMemoryBarrier2 barrier{};
  barrier.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER_2;
  barrier.srcStageMask = VK_PIPELINE_STAGE_2_COPY_BIT;
  barrier.srcAccessMask = VK_ACCESS_2_TRANSFER_WRITE_BIT;
  barrier.dstStageMask = VK_PIPELINE_STAGE_2_HOST_BIT;
  barrier.dstAccessMask = VK_ACCESS_2_HOST_READ_BIT;
  VkDependencyInfo info{};
  info.sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO;
  info.memoryBarrierCount = 1;
  info.pMemoryBarriers = &barrier;
  vkCmdPipelineBarrier2(frame.commands, &info);
  frame.keeps.push_back(copy.image);
  frame.keeps.push_back(copy.screen);
  frame.keeps.push_back(copy.pixels);
}

} // namespace fenceline
