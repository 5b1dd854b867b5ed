#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compositor/output/frame_clock.h"
#include "compositor/output/frame_times.h"

namespace fenceline::clock_bench {

/// A mode of the display.
struct Mode {
  Nanoseconds refresh{};
  Nanoseconds blanking{}; ///< From the last line to the first one of the next frame.
};

/// How a compositor decides when it takes the picture for a blank. The peers' rules are told from their published
/// sources, in our own words; clock_rules.cpp names the files, and what is left out.
class Rule {
 public:
  virtual ~Rule() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// The latch at or after `now`, for a blank later than `last_flip`. There was a flip.
  [[nodiscard]] virtual LatchTime next_latch(TimePoint now, TimePoint last_flip) const = 0;
  /// A frame was shown at `flip`.
  virtual void shown(const FrameTimes& times, TimePoint flip) = 0;
  virtual void set_mode(const Mode& mode) = 0;
};

/// A fresh one of each: Fenceline's first.
[[nodiscard]] std::vector<std::unique_ptr<Rule>> all_rules();

} // namespace fenceline::clock_bench
