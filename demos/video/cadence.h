#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "demos/client/statistics.h"

namespace fenceline::demos {

/// Whether frames came at their times, and how long each stayed.
struct Cadence {
  /// Frames by the blanks until the next one came. Empty where the refresh is not told.
  std::map<std::int64_t, std::size_t> blanks;
  /// Of the frames that had a time: shown by the first blank that was not before it, by a later one, or before it.
  std::size_t at_time = 0, late = 0, early = 0;
};

/// `time_of`: of a frame's number, in ns on the presentation clock; nothing for one that had no time.
[[nodiscard]] Cadence cadence_of(const std::vector<PresentedFrame>& frames,
                                 const std::function<std::optional<std::int64_t>(std::uint32_t)>& time_of);

/// "2 blanks 12 times, 3 blanks 11 times".
[[nodiscard]] std::string blanks_text(const Cadence& cadence);
/// {"2": 12, "3": 11}
[[nodiscard]] std::string blanks_json(const Cadence& cadence);

} // namespace fenceline::demos
