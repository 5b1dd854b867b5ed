#pragma once
#include <optional>
#include <vector>

#include "compositor/frame/output_state.h"

namespace fenceline {

/// What a test commit's answer depends on. Buffers are not part of it: another buffer of the same kind in the same
/// place is the same plan. Nor is where exactly an overlay or the cursor is, only how much of it the output's edge cuts
/// off.
struct PlanKey {
  struct Plane {
    PlaneId plane{};
    FormatModifier format;
    Size buffer_size;
    /// What of a buffer is shown. Where it begins counts only by whether that is odd, or within a pixel: some hardware
    /// minds that with YCbCr formats.
    FRect source;
    Size dest;
    /// What of `dest` lies on the output, from its own corner: the hardware sees that alone. Of the cursor empty where
    /// it crosses the edge.
    Rect visible{};
    Transform transform = Transform::Normal;
    bool faded = false; ///< Alpha below 1.
    YuvEncoding yuv{};
    friend bool operator==(const Plane&, const Plane&) = default;
  };
  std::vector<Plane> planes;
  Size mode;
  bool modeset = false;
  bool coloured = false; ///< The background is other than black. Which colour it is does not count.
  friend bool operator==(const PlanKey&, const PlanKey&) = default;
};

/// The answers of test commits. An acceptance holds until a commit is rejected; a rejection until enough frames
/// have passed to ask once more.
class PlanCache {
 public:
  static constexpr unsigned default_frames = 300;
  static constexpr std::size_t max_entries = 64;
  explicit PlanCache(unsigned frames = default_frames) : frames_(frames) {}

  /// Whether the display takes it, if that is known.
  [[nodiscard]] std::optional<bool> find(const PlanKey& key);
  void remember(const PlanKey& key, bool accepted);
  /// The answer was untrue: a commit of an accepted plan was rejected.
  void forget(const PlanKey& key);
  /// Nothing is known any more.
  void clear() { entries_.clear(); }
  /// One frame older.
  void age();

 private:
  struct Entry {
    PlanKey key;
    bool accepted = false;
    unsigned frames_left = 0; ///< Of a rejection.
  };
  unsigned frames_;
  std::vector<Entry> entries_; ///< The one that was used last is last.
};

} // namespace fenceline
