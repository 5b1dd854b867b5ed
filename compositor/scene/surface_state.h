#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "compositor/base/region.h"
#include "compositor/frame/frame_source.h"
#include "compositor/frame/snapshot.h"
#include "compositor/scene/constraint.h"

namespace fenceline {

/// A client's buffer in one content update. Copies share the lease: the client gets the buffer back when the last one
/// is gone.
struct BufferAttachment {
  BufferId id{};
  BufferKind kind = BufferKind::Shm;
  Size size;                                 ///< In buffer pixels.
  FormatModifier format;                     ///< wl_shm: the fourcc with DRM_FORMAT_MOD_LINEAR.
  std::shared_ptr<const PixelSource> pixels; ///< wl_shm only.
  BufferLeasePtr lease;                      ///< Null for a single colour: there is nothing to hold.
  Color color{};                             ///< BufferKind::Solid only.
};

/// One child in its parent's stack. The parent itself stands in its own list too, with no offset.
struct ChildPlacement {
  SurfaceId surface{};
  Point offset; ///< Of the child's origin in the parent's surface coordinates.
  friend bool operator==(const ChildPlacement&, const ChildPlacement&) = default;
};

/// What one commit changes (double-buffered state). What is not set stays as it is. A field that is added here must be
/// handled in SurfaceState::apply and in follow_with: their structured bindings do not compile otherwise.
struct SurfacePatch {
  /// Rectangles of damage that are kept apart. Too much damage is never wrong, and countless ones cost everybody's time.
  static constexpr std::size_t max_damage_rects = 256;

  /// Whether both, applied as one, leave what they leave one after the other, and no moment goes lost that somebody has
  /// asked for: a time, a barrier, a surface that is unmapped in between.
  [[nodiscard]] bool may_be_followed_by(const SurfacePatch& newer) const;
  /// Becomes the patch that does what both do. Callbacks of both are kept; feedback of this one is discarded, and its
  /// buffer let go where the newer one has another.
  void follow_with(SurfacePatch&& newer);
  /// The other way round: `older` is done first, but for its time and its barriers. This one's stay.
  void come_after(SurfacePatch&& older);
  /// Takes the content out, and all that only makes sense with it: the answer has that (scale, viewport, geometry and
  /// the like), without the buffer, which is let go.
  [[nodiscard]] SurfacePatch without_content();

  /// Set: attach was called; empty inside: with a null buffer.
  std::optional<std::optional<BufferAttachment>> buffer;
  std::optional<Point> offset;
  std::optional<std::int32_t> scale;
  std::optional<Transform> transform;
  std::optional<Region> opaque;                            ///< Surface coordinates.
  std::optional<std::optional<Region>> input;              ///< Empty inside: the whole surface.
  Region surface_damage;                                   ///< wl_surface.damage
  Region buffer_damage;                                    ///< wl_surface.damage_buffer
  std::optional<std::optional<FRect>> viewport_source;     ///< After transform and scale; empty inside: unset.
  std::optional<std::optional<Size>> viewport_destination; ///< Surface coordinates; empty inside: unset.
  std::optional<float> alpha;                              ///< 0 to 1, see wp_alpha_modifier_surface_v1.
  std::optional<YuvEncoding> yuv;                          ///< See wp_color_representation_surface_v1.
  std::optional<ChromaSite> chroma;                        ///< The same.
  std::optional<ContentType> content;                      ///< See wp_content_type_v1.
  std::optional<bool> may_tear;                            ///< wp_tearing_control_v1: the hint is async.
  std::optional<std::vector<ChildPlacement>> children;     ///< Bottom to top, the surface itself included.
  std::optional<std::optional<Rect>> window_geometry;      ///< xdg_surface.set_window_geometry; empty inside: unset.
  std::optional<std::uint32_t> acked_configure; ///< The serial of the last xdg_surface.ack_configure before the commit.
  std::optional<std::uint32_t> map_sequence;    ///< Comes with a buffer: which of the role's mappings it is for.
  std::unique_ptr<CommitConstraint> time;       ///< wp_commit_timer_v1.set_timestamp
  bool fifo_barrier = false;                    ///< wp_fifo_v1.set_barrier
  bool fifo_wait = false;                       ///< wp_fifo_v1.wait_barrier
  std::vector<std::unique_ptr<FrameCallback>> callbacks;
  std::vector<std::unique_ptr<PresentationSink>> feedback;
};

/// The applied state of a surface.
struct SurfaceState {
  std::optional<BufferAttachment> buffer;
  /// wl_shm: the composer has the content of `commit`, the lease is gone. The buffer's pixels stay known, for a
  /// composer that has to be made anew.
  bool pixels_uploaded = false;
  Region upload_damage; ///< wl_shm: what changed since the last upload, in buffer pixels.
  Point offset;         ///< The sum of all offsets since the last time that the role looked (see take_offset).
  std::int32_t scale = 1;
  Transform transform = Transform::Normal;
  Region opaque;
  std::optional<Region> input;
  std::optional<FRect> viewport_source;
  std::optional<Size> viewport_destination;
  float alpha = 1.0F;
  YuvEncoding yuv{};
  ChromaSite chroma{};
  ContentType content = ContentType::None;
  bool may_tear = false;
  std::vector<ChildPlacement> children;
  std::optional<Rect> window_geometry;
  std::uint32_t acked_configure = 0;
  std::uint32_t map_sequence = 0;
  bool fifo_barrier = false; ///< Set by an update that no output has latched yet; see Scene::clear_barrier.
  CommitId commit{};         ///< The last content update that was applied.
  CommitId content_commit{}; ///< The last one that attached a buffer.
  std::vector<std::unique_ptr<FrameCallback>> callbacks;
  std::vector<std::unique_ptr<PresentationSink>> feedback;

  /// Takes a patch over. Feedback of an update that no output has latched yet is discarded.
  void apply(CommitId commit_id, SurfacePatch&& patch);

  /// Size in surface coordinates; empty when there is no buffer.
  [[nodiscard]] Size size() const;
  /// The part of the buffer that is shown, in buffer pixels as they lie in memory.
  [[nodiscard]] FRect buffer_source() const;
  [[nodiscard]] bool mapped() const { return buffer.has_value(); }
};

/// Why a viewport can't be applied to a buffer (wp_viewport errors, raised when the state is applied).
enum class ViewportFault : std::uint8_t { None, BadSize, OutOfBuffer };
[[nodiscard]] ViewportFault check_viewport(const SurfaceState& state);

} // namespace fenceline
