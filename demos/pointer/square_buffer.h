#pragma once

#include <memory>
#include <optional>

#include "demos/client/connection.h"
#include "demos/client/geometry.h"
#include "demos/client/linear_buffer.h"
#include "demos/client/shm_buffer.h"

namespace fenceline::demos {

/// Where the pointer is: a pixel of the picture.
struct Place {
  int x = 0, y = 0;
};

/// The part of the picture that the square covers.
[[nodiscard]] Rect square_at(Place place, Size size);

/// A picture of the square (pointer_pattern.h) in a buffer, of which only what changes is drawn.
class SquareBuffer {
 public:
  /// `dmabuf`: a linear dma-buf, else wl_shm. Shows the plain ground.
  SquareBuffer(Connection& connection, Size size, bool dmabuf);

  [[nodiscard]] wl_buffer* buffer() const { return linear_ ? linear_->buffer() : shm_->buffer(); }
  [[nodiscard]] bool busy() const { return linear_ ? linear_->busy() : shm_->busy(); }
  void set_busy();
  /// The square is there and nowhere else; none: it is nowhere.
  void draw(std::optional<Place> place);

 private:
  void fill(const Rect& rect, std::uint32_t pixel);

  Size size_;
  std::unique_ptr<LinearBuffer> linear_; // one of the two
  std::unique_ptr<ShmBuffer> shm_;
  std::optional<Place> drawn_;
};

} // namespace fenceline::demos
