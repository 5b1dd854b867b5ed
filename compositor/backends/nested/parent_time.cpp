#include "compositor/backends/nested/parent_time.h"

namespace fenceline {

TimePoint input_time(std::uint32_t milliseconds, TimePoint now) {
  constexpr std::uint32_t oldest = 5000;
  const std::int64_t now_ms = now.ns / 1'000'000;
  // Both wrap at 2^32.
  const std::uint32_t age = static_cast<std::uint32_t>(now_ms) - milliseconds;
  return age <= oldest ? TimePoint{(now_ms - age) * 1'000'000} : now;
}

} // namespace fenceline
