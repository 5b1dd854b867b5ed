#pragma once
#include <cstdint>
#include <unordered_map>

#include "compositor/frame/snapshot.h"

namespace fenceline {

/// How often surfaces have changed of late, from 0 (not at all) to 256 (with each frame): a mean over the frames that
/// counts the last one by an eighth.
class LayerActivity {
 public:
  static constexpr std::uint32_t most = 256;

  /// To be called once for each frame.
  void look(const SceneSnapshot& snapshot);
  [[nodiscard]] std::uint32_t of(SurfaceId surface) const;
  void forget(SurfaceId surface) { seen_.erase(surface); }

 private:
  struct Seen {
    CommitId commit{};
    std::uint32_t score = 0;
  };
  std::unordered_map<SurfaceId, Seen> seen_;
};

} // namespace fenceline
