#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/clock_rules.h"
#include "tests/support/clock_recording.h"

namespace fenceline::clock_bench {

/// What one frame costs, whenever it is latched.
struct Cost {
  FrameWork work = FrameWork::Scanout;
  Nanoseconds late{};  ///< The timer: from the planned latch to the wake.
  Nanoseconds sent{};  ///< From the wake until the commit was sent.
  Nanoseconds fence{}; ///< From the wake until its fence signalled; 0: it has none.
  Nanoseconds needs{}; ///< How long before the blank the display has to have it.
  [[nodiscard]] Nanoseconds least() const { return late + std::max(sent, fence) + needs; }
};

/// One picture of a client's, and what the frame that shows it costs.
struct Picture {
  Nanoseconds commit{}; ///< After the flip before it; where the client keeps its own time, after its picture before.
  Cost cost;
  std::optional<Mode> mode; ///< The display changes to it before.
};

struct Scenario {
  std::string name, about;
  Mode mode;
  double clock_off = 0;  ///< How much longer the frames are than the mode says, as a share.
  bool own_time = false; ///< The client does not wait for the flip.
  std::vector<Picture> pictures;
};

/// Made up from the seed, so many pictures each.
[[nodiscard]] std::vector<Scenario> made_scenarios(std::uint64_t seed, std::size_t pictures);
/// With the costs of a session's frames. What a frame that the display showed late had left it, it is taken to need;
/// what the others needed nobody knows: `display_needs`.
[[nodiscard]] Scenario recorded_scenario(std::string name, const test::ClockRecording& recording,
                                         Nanoseconds display_needs);

} // namespace fenceline::clock_bench
