#include "compositor/output/blank_period.h"

#include <algorithm>
#include <cstdlib>

namespace fenceline {

void BlankPeriod::begin(TimePoint flip) {
  first_ = last_ = flip;
  frames_ = 0;
}

void BlankPeriod::flipped(TimePoint flip, Nanoseconds nominal) {
  if (!last_ || nominal <= Nanoseconds::zero() || flip <= *last_)
    return begin(flip);
  const Nanoseconds expected = period(nominal);
  const Nanoseconds passed = flip - *last_;
  const std::int64_t frames = (passed + expected / 2).count() / expected.count();
  const Nanoseconds off = passed - expected * frames;
  if (frames == 0 || std::abs(off.count()) > expected.count() / 8) {
    misfit(passed, frames, expected);
    return begin(flip);
  }
  // After that long it is not known how many they were.
  if (fits_one_more(off, passed, expected))
    return begin(flip);
  misfits_ = 0;
  last_ = flip;
  frames_ += frames;
  if (frames_ < (measured_ ? many_frames : few_frames))
    return;
  const Nanoseconds measured = (flip - *first_) / frames_;
  if (std::abs((measured - nominal).count()) > nominal.count() / 50) {
    measured_.reset();
    well_measured_ = false;
    return begin(flip);
  }
  measured_ = measured;
  if (frames_ >= many_frames) {
    well_measured_ = true;
    begin(flip);
  }
}

bool BlankPeriod::fits_one_more(Nanoseconds off, Nanoseconds passed, Nanoseconds expected) const {
  const std::int64_t drift = passed.count() / 1'000'000 * (well_measured_ ? well_millionths : farthest_millionths);
  return expected.count() - std::abs(off.count()) <= drift;
}

void BlankPeriod::misfit(Nanoseconds passed, std::int64_t frames, Nanoseconds expected) {
  if (++misfits_ == most_misfits) {
    measured_.reset();
    well_measured_ = false;
  }
  const Nanoseconds off = passed - expected * frames;
  // Nearer to the middle between two blanks it may be one more as well as one less.
  const bool counted = frames >= many_frames && std::abs(off.count()) <= expected.count() * 3 / 8 &&
                       !fits_one_more(off, passed, expected) &&
                       std::abs(off.count()) <= passed.count() / 1'000'000 * farthest_millionths;
  if (!counted)
    return;
  const Nanoseconds each = passed / frames;
  if (supposed_ && std::abs((passed - *supposed_ * frames).count()) <= expected.count() / 8) {
    measured_ = each;
    well_measured_ = true;
    misfits_ = 0;
  }
  supposed_ = each;
}

void BlankPeriod::interrupted() {
  first_.reset();
  last_.reset();
  frames_ = 0;
  misfits_ = 0;
}

Nanoseconds BlankPeriod::uncertainty(TimePoint now) const {
  constexpr Nanoseconds most = std::chrono::milliseconds(2);
  if (!last_ || now <= *last_)
    return {};
  const std::int64_t millionths = well_measured_ ? well_millionths : farthest_millionths;
  // A day is enough, and does not overflow.
  const Nanoseconds idle = std::min<Nanoseconds>(now - *last_, std::chrono::hours(24));
  return std::min(most, idle / 1'000'000 * millionths);
}

} // namespace fenceline
