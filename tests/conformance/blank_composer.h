#pragma once
#include <drm_fourcc.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <vector>

#include "compositor/output/composer.h"

namespace fenceline::test {

/// A composer for sessions of which nobody sees a picture: it takes all that the renderer takes, and draws nothing.
/// What clients can see of one is there: wl_shm content is read, and every composition is done at once.
class BlankComposer final : public Composer {
 public:
  [[nodiscard]] std::span<const FormatModifier> texture_formats() const override { return formats_; }
  [[nodiscard]] std::span<const FormatModifier> target_formats() const override { return formats_; }
  [[nodiscard]] Result<void> import_dmabuf(BufferId, const DmabufAttributes&) override { return {}; }
  void forget_buffer(BufferId) override {}

  [[nodiscard]] Result<std::uint64_t> upload(SurfaceId, const PixelSource& pixels, const Region&) override {
    const Size size = pixels.size();
    constexpr std::size_t largest_pixel = 8;
    std::vector<std::byte> row(
        std::min<std::size_t>(pixels.stride(), static_cast<std::size_t>(size.width) * largest_pixel));
    std::uint64_t bytes = 0;
    for (std::int32_t y = 0; y < size.height; ++y) {
      // What the client has taken away is no picture of it; that is all there is to it.
      (void)pixels.read_rows(static_cast<std::uint32_t>(y), 1, row);
      bytes += row.size();
    }
    return bytes;
  }
  void forget_surface(SurfaceId) override {}

  [[nodiscard]] Result<DmabufAttributes> create_target(BufferId, Size, std::span<const FormatModifier>) override {
    return Error{"nothing is exported", ENOTSUP};
  }
  [[nodiscard]] Result<void> create_offscreen_target(BufferId, Size) override { return {}; }
  [[nodiscard]] Result<void> import_target(BufferId, const DmabufAttributes&) override {
    return Error{"nothing is drawn for a display", ENOTSUP};
  }
  [[nodiscard]] Result<void> compose(const ComposeRequest&, std::shared_ptr<ComposeSink> sink) override {
    sink->composed(Composed{});
    return {};
  }
  [[nodiscard]] Result<void> read_back(BufferId, const YuvEncoding&, std::function<void(Result<ReadBack>)>) override {
    return Error{"there is no picture", ENOTSUP};
  }

 private:
  std::array<FormatModifier, 2> formats_{
      {{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR}, {DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR}}};
};

} // namespace fenceline::test
