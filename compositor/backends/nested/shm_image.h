#pragma once
#include <cstdint>
#include <memory>
#include <span>

#include "compositor/backends/nested/parent_image.h"
#include "compositor/base/result.h"

namespace fenceline {

/// A wl_buffer of the parent in memory that we share with it: 4 bytes a pixel, rows without padding.
class ShmImage final : public ParentImage {
 public:
  /// `format`: of wl_shm. Every parent has WL_SHM_FORMAT_XRGB8888 and WL_SHM_FORMAT_ARGB8888.
  [[nodiscard]] static Result<std::unique_ptr<ShmImage>> create(wl_shm* shm, Size size, std::uint32_t format);
  ~ShmImage() override;

  /// Not to be written to while the parent reads it.
  [[nodiscard]] std::span<std::uint32_t> pixels() { return pixels_; }

 private:
  ShmImage(Size size, std::span<std::uint32_t> pixels) : ParentImage(size), pixels_(pixels) {}
  std::span<std::uint32_t> pixels_;
};

} // namespace fenceline
