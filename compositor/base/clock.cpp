#include "compositor/base/clock.h"

#include <ctime>

namespace fenceline {

TimePoint MonotonicClock::now() const {
  timespec ts{};
  ::clock_gettime(CLOCK_MONOTONIC, &ts);
  return {std::int64_t{ts.tv_sec} * 1'000'000'000 + ts.tv_nsec};
}

} // namespace fenceline
