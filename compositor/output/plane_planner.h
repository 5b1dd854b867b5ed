#pragma once
#include <cstddef>
#include <optional>
#include <vector>

#include "compositor/frame/frame_event.h"
#include "compositor/frame/plan.h"
#include "compositor/frame/snapshot.h"
#include "compositor/output/cursor_images.h"
#include "compositor/output/deny_list.h"
#include "compositor/output/layer_activity.h"
#include "compositor/output/output_images.h"
#include "compositor/output/plan_cache.h"
#include "compositor/output/scanout_device.h"

namespace fenceline {

/// How free the planner is.
enum class PlanMode : std::uint8_t {
  Planes,     ///< Whatever the display takes.
  ComposeAll, ///< Everything composed, after a commit was rejected. Without a composer: no cursor plane.
};

/// A layer whose own buffer is on a plane.
struct ScannedLayer {
  std::size_t layer = 0; ///< Its index in the snapshot.
  PlaneId plane{};
};

/// A plan with what is needed to carry it out. Layers by their index in the snapshot.
struct PlannedFrame {
  FramePlan plan;
  std::optional<std::size_t> direct;  ///< The layer whose own buffer is on the primary plane.
  std::vector<ScannedLayer> overlays; ///< Those on overlay planes, bottom to top.
  std::optional<std::size_t> cursor;  ///< The layer on the cursor plane.
  CursorImages::Image cursor_image;   ///< With `cursor`.
  std::vector<std::size_t> drawn;     ///< The layers to compose, bottom to top.
  std::optional<OutputImage> target;  ///< What to compose to; none though plan.composes: none could be had.
  std::string target_error;           ///< Why, then.
  PlanKey key;

  [[nodiscard]] bool shows_anything() const { return plan.composes || direct || cursor; }
  /// Whether some layer is on a plane, and not only in the composed image.
  [[nodiscard]] bool uses_planes() const { return direct || cursor || !overlays.empty(); }
};

/// Decides for each layer of one output whether it goes on a plane or into the composition, before anything is drawn.
///
/// The cursor goes on the cursor plane when its picture fits. The lowest layer that can be seen goes on the primary
/// plane as it is when it covers the output, opaque and unscaled, and nothing above it has to be composed. The others
/// go on overlay planes, as choose_overlays says: what is worth most (what changes often, and is large) comes first.
/// What is left is composed into one image on the primary plane, below them all; when nothing is left that image is
/// black, and drawn once.
///
/// A test commit is asked with the buffers that would be shown. First for all that could be on planes at once; when
/// that is refused, for the overlays one by one on top of the composed image, the most worth first, and those that are
/// taken stay. At most `most_tests` commits are asked a frame: what has not been asked by then is composed, and the
/// next frame goes on from there, for answers are kept. So a frame in which only buffers have changed asks nothing.
class PlanePlanner {
 public:
  static constexpr unsigned most_tests = 8;

  /// `images` is null without a composer. All outlive the planner.
  PlanePlanner(const ScanoutDevice& device, const OutputInfo& output, OutputImages* images, CursorImages& cursor_images,
               CursorStore& cursors, FrameObserver& observer);

  [[nodiscard]] PlannedFrame plan(const SceneSnapshot& snapshot, PlanMode mode, bool modeset);
  /// The display rejected a commit of the plan: its layers are composed from now on, where there is a composer.
  void rejected(const SceneSnapshot& snapshot, const PlannedFrame& planned);
  void forget_surface(SurfaceId surface) {
    denied_.forget(surface);
    activity_.forget(surface);
  }

  /// The state that shows the plan. Without fences.
  [[nodiscard]] OutputState state(const SceneSnapshot& snapshot, const PlannedFrame& planned, bool modeset) const;

 private:
  struct Draft;
  struct OverlaySearch;
  [[nodiscard]] Refusal refuse_direct(const SceneSnapshot& snapshot, const Layer& layer);
  [[nodiscard]] Refusal refuse_below(const SceneSnapshot& snapshot, const Layer& layer, PlanMode mode);
  [[nodiscard]] Refusal refuse_cursor(const Layer& layer, PlanMode mode);
  [[nodiscard]] Refusal refuse_overlay(const SceneSnapshot& snapshot, const Layer& layer, std::uint64_t& planes);
  void place_cursor(Draft& draft, PlanMode mode);
  [[nodiscard]] bool place_overlays(Draft& draft);
  [[nodiscard]] Refusal try_overlays(Draft& draft, const OverlaySearch& search, const std::vector<bool>& allowed,
                                     bool direct);
  void add_one_by_one(Draft& draft, const OverlaySearch& search);
  static void explain(Draft& draft, const OverlaySearch& search);
  void take_target(Draft& draft);
  [[nodiscard]] bool place_direct(Draft& draft, PlanMode mode);
  void compose_rest(Draft& draft);
  [[nodiscard]] Refusal test(Draft& draft);
  [[nodiscard]] PlanKey key(const SceneSnapshot& snapshot, const PlannedFrame& planned, bool modeset) const;

  const ScanoutDevice& device_;
  const OutputInfo& output_;
  OutputImages* images_;
  CursorImages& cursor_images_;
  CursorStore& cursors_;
  FrameObserver& observer_;
  const PlaneInfo* primary_ = nullptr;
  std::vector<const PlaneInfo*> overlays_; ///< Bottom to top.
  const PlaneInfo* cursor_plane_ = nullptr;
  DenyList denied_;
  PlanCache cache_;
  LayerActivity activity_;
  std::vector<SurfaceId> on_overlays_; ///< Of the last plan.
};

/// For each layer whether nothing of it can be seen: outside the output, fully transparent, or behind opaque layers.
[[nodiscard]] std::vector<bool> hidden_layers(const SceneSnapshot& snapshot);

} // namespace fenceline
