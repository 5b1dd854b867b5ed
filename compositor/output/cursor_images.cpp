#include "compositor/output/cursor_images.h"

#include <cerrno>
#include <cstring>

namespace fenceline {

CursorImages::CursorImages(ScanoutDevice& device, IdSource<BufferId>& ids, OutputId output, Size largest)
    : device_(device), ids_(ids), output_(output), largest_(largest) {}

CursorImages::~CursorImages() {
  for (const Slot& slot : slots_)
    if (slot.image)
      device_.forget_buffer(slot.image->buffer);
}

Result<CursorImages::Image> CursorImages::show(const CursorStore::Picture& picture) {
  for (const Slot& slot : slots_)
    if (slot.image && slot.version == picture.version())
      return Image{slot.image->buffer, slot.image->size, 0};

  Slot& slot = slots_[0].image && slots_[0].image->buffer == on_screen_ ? slots_[1] : slots_[0];
  if (!slot.image) {
    auto image = device_.allocate_cursor(ids_.next(), output_);
    if (!image)
      return image.error();
    slot.image = *image;
  }
  const MappedImage& image = *slot.image;
  const auto rows = static_cast<std::size_t>(image.size.height);
  const auto row_bytes = static_cast<std::size_t>(picture.size().width) * 4U;
  const auto picture_rows = static_cast<std::size_t>(picture.size().height);
  if (image.stride < row_bytes || rows < picture_rows || image.pixels.size() < rows * image.stride)
    return Error{"the cursor does not fit the cursor plane's image", EINVAL};
  slot.version = picture.version();
  // Every byte is written: what an earlier cursor left would show beside a smaller one.
  for (std::size_t y = 0; y < rows; ++y) {
    std::byte* row = image.pixels.data() + y * image.stride;
    const std::size_t taken = y < picture_rows ? row_bytes : 0;
    if (taken > 0)
      std::memcpy(row, picture.pixels().data() + y * static_cast<std::size_t>(picture.size().width), taken);
    std::memset(row + taken, 0, image.stride - taken);
  }
  return Image{image.buffer, image.size, rows * image.stride};
}

std::optional<CursorImages::Pixels> CursorImages::read(BufferId image) const {
  for (const Slot& slot : slots_) {
    if (!slot.image || slot.image->buffer != image)
      continue;
    Pixels out{slot.image->size, {}};
    const auto width = static_cast<std::size_t>(out.size.width);
    out.pixels.resize(width * static_cast<std::size_t>(out.size.height));
    for (std::size_t y = 0; y < static_cast<std::size_t>(out.size.height); ++y)
      std::memcpy(out.pixels.data() + y * width, slot.image->pixels.data() + y * slot.image->stride, width * 4);
    return out;
  }
  return std::nullopt;
}

} // namespace fenceline
