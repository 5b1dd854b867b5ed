#include "compositor/base/ticks.h"

#include <fstream>
#include <sstream>
#include <string>

#ifdef FENCELINE_HAS_TSC
#include <cpuid.h>
#endif

namespace fenceline {

bool tsc_is_fit(bool invariant, std::string_view available) {
  if (!invariant)
    return false;
  std::istringstream words{std::string(available)};
  bool judged = false;
  for (std::string word; words >> word;) {
    if (word == "tsc")
      return true;
    judged = judged || word != "timer";
  }
  return !judged;
}

Ticks Ticks::detect(const Clock& clock) {
#ifdef FENCELINE_HAS_TSC
  unsigned a = 0, b = 0, c = 0, d = 0;
  const bool invariant = __get_cpuid(0x80000007, &a, &b, &c, &d) != 0 && (d & (1u << 8)) != 0;
  std::ifstream file("/sys/devices/system/clocksource/clocksource0/available_clocksource");
  std::string available;
  std::getline(file, available);
  if (tsc_is_fit(invariant, available))
    return Ticks();
#endif
  return Ticks(clock);
}

} // namespace fenceline
