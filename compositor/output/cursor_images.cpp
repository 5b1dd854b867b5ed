#include "compositor/output/cursor_images.h"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <span>

#include "compositor/base/transform.h"

namespace fenceline {

namespace {

/// One row of the upright picture.
void write_turned_row(std::span<std::byte> row, std::int32_t y, const CursorStore::Picture& picture,
                      Transform turned_by) {
  const Size size = turned(inverse(turned_by), picture.size());
  for (std::int32_t x = 0; x < size.width; ++x) {
    const Rect at = turned(turned_by, {x, y, 1, 1}, size);
    const auto index = static_cast<std::size_t>(at.y) * static_cast<std::size_t>(picture.size().width) +
                       static_cast<std::size_t>(at.x);
    std::memcpy(row.data() + static_cast<std::size_t>(x) * 4U, &picture.pixels()[index], 4);
  }
}

} // namespace

CursorImages::CursorImages(ScanoutDevice& device, IdSource<BufferId>& ids, OutputId output, Size largest)
    : device_(device), ids_(ids), output_(output), largest_(largest) {}

CursorImages::~CursorImages() {
  for (const Slot& slot : slots_)
    if (slot.image)
      device_.forget_buffer(slot.image->buffer);
}

Result<CursorImages::Image> CursorImages::show(const CursorStore::Picture& picture, Transform turned_by) {
  for (const Slot& slot : slots_)
    if (slot.image && slot.version == picture.version() && slot.turned_by == turned_by)
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
  const Size size = turned(inverse(turned_by), picture.size());
  const auto row_bytes = static_cast<std::size_t>(size.width) * 4U;
  const auto picture_rows = static_cast<std::size_t>(size.height);
  if (image.stride < row_bytes || rows < picture_rows || image.pixels.size() < rows * image.stride)
    return Error{"the cursor does not fit the cursor plane's image", EINVAL};
  slot.version = picture.version();
  slot.turned_by = turned_by;
  // Every byte is written: what an earlier cursor left would show beside a smaller one.
  for (std::size_t y = 0; y < rows; ++y) {
    std::byte* row = image.pixels.data() + y * image.stride;
    const std::size_t taken = y < picture_rows ? row_bytes : 0;
    if (taken > 0 && turned_by == Transform::Normal)
      std::memcpy(row, picture.pixels().data() + y * static_cast<std::size_t>(size.width), taken);
    else if (taken > 0)
      write_turned_row({row, taken}, static_cast<std::int32_t>(y), picture, turned_by);
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
