#include "compositor/output/variable_blanks.h"

#include <algorithm>

namespace fenceline {

namespace {

std::int64_t ceil_div(Nanoseconds a, Nanoseconds b) {
  return (a.count() + b.count() - 1) / b.count();
}

} // namespace

VariableBlanks::VariableBlanks(Nanoseconds shortest, Nanoseconds longest)
    : shortest_(shortest), longest_(longest - longest / margin), interval_(shortest) {
  // A range that is none.
  if (longest_ <= shortest_)
    longest_ = Nanoseconds{};
}

void VariableBlanks::asked(TimePoint now) {
  if (waiting_)
    return;
  waiting_ = true;
  if (last_asked_) {
    const Nanoseconds distance = now - *last_asked_;
    if (distance > pause) {
      count_ = 0;
    } else {
      distances_[next_] = distance;
      next_ = (next_ + 1) % window;
      count_ = std::min(count_ + 1, window);
    }
  }
  last_asked_ = now;
}

void VariableBlanks::flipped(TimePoint flip) {
  if (last_flip_)
    interval_ = std::max(flip - *last_flip_, shortest_);
  if (longest_ > Nanoseconds{})
    interval_ = std::min(interval_, longest_);
  last_flip_ = flip;
}

Nanoseconds VariableBlanks::low() const {
  return longest_ > Nanoseconds{} ? std::max(shortest_, interval_ - interval_ / slew) : shortest_;
}

Nanoseconds VariableBlanks::high() const {
  return std::min(longest_, interval_ + interval_ / slew);
}

std::optional<Nanoseconds> VariableBlanks::distance() const {
  if (count_ < window)
    return std::nullopt;
  std::array<Nanoseconds, window> sorted = distances_;
  std::sort(sorted.begin(), sorted.end());
  return std::max(sorted[window / 2], shortest_);
}

bool VariableBlanks::approaches() const {
  const auto usual = distance();
  if (!usual || longest_ <= Nanoseconds{})
    return false;
  const bool is_steady = std::all_of(distances_.begin(), distances_.end(), [&](Nanoseconds one) {
    return one >= *usual - *usual / steady && one <= *usual + *usual / steady;
  });
  return is_steady && *usual / ceil_div(*usual, longest_) > high();
}

std::optional<TimePoint> VariableBlanks::earliest() const {
  if (!last_flip_)
    return std::nullopt;
  return *last_flip_ + (approaches() ? high() : low());
}

std::optional<TimePoint> VariableBlanks::display_ready() const {
  if (!last_flip_)
    return std::nullopt;
  return *last_flip_ + shortest_;
}

std::optional<TimePoint> VariableBlanks::repeat() const {
  if (!last_flip_ || longest_ <= Nanoseconds{})
    return std::nullopt;
  const auto usual = distance();
  const Nanoseconds to_come = usual ? *last_asked_ + *usual - *last_flip_ : Nanoseconds{};
  const bool late = to_come <= Nanoseconds{};
  if (late && interval_ >= longest_)
    return std::nullopt;
  if (late || approaches() || to_come <= high())
    return *last_flip_ + high();
  return *last_flip_ + std::max(low(), to_come / ceil_div(to_come, high()));
}

} // namespace fenceline
