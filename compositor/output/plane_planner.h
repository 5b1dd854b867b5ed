#pragma once
#include <cstddef>
#include <memory_resource>
#include <optional>
#include <span>
#include <vector>

#include "compositor/base/scratch.h"
#include "compositor/frame/format_chance.h"
#include "compositor/frame/frame_event.h"
#include "compositor/frame/plan.h"
#include "compositor/frame/snapshot.h"
#include "compositor/output/cursor_images.h"
#include "compositor/output/deny_list.h"
#include "compositor/output/layer_activity.h"
#include "compositor/output/output_images.h"
#include "compositor/output/plan_cache.h"
#include "compositor/output/plane_stack.h"
#include "compositor/output/scanout_device.h"

namespace fenceline {

/// How free the planner is.
enum class PlanMode : std::uint8_t {
  Planes,     ///< Whatever the display takes.
  ComposeAll, ///< Everything composed, after a commit was rejected. Without a composer: no cursor plane.
};

/// See PlanePlanner.
enum class PlanArrangement : std::uint8_t { ScannedOnly, Covered, Mixed, Below, Under };

/// A layer whose own buffer is on a plane.
struct ScannedLayer {
  std::size_t layer = 0; ///< Its index in the snapshot.
  PlaneId plane{};
};

/// The image of layers composed above all that is scanned out, but for the cursor.
struct UpperLayers {
  Rect at; ///< Where, on the output. The image's upper left corner is shown there.
  OutputImage image;
  PlaneId plane{};
  bool on_primary = false; ///< Then the overlays lie below the primary plane.
};

/// A plan with what is needed to carry it out. Layers by their index in the snapshot.
struct PlannedFrame {
  FramePlan plan;
  std::optional<std::size_t> direct;  ///< The layer whose own buffer is on the primary plane.
  std::vector<ScannedLayer> overlays; ///< Those on overlay planes, bottom to top.
  std::optional<std::size_t> cursor;  ///< The layer on the cursor plane.
  CursorImages::Image cursor_image;   ///< With `cursor`: what the plane shows.
  bool cursor_direct = false;         ///< That is the client's own buffer.
  /// Nothing is on the primary plane, and this shows where no overlay is.
  std::optional<Color> background;
  std::optional<std::size_t> background_layer; ///< The layer that it is the colour of; none: nobody's, it is black.
  std::vector<std::size_t> drawn;              ///< The layers to compose, bottom to top.
  std::optional<OutputImage> target; ///< What to compose to; none though something is drawn: none could be had.
  std::string target_error;          ///< Why, then.
  std::optional<UpperLayers> upper;
  std::vector<std::size_t> upper_drawn; ///< The layers of `upper`, bottom to top.
  bool modeset = false;                 ///< It was asked for so.
  std::vector<SurfaceChance> chances;   ///< Of the layers.

  /// As a new one is, but for the memory that it has.
  void clear();

