#include "compositor/output/latch_model.h"

#include <algorithm>
#include <cstdint>

namespace fenceline {

void LatchModel::Taken::keep(Nanoseconds sample) {
  const auto begin = longest_.begin();
  auto end = begin + static_cast<std::ptrdiff_t>(count_);
  if (count_ == window) {
    const auto oldest = std::find_if(begin, end, [this](const Sample& kept) { return kept.place == next_; });
    std::move(oldest + 1, end, oldest);
    --end;
  } else {
    ++count_;
  }
  const auto place =
      std::upper_bound(begin, end, sample, [](Nanoseconds took, const Sample& kept) { return took > kept.took; });
  std::move_backward(place, end, end + 1);
  *place = {sample, next_};
  next_ = (next_ + 1) % window;
}

Nanoseconds LatchModel::Taken::find_best(Nanoseconds refresh) const {
  // Of the frames that are left out, from the oldest on: at both ends of each run of them, how many it has.
  std::array<std::uint16_t, window + 2> run{};
  const auto missed = [](std::size_t length) { return length < long_burst ? length : burst; };
  std::size_t misses = 0;
  Nanoseconds best = longest_.front().took, least = best;
  // Where most of them are left out, it is the others that are the exception.
  const std::size_t last = std::min(count_, std::max(count_ / 4, most_left_out) + 1) - 1;
  for (std::size_t n = 0; n < last; ++n) {
    const std::size_t age = 1 + (count_ == window ? (longest_[n].place + window - next_) % window : longest_[n].place);
    const std::size_t before = run[age - 1], behind = run[age + 1], length = before + 1 + behind;
    run[age - before] = run[age + behind] = static_cast<std::uint16_t>(length);
    misses += missed(length) - missed(before) - missed(behind);
    const Nanoseconds took = longest_[n + 1].took;
    const Nanoseconds sum =
        took + refresh * miss_weight * static_cast<std::int64_t>(misses) / static_cast<std::int64_t>(count_);
    if (sum < least && misses <= most_left_out && run[count_] < burst) {
      least = sum;
      best = took;
    }
  }
  return best;
}

void LatchModel::Taken::add(Nanoseconds sample, Nanoseconds refresh) {
  keep(sample);
  best_ = find_best(refresh);
}

void LatchModel::Enough::add(Nanoseconds left) {
  if (++frames_ > window) {
    before_ = now_;
    now_.reset();
    frames_ = 1;
  }
  now_ = std::min(now_.value_or(left), left);
}

std::optional<Nanoseconds> LatchModel::Enough::least() const {
  return now_ && before_ ? std::min(now_, before_) : now_ ? now_ : before_;
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
  const TimePoint blank = *times.blank;
  if (!miss) {
    enough_.add(blank - done);
    return;
  }
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
  if (const auto enough = enough_.least(); enough && blank - done >= *enough)
    enough_.forget();
  // It needs more than this frame has left it.
  const Nanoseconds more = std::max(need_, blank - done) + std::max(guard, need_ / 2);
  const Nanoseconds most = std::min(refresh / 4, enough_.least().value_or(refresh));
  need_ = std::max(need_, std::min(more, most));
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
