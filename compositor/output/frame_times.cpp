#include "compositor/output/frame_times.h"

namespace fenceline {

std::optional<Miss> find_miss(const FrameTimes& times, TimePoint flip, Nanoseconds refresh, bool blank_lost) {
  if (!times.blank || refresh <= Nanoseconds::zero())
    return std::nullopt;
  // Predicted and reported times of a blank differ by some jitter: the nearest blank is meant.
  const std::int64_t blanks = (flip - *times.blank + refresh / 2).count() / refresh.count();
  if (flip <= *times.blank || blanks < 1)
    return std::nullopt;
  const TimePoint blank = *times.blank;
  const auto cause = [&] {
    if (times.first_try)
      return *times.first_try;
    const Nanoseconds overslept = times.woken - times.planned;
    const auto blame = [&](TimePoint station, MissCause own) {
      return station - overslept < blank ? MissCause::LateWake : own;
    };
    if (times.woken >= blank)
      return MissCause::LateWake;
    if (times.composed >= blank)
      return blame(times.composed, MissCause::LateCompose);
    if (times.submitted >= blank) {
      const bool handed_over = times.sent != TimePoint{} && times.sent < blank;
      return blame(times.submitted, handed_over ? MissCause::KernelLate : MissCause::LateSubmit);
    }
    if (times.fence && *times.fence >= blank)
      return blame(*times.fence, MissCause::LateFence);
    return blank_lost ? MissCause::BlankLost : MissCause::KernelLate;
  }();
  return Miss{static_cast<std::uint64_t>(blanks), cause};
}

} // namespace fenceline
