#include "demos/pointer/square_buffer.h"

#include <algorithm>
#include <drm_fourcc.h>

#include "demos/pointer_pattern.h"

namespace fenceline::demos {

Rect square_at(Place place, Size size) {
  return Rect{place.x - pointer_square_half, place.y - pointer_square_half, place.x + pointer_square_half,
              place.y + pointer_square_half}
      .clipped_to(size);
}

SquareBuffer::SquareBuffer(Connection& connection, Size size, bool dmabuf) : size_(size) {
  if (dmabuf)
    linear_ = std::make_unique<LinearBuffer>(connection, size, DRM_FORMAT_XRGB8888);
  else
    shm_ = std::make_unique<ShmBuffer>(connection.shm(), size, WL_SHM_FORMAT_XRGB8888);
  if (linear_)
    linear_->begin();
  fill({0, 0, size.width, size.height}, pointer_ground);
  if (linear_)
    linear_->end();
}

void SquareBuffer::set_busy() {
  if (linear_)
    linear_->set_busy();
  else
    shm_->set_busy();
}

void SquareBuffer::draw(std::optional<Place> place) {
  if (linear_)
    linear_->begin();
  if (drawn_)
    fill(square_at(*drawn_, size_), pointer_ground);
  if (place)
    fill(square_at(*place, size_), pointer_ink);
  if (linear_)
    linear_->end();
  drawn_ = place;
}

void SquareBuffer::fill(const Rect& rect, std::uint32_t pixel) {
  for (int y = rect.y0; y < rect.y1; ++y) {
    std::uint32_t* row = linear_ ? linear_->row(y) : shm_->row(y);
    if (rect.x0 < rect.x1)
      std::fill(row + rect.x0, row + rect.x1, pixel);
  }
}

} // namespace fenceline::demos
