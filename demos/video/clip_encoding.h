#pragma once

#include <cstdint>
#include <memory>

#include "demos/client/connection.h"

namespace fenceline::demos {

/// How the clip's values are meant.
struct ClipEncoding {
  enum class Matrix : std::uint8_t { bt601, bt709, bt2020 };
  Matrix matrix = Matrix::bt709;
  bool full_range = false;
};

/// Says it of a surface (wp_color_representation_v1), for as long as it lives.
class SurfaceEncoding {
 public:
  /// It counts with the surface's next commit. Where the compositor does not offer the protocol or the encoding, said()
  /// is false.
  SurfaceEncoding(Connection& connection, wl_surface* surface, const ClipEncoding& encoding);
  SurfaceEncoding(const SurfaceEncoding&) = delete;
  SurfaceEncoding& operator=(const SurfaceEncoding&) = delete;
  ~SurfaceEncoding();

  [[nodiscard]] bool said() const { return said_; }

 private:
  struct Objects;
  std::unique_ptr<Objects> objects_;
  bool said_ = false;
};

} // namespace fenceline::demos
