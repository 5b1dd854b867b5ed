#pragma once
#include <optional>

#include "compositor/base/clock.h"

namespace fenceline {

/// When an output takes its picture, and the blank that it is meant for.
struct LatchTime {
  TimePoint latch;
  TimePoint blank;
  bool phase_known = false; ///< False before the first flip: there is no blank to be early for, and none to miss.
};

/// Decides when an output latches.
class FrameClock {
 public:
  virtual ~FrameClock() = default;
  /// The next latch at or after `now`, for a blank later than `after`. Blanks are whole multiples of `refresh` from the
  /// last flip.
  [[nodiscard]] virtual LatchTime next_latch(TimePoint now, std::optional<TimePoint> last_flip, Nanoseconds refresh,
                                             TimePoint after) const = 0;
};

/// Latches a constant time before the blank. Where a frame is so short that the lead would take most of it, three
/// quarters of the frame are left to the line.
class ConstantLeadClock final : public FrameClock {
 public:
  static constexpr Nanoseconds default_lead = std::chrono::milliseconds(4);
  explicit ConstantLeadClock(Nanoseconds lead = default_lead) : lead_(lead) {}
  /// From the next latch on.
  void set_lead(Nanoseconds lead) { lead_ = lead; }
  [[nodiscard]] LatchTime next_latch(TimePoint now, std::optional<TimePoint> last_flip, Nanoseconds refresh,
                                     TimePoint after) const override;

 private:
  Nanoseconds lead_;
};

} // namespace fenceline
