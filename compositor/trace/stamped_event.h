#pragma once
#include <cstdint>

#include "compositor/base/clock.h"
#include "compositor/frame/frame_event.h"

namespace fenceline {

/// A record on its way out of the rings: its tick reading has become a time.
struct StampedEvent {
  TimePoint written;
  std::uint32_t ring = 0; ///< Which thread's: 0 is the main thread's.
  FrameEvent event;
};

/// Readings of the kernel's clocks at one moment, for lining the trace up with others. 0: not read.
struct ClockReadings {
  TimePoint monotonic;
  std::int64_t boottime_ns = 0;
  std::int64_t realtime_ns = 0;
};

} // namespace fenceline
