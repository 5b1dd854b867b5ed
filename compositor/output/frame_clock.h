#pragma once
#include <algorithm>
#include <optional>

#include "compositor/base/clock.h"

namespace fenceline {

/// When an output takes its picture, and the blank that it is meant for.
struct LatchTime {
  TimePoint latch;
  TimePoint blank;
  bool phase_known = false; ///< False before the first flip: there is no blank to be early for, and none to miss.
  /// The latch for that blank is past, and it is tried all the same. Where that fails the frame is not later than it
  /// would have been, but what comes until its flip may be.
  bool hurried = false;
};

/// Decides when an output latches.
class FrameClock {
 public:
  virtual ~FrameClock() = default;
  /// The next latch at or after `now`, for a blank later than `after`. Blanks are whole multiples of `refresh` from the
  /// last flip. `learned`: the lead that the output's frames were found to need.
  [[nodiscard]] virtual LatchTime next_latch(TimePoint now, std::optional<TimePoint> last_flip, Nanoseconds refresh,
                                             TimePoint after, Nanoseconds learned) const = 0;
  /// How long before a blank to latch, of an output with no grid of blanks.
  [[nodiscard]] virtual Nanoseconds lead(Nanoseconds learned, Nanoseconds refresh) const {
    return std::min(learned, refresh * 3 / 4);
  }
  /// Whether a blank whose latch is past may still be aimed at.
  [[nodiscard]] virtual bool may_hurry() const { return false; }
};

/// Latches the learned time before the blank, or one that somebody has set. Where a frame is so short that the lead
/// would take most of it, three quarters of the frame are left to the line.
class LeadClock final : public FrameClock {
 public:
  /// `lead`: that is always taken; none: the learned one.
  explicit LeadClock(std::optional<Nanoseconds> lead = {}) : lead_(lead) {}
  /// From the next latch on.
  void set_lead(std::optional<Nanoseconds> lead) { lead_ = lead; }
  [[nodiscard]] LatchTime next_latch(TimePoint now, std::optional<TimePoint> last_flip, Nanoseconds refresh,
                                     TimePoint after, Nanoseconds learned) const override;
  [[nodiscard]] Nanoseconds lead(Nanoseconds learned, Nanoseconds refresh) const override {
    return FrameClock::lead(lead_.value_or(learned), refresh);
  }
  /// Not where somebody has set when to latch.
  [[nodiscard]] bool may_hurry() const override { return !lead_; }

 private:
  std::optional<Nanoseconds> lead_;
};

} // namespace fenceline
