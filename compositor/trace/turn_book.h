#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "compositor/base/turn_watch.h"
#include "compositor/frame/frame_event.h"
#include "compositor/trace/ticks.h"

namespace fenceline {

/// Writes the main loop's long turns into the trace: whatever is due meanwhile, a latch or a flip, has to wait. It reads
/// the processor's counter and no clock, which would cost more than many a turn. Main thread.
class TurnBook final : public TurnWatch {
 public:
  static constexpr Nanoseconds least = std::chrono::milliseconds(1); ///< Shorter ones delay nobody.

  /// All outlive it.
  TurnBook(FrameObserver& observer, const Clock& clock, Ticks ticks);

  void woke() override;
  void did(TurnPart part) override;
  void sleeps() override;

 private:
  /// The counter's rate is measured again after so many turns, and the first time after that.
  static constexpr std::uint64_t turns_a_measure = 256;
  void measure();

  FrameObserver& observer_;
  const Clock& clock_;
  Ticks ticks_;
  TimePoint first_time_;
  std::uint64_t first_ticks_;
  double ns_per_tick_ = 0; ///< 0: not known yet.
  std::uint64_t turns_ = 0, begun_ = 0, last_ = 0;
  std::array<std::uint64_t, 4> parts_{}; ///< Ticks, by TurnPart.
};

} // namespace fenceline
