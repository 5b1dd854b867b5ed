#include "compositor/output/latch_model.h"

#include <algorithm>
#include <functional>

namespace fenceline {

void LatchModel::Taken::add(Nanoseconds sample, Nanoseconds refresh) {
  samples_[next_] = sample;
  next_ = (next_ + 1) % window;
  count_ = std::min(count_ + 1, window);
  std::array<Nanoseconds, most_left_out + 1> longest{};
  const auto end = std::partial_sort_copy(samples_.begin(), samples_.begin() + static_cast<std::ptrdiff_t>(count_),
                                          longest.begin(), longest.end(), std::greater<>());
  best_ = longest.front();
  Nanoseconds least = best_;
  // With the n-th longest as the lead, n of the others miss.
  for (auto taken = longest.begin(); taken != end; ++taken) {
    const Nanoseconds misses = refresh * miss_weight * (taken - longest.begin()) / static_cast<std::int64_t>(count_);
    if (*taken + misses < least) {
      least = *taken + misses;
      best_ = *taken;
    }
  }
  for (std::size_t i = 0; i < burst && i < count_; ++i)
    lasting_ = i == 0 ? sample : std::min(lasting_, samples_[(next_ + window - 1 - i) % window]);
}

Nanoseconds LatchModel::Taken::usual() const {
  std::array<Nanoseconds, window> sorted = samples_;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(count_ / 2);
  std::nth_element(sorted.begin(), middle, sorted.begin() + static_cast<std::ptrdiff_t>(count_));
  return *middle;
}

void LatchModel::shown(const FrameTimes& times, TimePoint flip, Nanoseconds refresh) {
  if (!times.blank || times.first_try || refresh <= Nanoseconds::zero())
    return;
  rest_ -= std::min(rest_, 1U);
  if (times.hurried) {
    const bool made = flip < *times.blank - refresh / 2;
    made_ = made ? made_ + 1 : 0;
    if (!made) {
      rest_ = next_rest_;
      next_rest_ = std::min(2 * next_rest_, longest_rest);
    } else if (made_ >= trusted) {
      next_rest_ = first_rest;
    }
    return;
  }
  const TimePoint done = std::max(times.submitted, times.fence.value_or(times.submitted));
  taken_[index_of(times.work)].add(std::max(Nanoseconds{}, done - times.planned), refresh);
  for (unsigned& frames : since_)
    frames = std::min(frames + 1, recent_frames);
  since_[index_of(times.work)] = 0;

  since_late_ = std::min(since_late_ + 1, longest_hold);
  if (since_late_ >= hold_)
    need_ = std::max(least_need, need_ - std::max((need_ - least_need) / need_life, least_step));
  widening_ -= widening_ / widening_life;
  const std::optional<Miss> miss = find_miss(times, flip, refresh);
  if (!miss)
    return;
  const TimePoint blank = *times.blank;
  if (done >= blank) {
    widening_ = std::clamp(done - blank + need_ + guard, widening_, std::max(widening_, refresh / 8));
    return;
  }
  // One that had much more time than others, who made it, was late for another reason.
  if (blank - done > 2 * need_ + guard)
    return;
  const bool again = need_ > least_need || since_late_ < window;
  since_late_ = 0;
  if (!again)
    return;
  // It needs more than this frame has left it.
  need_ = std::min(std::max(need_, blank - done) + std::max(guard, need_ / 2), std::max(refresh / 4, least_need));
  hold_ = std::min(2 * hold_, longest_hold);
}

std::optional<Nanoseconds> LatchModel::shortest() const {
  if (rest_ > 0)
    return std::nullopt;
  std::optional<Nanoseconds> taken;
  for (std::size_t kind = 0; kind < taken_.size(); ++kind)
    if (since_[kind] < recent_frames && taken_[kind].count() >= least_samples)
      taken = std::max(taken.value_or(Nanoseconds{}), taken_[kind].usual());
  return taken ? std::optional(*taken + need_) : std::nullopt;
}

Nanoseconds LatchModel::lead() const {
  Nanoseconds taken{};
  std::size_t samples = 0;
  for (std::size_t kind = 0; kind < taken_.size(); ++kind)
    if (since_[kind] < recent_frames) {
      taken = std::max(taken, taken_[kind].best());
      samples = std::max(samples, taken_[kind].count());
    }
  const Nanoseconds learned = taken + need_ + widening_ + guard;
  return samples < least_samples ? std::max(learned, first_lead) : std::max(learned, least_lead);
}

} // namespace fenceline
