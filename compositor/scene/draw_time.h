#pragma once
#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

#include "compositor/base/clock.h"

namespace fenceline {

/// Learns how long a client takes from the frame callback until its next content is ready, so that it can be told to
/// draw as late as it may.
///
/// What is drawn later shows something newer; what is drawn too late is shown a whole frame later, and stutters. So the
/// longest of the last `window` times counts, and a guard on top for the wakes on the way. Until least_samples are
/// known, and for a client that takes most of a frame, the best time to draw is at once.
///
/// A client whose content came too late although it was told in time by that rule is told at once for a while: twice as
/// long each time, until many_made frames in a row were in time.
class DrawTime {
 public:
  static constexpr std::size_t window = 64, least_samples = 16;
  static constexpr Nanoseconds guard = std::chrono::microseconds(300);
  static constexpr unsigned first_rest = 64, longest_rest = 4096, many_made = 512; ///< Frames.

  /// The client has drawn: `took` from the callback until its fence had signalled, or its commit was read.
  void drew(Nanoseconds took);
  /// What it was told late to draw was in the picture that it was meant for, or was not.
  void came(bool in_time);
  /// How long before the latch it is to be told. None: at once.
  [[nodiscard]] std::optional<Nanoseconds> lead() const;

 private:
  std::array<Nanoseconds, window> took_{};
  std::size_t count_ = 0, next_ = 0;
  Nanoseconds longest_{};
  unsigned rest_ = 0, next_rest_ = first_rest; ///< Frames until it is told late again, and after the next failure.
  unsigned made_ = 0;                          ///< Since the last failure.
};

} // namespace fenceline
