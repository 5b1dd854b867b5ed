#pragma once
#include <algorithm>
#include <chrono>
#include <optional>

#include "compositor/base/clock.h"

namespace fenceline::wl {

/// What the requests of one client may cost of the main thread's time: all of it for a short burst, as at a program's
/// start, and a part of it for long. A client that wants more is not read for a while: the kernel's socket fills, and
/// the client's own writes are what waits.
///
/// It is a leaky bucket, kept as one time: until when what was spent is paid for, at one part in `share`.
class RequestBudget {
 public:
  static constexpr Nanoseconds burst = std::chrono::milliseconds(40); ///< What a client's first buffers take, and more.
  static constexpr Nanoseconds room = std::chrono::milliseconds(2); ///< What there is to spend after a rest.
  static constexpr int share = 4;

  static constexpr Nanoseconds longest_rest = std::chrono::seconds(1); ///< Whatever a request took, on a machine that slept.

  /// `took` of the thread's time went to the client's requests until `now`. `sharers`: how many clients are over their
  /// budgets, this one counted, at least 1: they have the share together, and who is not has it for itself.
  void spend(Nanoseconds took, TimePoint now, int sharers) {
    if (paid_until_ < now)
      paid_until_ = now;
    paid_until_ = paid_until_ + took * (share * (strained(now) ? sharers : 1));
    paid_until_ = std::min(paid_until_, now + burst * share + longest_rest);
  }
  /// Until when the client rests; nothing where there is something to spend.
  [[nodiscard]] std::optional<TimePoint> rests_until(TimePoint now) const {
    if (paid_until_ - now <= burst * share)
      return std::nullopt;
    return paid_until_ - (burst - room) * share;
  }

  /// Whether it has used so much of late that it is soon over it: it asks for more than others do.
  [[nodiscard]] bool strained(TimePoint now) const { return paid_until_ - now > burst * share / 2; }

 private:
  TimePoint paid_until_;
};

} // namespace fenceline::wl
