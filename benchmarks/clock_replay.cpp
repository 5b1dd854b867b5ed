#include "benchmarks/clock_replay.h"

#include <algorithm>
#include <cmath>

namespace fenceline::clock_bench {

namespace {

/// Blanks at even intervals, which are not quite the mode's.
class Display {
 public:
  Display(const Mode& mode, double off) : off_(off) { set(mode, {1'000'000'000}); }
  void set(const Mode& mode, TimePoint from) {
    start_ = from;
    const auto nominal = static_cast<double>(mode.refresh.count());
    period_ = Nanoseconds(std::llround(nominal * (1 + off_)));
  }
  [[nodiscard]] TimePoint start() const { return start_; }
  /// The first blank at or after `time`, and after `last`.
  [[nodiscard]] TimePoint blank_from(TimePoint time, TimePoint last) const {
    const Nanoseconds since = std::max(time - start_, last - start_ + Nanoseconds(1));
    return start_ + period_ * ((since + period_ - Nanoseconds(1)) / period_);
  }

 private:
  double off_;
  TimePoint start_;
  Nanoseconds period_{};
};

} // namespace

Score replay(Rule& rule, const Scenario& scenario) {
  Score score;
  Mode mode = scenario.mode;
  Display display(mode, scenario.clock_off);
  rule.set_mode(mode);
  TimePoint flip = display.start();
  const auto commit_of = [&](std::size_t n, TimePoint before) {
    return (scenario.own_time ? before : flip) + scenario.pictures[n].commit;
  };
  TimePoint commit = flip;
  for (std::size_t n = 0; n < scenario.pictures.size(); ++n) {
    if (const auto& change = scenario.pictures[n].mode) {
      mode = *change;
      display.set(mode, flip);
      rule.set_mode(mode);
    }
    commit = commit_of(n, commit);
    LatchTime when = rule.next_latch(std::max(commit, flip), flip);
    // What a client commits until the latch takes the place of what it committed before.
    while (scenario.own_time && n + 1 < scenario.pictures.size() && commit_of(n + 1, commit) <= when.latch) {
      commit = commit_of(++n, commit);
      ++score.superseded;
    }
    const Cost& cost = scenario.pictures[n].cost;
    FrameTimes times;
    times.work = cost.work;
    times.blank = when.blank;
    times.planned = when.latch;
    times.woken = times.planned + cost.late;
    times.submitted = times.woken + cost.sent;
    TimePoint done = times.submitted;
    if (cost.fence > Nanoseconds{}) {
      times.composed = times.submitted;
      times.fence = times.woken + cost.fence;
      done = std::max(done, *times.fence);
    }
    flip = display.blank_from(done + cost.needs, flip);
    rule.shown(times, flip);
    ++score.frames;
    score.missed += find_miss(times, flip, mode.refresh) ? 1 : 0;
    score.added.add(flip - times.planned - cost.least());
    score.to_flip.add(flip - commit);
  }
  return score;
}

} // namespace fenceline::clock_bench
