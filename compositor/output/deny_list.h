#pragma once
#include <vector>

#include "compositor/frame/snapshot.h"

namespace fenceline {

/// Layers that a commit was rejected with. Planning them onto a plane again would fail again, so they are composed,
/// until the buffer is of another kind, or enough frames have passed to try once more.
class DenyList {
 public:
  static constexpr unsigned default_frames = 300;
  explicit DenyList(unsigned frames = default_frames) : frames_(frames) {}

  void deny(const Layer& layer);
  /// Whether the layer is denied. A layer whose format or size is another than the denied one's clears its entry.
  [[nodiscard]] bool denies(const Layer& layer);
  /// One frame older.
  void age();
  void forget(SurfaceId surface);

 private:
  struct Entry {
    SurfaceId surface{};
    FormatModifier format;
    Size size;
    unsigned frames_left = 0;
  };
  unsigned frames_;
  std::vector<Entry> entries_;
};

} // namespace fenceline
