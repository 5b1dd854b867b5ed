#pragma once
#include <gtest/gtest.h>

#include <map>

#include "compositor/base/epoll_loop.h"
#include "renderer/vulkan_composer.h"
#include "tests/support/cpu_reference.h"
#include "tests/support/when_composed.h"

namespace fenceline {

/// A client's picture in an array. Counts what is read of it.
class ArrayPixels final : public PixelSource {
 public:
  ArrayPixels(Size size, std::uint32_t fourcc, std::uint32_t stride, std::vector<std::byte> bytes)
      : size_(size), fourcc_(fourcc), stride_(stride), bytes_(std::move(bytes)) {}
  /// 32-bit words without padding.
  ArrayPixels(std::uint32_t fourcc, const ReferencePixels& pixels);

  [[nodiscard]] Size size() const override { return size_; }
  [[nodiscard]] std::uint32_t fourcc() const override { return fourcc_; }
  [[nodiscard]] std::uint32_t stride() const override { return stride_; }
  bool read_rows(std::uint32_t first, std::uint32_t count, std::span<std::byte> out) const override;

  [[nodiscard]] std::uint64_t rows_read() const { return rows_read_; }

 private:
  Size size_;
  std::uint32_t fourcc_;
  std::uint32_t stride_;
  std::vector<std::byte> bytes_;
  mutable std::uint64_t rows_read_ = 0;
};

/// A picture in which every pixel differs from its neighbours; premultiplied. `seed` varies it. `opaque`: alpha 255.
[[nodiscard]] ReferencePixels noise(Size size, std::uint32_t seed, bool opaque);

/// A composer on whatever Vulkan device there is, with the validation layer; skips where there is no device. After each
/// test the layer must have said nothing.
class ComposerTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// Uploads a picture for a surface, and remembers it for the reference.
  void show(std::uint32_t surface, std::uint32_t fourcc, ReferencePixels pixels);
  /// A layer of an uploaded surface, 1:1 at a place.
  [[nodiscard]] Layer layer(std::uint32_t surface, Point at) const;
  [[nodiscard]] static SceneSnapshot snapshot(Size size, std::vector<Layer> layers);
  /// An image that the composer has, opaque; waits for the copy.
  [[nodiscard]] Result<std::vector<std::uint32_t>> read_back(BufferId image, const YuvEncoding& yuv = {});
  static void wait_for(const UniqueFd& fence);
  /// What the renderer draws.
  [[nodiscard]] std::vector<std::uint32_t> drawn(const SceneSnapshot& picture);
  /// What it has to draw.
  [[nodiscard]] std::vector<std::uint32_t> expected(const SceneSnapshot& picture) const;
  /// Composes and runs the loop until that was told of and the fence, if any, has signalled. Its bytes are there until
  /// the next.
  [[nodiscard]] Result<Composed> compose(BufferId target, Size size, std::vector<Layer> layers);

  bool linear_ = false; ///< Set before SetUp.
  Log log_{LogLevel::Warn};
  std::unique_ptr<EpollLoop> loop_;
  std::unique_ptr<VulkanComposer> composer_;
  std::map<SurfaceId, std::pair<std::uint32_t, ReferencePixels>> shown_;
  std::uint64_t wanted_errors_ = 0;

 private:
  std::vector<ComposedBytes> bytes_;
};

} // namespace fenceline