  [[nodiscard]] bool shows_anything() const { return plan.composes || direct || background || cursor; }
  /// Whether a composed image is on the primary plane, below all others.
  [[nodiscard]] bool has_lower() const { return !direct && !background && !under_primary(); }
  /// Whether the composed image is on the primary plane, over the overlays.
  [[nodiscard]] bool under_primary() const { return upper && upper->on_primary; }
  /// Whether some layer is on a plane, and not only in the composed image.
  [[nodiscard]] bool uses_planes() const { return direct || background || cursor || upper || !overlays.empty(); }
};

/// The plane for the composed image above the others, with its images.
struct UpperPlane {
  OutputImages* images = nullptr; ///< Null: there is none.
  PlaneId plane{};
};

/// Decides for each layer of one output whether it goes on a plane or into the composition, before anything is drawn.
///
/// The cursor goes on the cursor plane when its picture fits: a client's dma-buf as it is, other pictures copied into
/// an image for the plane. Of the rest these arrangements are looked at:
///
/// 1. Nothing is composed: the lowest layer that can be seen is on the primary plane as it is, because it covers the
///    output, opaque and unscaled, and all others are on overlays. Where that is taken nothing else is asked.
/// 2. Covered: the same layer on the primary plane, and what no plane takes composed into an image above it and above
///    the layers on overlays, on the uppermost overlay that shows alpha. A game with a small popup over it.
/// 3. Mixed: a composed image on the primary plane, layers on overlays over it, and over them all such an upper image.
///    A video window on a desktop, with a popup over it.
/// 4. Below: one composed image on the primary plane, and overlays over it; what lies under something composed is
///    composed, too. The image is black, and drawn once, when nothing is left for it.
/// 5. Under: overlays below the primary plane, where the display has such, and over them what is composed, translucent
///    where nothing is drawn, on the primary plane itself. A video under the controls of a display with one overlay.
///
/// Where the display has a background colour, a layer of one opaque colour that covers the output can be the lowest of
/// 1 and 2 too: the background is of that colour, and the primary plane, which would lie over it, is off. So it is
/// where nothing covers the output and nothing has to be composed: the background is black then, and no image of it is
/// needed.
///
/// Where the overlays' order can be chosen (PlaneStack), a layer goes on any that takes it.
///
/// Which layers go where in them say choose_overlays and choose_around: what is worth most (what changes often, and is
/// large) comes first. 2 to 5 are asked for in the order of what they cost, which is the pixels that are composed in a
/// frame on average: an image is drawn whenever one of its layers has changed, all of it. An
/// upper image costs an eighth more, for the plane that the display has to blend, and what is shown now has a quarter's
/// discount, so that plans do not flap.
///
/// A test commit is asked with the buffers that would be shown. When all arrangements are refused, 4 is tried with the
/// overlays one by one on top of the composed image, the most worth first, and those that are taken stay. At most so
/// many test commits are asked a frame as the planner is told (none: no plane is used that would need one): what has
/// not been asked by then is composed, and the next frame goes on from there, for answers are kept. So a frame in which
/// only buffers have changed asks nothing.
class PlanePlanner {
 public:
  static constexpr unsigned default_tests = 8;
  /// Frames without an upper image, or a background, after a commit with one was rejected.
  static constexpr unsigned upper_pause = 300;

  /// `images` is null without a composer; `primary_upper` are translucent ones for the primary plane, or null. All
  /// outlive the planner. `most_tests`: a frame.
  PlanePlanner(const ScanoutDevice& device, const OutputInfo& output, OutputImages* images, UpperPlane upper,
               OutputImages* primary_upper, CursorImages& cursor_images, CursorStore& cursors, FrameObserver& observer,
               unsigned most_tests);

  /// What `out` has had before is gone.
  void plan(const SceneSnapshot& snapshot, PlanMode mode, bool modeset, PlannedFrame& out);
  /// The display rejected a commit of the plan: its layers are composed from now on, where there is a composer.
  void rejected(const SceneSnapshot& snapshot, const PlannedFrame& planned);
  /// What else the display shows is other than before: its answers may be, too.
  void forget_answers() {
    cache_.clear();
    refused_cursors_.clear();
  }
  void forget_surface(SurfaceId surface) {
    denied_.forget(surface);
    activity_.forget(surface);
  }

  /// The state that shows the plan, without fences, into one whose list may have memory from before.
  void state(const SceneSnapshot& snapshot, const PlannedFrame& planned, bool modeset, OutputState& state) const;

