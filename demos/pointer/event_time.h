#pragma once

#include <cstdint>

namespace fenceline::demos {

/// wl_pointer gives the milliseconds of a time, and of those 32 bits: the time nearest to `now` that has them, ns. It
/// is up to a millisecond before the event's own.
constexpr std::int64_t event_time(std::uint32_t milliseconds, std::int64_t now) {
  const std::int64_t now_ms = now / 1'000'000;
  const auto behind = static_cast<std::int32_t>(static_cast<std::uint32_t>(now_ms) - milliseconds);
  return (now_ms - behind) * 1'000'000;
}

/// zwp_relative_pointer_v1 gives microseconds, and all of their bits: ns.
constexpr std::int64_t exact_event_time(std::uint32_t microseconds_high, std::uint32_t microseconds_low) {
  return static_cast<std::int64_t>((std::uint64_t{microseconds_high} << 32U | microseconds_low) * 1000U);
}

} // namespace fenceline::demos
