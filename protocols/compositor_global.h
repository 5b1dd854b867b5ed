#pragma once
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "compositor/scene/latch_looks.h"
#include "compositor/scene/scene.h"
#include "compositor/wl/display.h"
#include "protocols/output_global.h"
#include "protocols/surface_resource.h"

namespace fenceline {

/// wl_compositor 6, and where the wl_surface of a surface is found.
class CompositorGlobal {
 public:
  /// Of one wl_shm picture: as much as the largest display there is needs in the widest format, 7680x4320 in 8 bytes a
  /// pixel.
  static constexpr std::uint64_t max_picture_bytes = std::uint64_t{256} << 20;
  /// Of all wl_shm pictures of one client's surfaces. Each becomes a texture of its size, while the client itself needs
  /// no memory for it: a file of holes will do.
  static constexpr std::uint64_t max_client_bytes = std::uint64_t{1} << 30;

  CompositorGlobal(wl::Display& display, Scene& scene, OutputGlobals& outputs);
  CompositorGlobal(const CompositorGlobal&) = delete;
  CompositorGlobal& operator=(const CompositorGlobal&) = delete;

  /// Null when its client has destroyed it.
  [[nodiscard]] SurfaceResource* find(SurfaceId surface) const;
  /// What an output shows now: sends enter and leave. Call it after each latch; an unchanged list costs a comparison.
  void shown(OutputId output, std::span<const SurfaceId> surfaces);

  /// Who knows when pictures are taken; null, as at the start: nobody.
  void set_looks(const LatchLooks* looks) { looks_ = looks; }
  /// See LatchLooks::wanted_by.
  [[nodiscard]] std::optional<TimePoint> wanted_by(SurfaceId surface) const {
    return looks_ != nullptr ? looks_->wanted_by(surface) : std::nullopt;
  }

  [[nodiscard]] wl::Display& display() const { return display_; }
  [[nodiscard]] Scene& scene() const { return scene_; }
  [[nodiscard]] OutputGlobals& outputs() const { return outputs_; }

 private:
  friend class SurfaceResource;
  /// A surface of the client has a picture of so many bytes, in place of one of `before`. False, and nothing changes:
  /// the client has too many.
  [[nodiscard]] bool take_picture(ClientId client, std::uint64_t before, std::uint64_t now);

  wl::Display& display_;
  Scene& scene_;
  OutputGlobals& outputs_;
  const LatchLooks* looks_ = nullptr;
  wl::Global global_;
  std::unordered_map<SurfaceId, SurfaceResource*> surfaces_;
  std::unordered_map<OutputId, std::vector<SurfaceId>> shown_; ///< Sorted.
  std::vector<SurfaceId> now_shown_;                           ///< Of one call, kept for the next.
  std::unordered_map<ClientId, std::uint64_t> picture_bytes_;
};

} // namespace fenceline