 private:
  struct Draft;
  struct Search;
  struct Attempt;
  [[nodiscard]] bool has_overlays() const { return !stack_.over().planes.empty() || !stack_.under().planes.empty(); }
  [[nodiscard]] Refusal refuse_direct(const SceneSnapshot& snapshot, const Layer& layer);
  [[nodiscard]] Refusal refuse_below(const SceneSnapshot& snapshot, const Layer& layer, PlanMode mode);
  [[nodiscard]] Refusal refuse_cursor(const Layer& layer, PlanMode mode);
  /// Of all overlays; `over` and `under`: which of the stack's groups take it.
  [[nodiscard]] Refusal refuse_overlay(const SceneSnapshot& snapshot, const Layer& layer, std::uint64_t& over,
                                       std::uint64_t& under);
  [[nodiscard]] Refusal refuse_overlay(const SceneSnapshot& snapshot, const Layer& layer,
                                       std::span<const PlaneInfo* const> overlays, std::uint64_t& planes);
  [[nodiscard]] bool is_background(const SceneSnapshot& snapshot, const Layer& layer) const;
  void place_cursor(Draft& draft, PlanMode mode);
  [[nodiscard]] bool place_overlays(Draft& draft);
  void look(Draft& draft, Search& search);
  [[nodiscard]] Attempt scanned_only(const Search& search);
  [[nodiscard]] std::optional<Attempt> around(const Draft& draft, const Search& search, bool covered);
  [[nodiscard]] std::optional<Attempt> under(const Draft& draft, const Search& search);
  [[nodiscard]] Attempt below(const Draft& draft, const Search& search, const std::pmr::vector<bool>& allowed);
  [[nodiscard]] Refusal attempt(Draft& draft, const Search& search, const Attempt& wanted);
  void add_one_by_one(Draft& draft, const Search& search);
  void explain(Draft& draft, const Search& search);
  void take_target(Draft& draft);
  [[nodiscard]] bool place_direct(Draft& draft, PlanMode mode);
  [[nodiscard]] bool place_background(Draft& draft, PlanMode mode);
  void compose_rest(Draft& draft);
  void find_chances(Draft& draft, PlanMode mode);
  void find_overlay_chances(Draft& draft);
  [[nodiscard]] std::uint64_t overlays_but_for_format(const SceneSnapshot& snapshot, const Layer& layer,
                                                      std::span<const PlaneInfo* const> overlays, bool& help);
  [[nodiscard]] Refusal test(Draft& draft);
  /// Holds until the next call.
  [[nodiscard]] const PlanKey& key(const SceneSnapshot& snapshot, const PlannedFrame& planned);

  const ScanoutDevice& device_;
  const OutputInfo& output_;
  OutputImages* images_;
  CursorImages& cursor_images_;
  CursorStore& cursors_;
  FrameObserver& observer_;
  UpperPlane upper_;
  OutputImages* primary_upper_;
  unsigned most_tests_;
  PlaneStack stack_;
  const PlaneInfo* primary_ = nullptr;
  const PlaneInfo* cursor_plane_ = nullptr;
  /// Of a client's buffer. Planes for cursors take few sizes, and do not say which.
  struct CursorKind {
    FormatModifier format;
    Size size;
    friend bool operator==(const CursorKind&, const CursorKind&) = default;
  };
  /// The last that were refused when nothing else was asked for. A cursor that is animated may have several sizes.
  std::vector<CursorKind> refused_cursors_;
  static constexpr std::size_t most_refused_cursors = 8;
  DenyList denied_;
  PlanCache cache_;
  LayerActivity activity_;
  Scratch scratch_; ///< Of one plan.
  PlanKey key_;
  std::vector<ScannedLayer> spare_overlays_;
  std::vector<std::size_t> spare_drawn_;
  std::vector<SurfaceId> on_overlays_; ///< Of the last plan.
  PlanArrangement last_ = PlanArrangement::Below;
  unsigned upper_paused_ = 0, background_paused_ = 0; ///< So many frames more.
};

/// For each layer whether nothing of it can be seen: outside the output, fully transparent, or behind opaque layers.
/// `memory` is for the answer.
[[nodiscard]] std::pmr::vector<bool>
hidden_layers(const SceneSnapshot& snapshot, std::pmr::memory_resource* memory = std::pmr::get_default_resource());

} // namespace fenceline
