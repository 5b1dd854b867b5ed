#pragma once
#include "compositor/output/frame_clock.h"

namespace fenceline {

/// The parent says when it wants a frame (its frame callback, which ScanoutListener::ready hands on), and only it knows
/// how long before its blank it looks for one: a picture is taken at once, and no blank is aimed at. After failures the
/// tries still come less and less often.
class ParentClock final : public FrameClock {
 public:
  [[nodiscard]] LatchTime next_latch(TimePoint now, std::optional<TimePoint> last_flip, Nanoseconds refresh,
                                     TimePoint after, Nanoseconds learned) const override;
};

} // namespace fenceline
