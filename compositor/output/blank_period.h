#pragma once
#include <cstdint>
#include <optional>

#include "compositor/base/clock.h"

namespace fenceline {

/// The time from one blank to the next, as the flips' stamps tell it. A mode's numbers are off by its crystal's drift:
/// of 50 millionths after half a minute without a flip 1.5 ms, more than the whole lead of a frame.
///
/// A display that flips now and then only is measured over its pauses: one that is off by up to farthest_millionths,
/// so that the number of blanks in it is not sure, says how long they may be; a second one that fits to it says that
/// they are. Main thread.
class BlankPeriod {
 public:
  /// A flip's stamp. Stamps that do not fit to whole frames (a variable refresh, a driver that makes them up) are not
  /// learned from.
  void flipped(TimePoint flip, Nanoseconds nominal);
  /// What was measured, or the mode's own.
  [[nodiscard]] Nanoseconds period(Nanoseconds nominal) const { return measured_.value_or(nominal); }
  /// By how much the next blanks may come earlier than foretold, so long after the last flip; 2 ms at the most.
  [[nodiscard]] Nanoseconds uncertainty(TimePoint now) const;
  /// The blanks to come are not whole frames after those that were: a mode was set, maybe the same.
  void interrupted();
  /// Another mode, or nothing is known of the display any more.
  void forget() { *this = BlankPeriod(); }

 private:
  /// So many frames from the first flip to the last one are a first measure, and a good one.
  static constexpr std::int64_t few_frames = 30, many_frames = 512;
  /// So many stamps in a row that do not fit to what was measured: it holds no more.
  static constexpr int most_misfits = 4;
  /// No crystal is further off than that.
  static constexpr std::int64_t farthest_millionths = 200;
  static constexpr std::int64_t well_millionths = 20; ///< What was well measured may be off by that.
  /// Whether a time of so many frames and `off` may be one frame more or less of a crystal that is off.
  [[nodiscard]] bool fits_one_more(Nanoseconds off, Nanoseconds passed, Nanoseconds expected) const;
  void begin(TimePoint flip);
  /// A time from flip to flip that does not fit to what is expected.
  void misfit(Nanoseconds passed, std::int64_t frames, Nanoseconds expected);
  std::optional<TimePoint> first_, last_;
  std::int64_t frames_ = 0; ///< Between the two.
  int misfits_ = 0;         ///< In a row.
  std::optional<Nanoseconds> measured_;
  bool well_measured_ = false;
  std::optional<Nanoseconds> supposed_; ///< By a pause that did not fit.
};

} // namespace fenceline
