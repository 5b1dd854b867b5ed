#pragma once
#include <cstdint>
#include <list>
#include <vector>

#include "compositor/frame/frame_source.h"

namespace fenceline {

/// The pixels of cursors, shared by all outputs. They are small, and needed again when the pointer moves to an output
/// that has to show them by other means; so they are copied once, at the first latch, and the client gets its buffer
/// back.
class CursorStore {
 public:
  /// Larger pictures are no cursors for a plane: they stay the client's and are composed like any other surface.
  static constexpr std::int32_t max_side = 512;
  static constexpr std::size_t max_pictures = 16;

  /// One cursor: ARGB8888 premultiplied, rows without padding.
  class Picture final : public PixelSource {
   public:
    [[nodiscard]] Size size() const override { return size_; }
    [[nodiscard]] std::uint32_t fourcc() const override;
    [[nodiscard]] std::uint32_t stride() const override { return static_cast<std::uint32_t>(size_.width) * 4U; }
    bool read_rows(std::uint32_t first, std::uint32_t count, std::span<std::byte> out) const override;

    [[nodiscard]] SurfaceId surface() const { return surface_; }
    /// Another number for each new content, of any surface.
    [[nodiscard]] std::uint64_t version() const { return version_; }
    [[nodiscard]] const std::vector<std::uint32_t>& pixels() const { return pixels_; }
    /// Whether the composer has this content under the surface's id.
    bool uploaded = false;

   private:
    friend class CursorStore;
    SurfaceId surface_{};
    Size size_;
    std::uint64_t version_ = 0;
    std::vector<std::uint32_t> pixels_;
  };

  /// Copies and converts new content of a cursor. False, and nothing is kept of the surface, when the format is not a
  /// packed one with 8 bits a channel, or the picture is too large.
  [[nodiscard]] bool keep(SurfaceId surface, const PixelSource& source);
  /// The surface's present content; null when there is none here.
  [[nodiscard]] Picture* find(SurfaceId surface);
  void forget(SurfaceId surface);

 private:
  std::uint64_t last_version_ = 0;
  std::list<Picture> pictures_; ///< The most recently used first.
};

} // namespace fenceline
