#pragma once
#include <cstdint>
#include <list>
#include <map>
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
  /// Of one client. The session's own (client 0) are not counted and never let go of.
  static constexpr std::size_t max_pictures = 64;

  /// One cursor: ARGB8888 premultiplied, rows without padding.
  class Picture final : public PixelSource {
   public:
    [[nodiscard]] Size size() const override { return size_; }
    [[nodiscard]] std::uint32_t fourcc() const override;
    [[nodiscard]] std::uint32_t stride() const override { return static_cast<std::uint32_t>(size_.width) * 4U; }
    bool read_rows(std::uint32_t first, std::uint32_t count, std::span<std::byte> out) const override;

    [[nodiscard]] SurfaceId surface() const { return surface_; }
    [[nodiscard]] ClientId client() const { return client_; }
    /// Another number for each new content, of any surface.
    [[nodiscard]] std::uint64_t version() const { return version_; }
    [[nodiscard]] const std::vector<std::uint32_t>& pixels() const { return pixels_; }
    /// Whether the composer has this content under the surface's id.
    bool uploaded = false;

   private:
    friend class CursorStore;
    SurfaceId surface_{};
    ClientId client_{};
    Size size_;
    std::uint64_t version_ = 0;
    std::vector<std::uint32_t> pixels_;
  };

  /// Copies and converts new content of a cursor; victim() makes room for it. False, and nothing is kept of the
  /// surface, when the format is not a packed one with 8 bits a channel, the picture is too large, or there is no room.
  [[nodiscard]] bool keep(SurfaceId surface, ClientId client, const PixelSource& source);
  /// The picture that keep() will let go of for new content of this surface: the client's own least recently used one
  /// that no output shows. Null when there is room anyway, or no such picture.
  [[nodiscard]] Picture* victim(SurfaceId surface, ClientId client);
  /// The cursors in an output's newest snapshot: they are not let go of. Empty when the output goes.
  void show(OutputId output, std::vector<SurfaceId> cursors);
  /// The surface's present content; null when there is none here.
  [[nodiscard]] Picture* find(SurfaceId surface);
  void forget(SurfaceId surface);
  /// The composer has lost all that was uploaded.
  void uploads_lost();

 private:
  [[nodiscard]] bool full(SurfaceId surface, ClientId client) const;
  [[nodiscard]] bool shown(SurfaceId surface) const;

  std::uint64_t last_version_ = 0;
  std::list<Picture> pictures_; ///< The most recently used first.
  std::map<OutputId, std::vector<SurfaceId>> shown_;
};

} // namespace fenceline
