#include "renderer/upload_queue.h"

#include <algorithm>

namespace fenceline {

namespace {

constexpr std::size_t chunk_unit = std::size_t{1} << 20;
// Copies want offsets that are multiples of the pixel and of 4; this is what every device likes best.
constexpr std::size_t alignment = 256;
// More rectangles than this are not worth their calls.
constexpr std::size_t max_rects = 64;
// Submissions that a chunk may lie idle before its memory is given back.
constexpr std::uint64_t idle_submissions = 600;

std::size_t aligned(std::size_t n) {
  return (n + alignment - 1) / alignment * alignment;
}

/// Padding worth copying along, to have a whole band in one read.
constexpr std::size_t small_padding = std::size_t{64} << 10;

/// Rows of the damage that have the same rectangles.
struct Band {
  std::uint32_t y = 0, height = 0;
  std::size_t first = 0, count = 0;
};

/// pixman keeps rectangles in bands: sorted from the top, those of one band with the same top and height.
std::vector<Band> bands_of(const std::vector<Rect>& rects) {
  std::vector<Band> bands;
  for (std::size_t i = 0; i < rects.size(); ++i) {
    const auto y = static_cast<std::uint32_t>(rects[i].y);
    if (bands.empty() || bands.back().y != y)
      bands.push_back({y, static_cast<std::uint32_t>(rects[i].height), i, 0});
    ++bands.back().count;
  }
  return bands;
}

} // namespace

Result<UploadQueue::Chunk*> UploadQueue::room(std::size_t bytes, std::uint64_t reached) {
  Chunk* found = nullptr;
  for (const auto& chunk : chunks_) {
    if (chunk->queued == 0 && chunk->value <= reached)
      chunk->head = 0;
    if (!found && chunk->buffer->bytes().size() - chunk->head >= bytes)
      found = chunk.get();
  }
  if (found)
    return found;
  auto buffer =
      GpuBuffer::create(device_, (bytes + chunk_unit - 1) / chunk_unit * chunk_unit, VK_BUFFER_USAGE_TRANSFER_SRC_BIT);
  if (!buffer)
    return buffer.error();
  auto chunk = std::make_unique<Chunk>();
  chunk->buffer = std::move(*buffer);
  chunks_.push_back(std::move(chunk));
  return chunks_.back().get();
}

Result<std::uint64_t> UploadQueue::add(const std::shared_ptr<Texture>& texture, const PixelSource& pixels,
                                       const Region& damage, bool whole, std::uint64_t reached) {
  std::vector<Rect> rects = damage.rects();
  if (rects.size() > max_rects)
    rects = {damage.bounds()};
  const std::vector<Band> bands = bands_of(rects);

  const std::size_t pixel = texture->format.bytes;
  const std::size_t packed = pixel * static_cast<std::size_t>(pixels.size().width);
  const std::size_t stride = pixels.stride();
  // Rows are staged as they lie in the client's memory, with one copy by the CPU. Where the stride is no whole number
  // of pixels, which a copy command cannot express, or the picture is mostly padding, they are read one by one, without
  // it: how long a row is is the client's say alone, and costs it nothing.
  const std::size_t padding = (stride - packed) * static_cast<std::size_t>(pixels.size().height);
  const bool direct = stride % pixel == 0 && (stride <= 2 * packed || padding <= small_padding);
  const std::size_t pitch = direct ? stride : packed;
  std::size_t bytes = 0;
  for (const Band& band : bands)
    bytes += aligned(pitch * band.height);
  auto chunk = room(bytes, reached);
  if (!chunk)
    return chunk.error();
  if (whole)
    drop(texture.get());

  std::uint64_t read = 0;
  std::size_t offset = (*chunk)->head;
  const std::size_t first = copies_.size();
  for (const Band& band : bands) {
    const std::span<std::byte> staged = (*chunk)->buffer->bytes().subspan(offset, pitch * band.height);
    // A false answer means that the client took its memory away: zeros were read, and are shown.
    if (direct) {
      (void)pixels.read_rows(band.y, band.height, staged);
    } else {
      for (std::uint32_t y = 0; y < band.height; ++y)
        (void)pixels.read_rows(band.y + y, 1, staged.subspan(y * pitch, packed));
    }
    read += std::uint64_t{pitch} * band.height;
    for (std::size_t i = band.first; i < band.first + band.count; ++i) {
      VkBufferImageCopy copy{};
      copy.bufferOffset = offset + static_cast<std::size_t>(rects[i].x) * pixel;
      copy.bufferRowLength = static_cast<std::uint32_t>(pitch / pixel);
      copy.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
      copy.imageOffset = {rects[i].x, rects[i].y, 0};
      copy.imageExtent = {static_cast<std::uint32_t>(rects[i].width), band.height, 1};
      copies_.push_back(copy);
    }
    offset += aligned(pitch * band.height);
  }
  (*chunk)->head = offset;
  ++(*chunk)->queued;
  queued_bytes_ += bytes;
  queue_.push_back({texture, *chunk, bytes, first, copies_.size() - first});
  return read;
}

void UploadQueue::drop(const Texture* texture) {
  std::erase_if(queue_, [&](const Entry& entry) {
    if (entry.texture.get() != texture)
      return false;
    --entry.chunk->queued;
    queued_bytes_ -= entry.bytes;
    return true;
  });
  if (queue_.empty())
    copies_.clear();
}

bool UploadQueue::fills(const Texture* texture) const {
  return std::any_of(queue_.begin(), queue_.end(), [&](const Entry& e) { return e.texture.get() == texture; });
}

void UploadQueue::transition(VkCommandBuffer commands, const Texture& texture, bool begin, bool first) const {
  VkImageMemoryBarrier2 barrier{};
  barrier.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER_2;
  barrier.srcQueueFamilyIndex = barrier.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
  barrier.image = texture.image->handle();
  barrier.subresourceRange = whole_image;
  if (begin) {
    // After the sampling of earlier frames; after earlier copies of the same submission.
    barrier.srcStageMask = VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT | VK_PIPELINE_STAGE_2_COPY_BIT;
    barrier.srcAccessMask = VK_ACCESS_2_TRANSFER_WRITE_BIT;
    barrier.dstStageMask = VK_PIPELINE_STAGE_2_COPY_BIT;
    barrier.dstAccessMask = VK_ACCESS_2_TRANSFER_WRITE_BIT;
    // The first copy ever is of the whole picture: there is nothing to keep.
    barrier.oldLayout = first && !texture.filled ? VK_IMAGE_LAYOUT_UNDEFINED : VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL;
    barrier.newLayout = VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL;
  } else {
    barrier.srcStageMask = VK_PIPELINE_STAGE_2_COPY_BIT;
    barrier.srcAccessMask = VK_ACCESS_2_TRANSFER_WRITE_BIT;
    barrier.dstStageMask = VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT | VK_PIPELINE_STAGE_2_COPY_BIT;
    barrier.dstAccessMask = VK_ACCESS_2_SHADER_SAMPLED_READ_BIT | VK_ACCESS_2_TRANSFER_WRITE_BIT;
    barrier.oldLayout = VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL;
    barrier.newLayout = VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL;
  }
  VkDependencyInfo info{};
  info.sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO;
  info.imageMemoryBarrierCount = 1;
  info.pImageMemoryBarriers = &barrier;
  vkCmdPipelineBarrier2(commands, &info);
}

void UploadQueue::record(VkCommandBuffer commands) {
  for (std::size_t i = 0; i < queue_.size(); ++i) {
    const Entry& entry = queue_[i];
    const bool first = std::none_of(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(i),
                                    [&](const Entry& e) { return e.texture == entry.texture; });
    transition(commands, *entry.texture, true, first);
    vkCmdCopyBufferToImage(commands, entry.chunk->buffer->handle(), entry.texture->image->handle(),
                           VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, static_cast<std::uint32_t>(entry.count),
                           copies_.data() + entry.first);
    transition(commands, *entry.texture, false, first);
  }
}

void UploadQueue::submitted(std::uint64_t value, std::vector<std::shared_ptr<const void>>& keeps) {
  for (Entry& entry : queue_) {
    entry.texture->filled = true;
    entry.chunk->value = value;
    --entry.chunk->queued;
    keeps.push_back(std::move(entry.texture));
  }
  queue_.clear();
  copies_.clear();
  queued_bytes_ = 0;
  // A burst's staging memory is not kept for ever. A chunk that has been idle for so many submissions is not in use: at
  // most FrameRing::max_frames are in flight.
  std::erase_if(chunks_,
                [&](const auto& chunk) { return chunk->queued == 0 && value - chunk->value > idle_submissions; });
}

} // namespace fenceline
