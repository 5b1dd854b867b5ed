#pragma once
#include "benchmarks/clock_scenarios.h"
#include "compositor/trace/histogram.h"

namespace fenceline::clock_bench {

/// What one rule made of one scenario.
struct Score {
  std::uint64_t frames = 0, missed = 0; ///< Missed: they came later than the blank that they were latched for.
  std::uint64_t superseded = 0;         ///< Pictures that a newer one replaced before a latch.
  Histogram added;                      ///< From the planned latch to the flip, over the least that this frame needed.
  Histogram to_flip;                    ///< From the client's commit to the flip: with the wait for the latch.
};

/// Shows the scenario's pictures on a display of its own, latched as the rule says. One frame is on its way at a time;
/// it costs what it costs whenever it is latched.
[[nodiscard]] Score replay(Rule& rule, const Scenario& scenario);

} // namespace fenceline::clock_bench
