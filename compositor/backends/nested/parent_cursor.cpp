#include "compositor/backends/nested/parent_cursor.h"

#include <algorithm>

namespace fenceline {

ParentCursor::ParentCursor(ParentConnection& connection)
    : connection_(connection), surface_(wl_compositor_create_surface(connection.compositor())) {}

MappedImage ParentCursor::allocate(BufferId buffer) {
  std::vector<std::uint32_t>& pixels = pictures_[buffer];
  pixels.resize(static_cast<std::size_t>(largest.width) * static_cast<std::size_t>(largest.height));
  return {.buffer = buffer,
          .size = largest,
          .stride = static_cast<std::uint32_t>(largest.width) * 4U,
          .pixels = std::as_writable_bytes(std::span(pixels))};
}

void ParentCursor::show(BufferId buffer, Point hotspot) {
  const bool another = buffer != shown_;
  if (!another && hotspot == hotspot_)
    return;
  // What is in a picture changes only while another one is shown.
  if (another && buffer != BufferId{} && !draw(buffer))
    return;
  shown_ = buffer;
  hotspot_ = hotspot;
  tell();
}

void ParentCursor::enter(wl_pointer* pointer, std::uint32_t serial) {
  pointer_ = pointer;
  serial_ = serial;
  tell();
}

void ParentCursor::tell() {
  if (pointer_ != nullptr)
    wl_pointer_set_cursor(pointer_, serial_, shown_ == BufferId{} ? nullptr : surface_.get(), hotspot_.x, hotspot_.y);
}

bool ParentCursor::draw(BufferId buffer) {
  const auto picture = pictures_.find(buffer);
  if (picture == pictures_.end())
    return false;
  auto image = std::find_if(images_.begin(), images_.end(), [](const auto& other) { return !other->lent(); });
  // A parent that keeps all of them may see one change under its eyes.
  if (image == images_.end() && images_.size() >= most_images)
    image = images_.begin();
  if (image == images_.end()) {
    auto made = ShmImage::create(connection_.shm(), largest, WL_SHM_FORMAT_ARGB8888);
    if (!made)
      return false;
    images_.push_back(std::move(*made));
    image = std::prev(images_.end());
  }
  std::copy(picture->second.begin(), picture->second.end(), (*image)->pixels().begin());
  wl_surface_attach(surface_.get(), (*image)->lend(), 0, 0);
  wl_surface_damage_buffer(surface_.get(), 0, 0, largest.width, largest.height);
  wl_surface_commit(surface_.get());
  return true;
}

} // namespace fenceline
