// What one record() costs the thread that calls it, and what draining it costs the trace writer. Not a test: it prints
// what it measured. Run as record_cost [TRACE], to keep the file it writes.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "compositor/base/clock.h"
#include "compositor/base/log.h"
#include "compositor/trace/tracer.h"

namespace {

using namespace fenceline;

constexpr int rounds = 200, records = 4096;

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

int measure(const char* what, const std::string& file, Ticks ticks, const Clock& clock) {
  Log log(LogLevel::Warn);
  TracerOptions options;
  options.file = file;
  options.period = Nanoseconds::zero(); // Drained between the rounds, outside of what is timed.
  auto made = Tracer::create(options, log, clock, ticks);
  if (!made) {
    std::fprintf(stderr, "%s\n", made.error().text().c_str());
    return 1;
  }
  Tracer& tracer = **made;
  FrameObserver& observer = tracer; // As the compositor calls it.
  FrameEvent event{.kind = FrameEventKind::Latch,
                   .client = ClientId{1},
                   .surface = SurfaceId{1},
                   .output = OutputId{1},
                   .commit = CommitId{1},
                   .frame = FrameId{1},
                   .value = 1};
  std::vector<double> write, drain;
  for (int round = 0; round < rounds; ++round) {
    const TimePoint start = clock.now();
    for (int i = 0; i < records; ++i) {
      event.frame = static_cast<FrameId>(i);
      observer.record(event);
    }
    const TimePoint written = clock.now();
    tracer.flush();
    write.push_back(static_cast<double>((written - start).count()) / records);
    drain.push_back(static_cast<double>((clock.now() - written).count()) / records);
  }
  tracer.stop();
  std::printf("%-34s record %8.1f ns   drain %8.1f ns   (median of %d rounds of %d; %llu dropped)\n", what,
              median(write), median(drain), rounds, records, static_cast<unsigned long long>(tracer.counts().dropped));
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  const MonotonicClock clock;
  const Ticks ticks = Ticks::detect(clock);
  const std::string scratch =
      (std::filesystem::temp_directory_path() / ("record-cost-" + std::to_string(::getpid()))).string();
  const std::string file = argc > 1 ? argv[1] : scratch;
  int status = 0;
  status |= measure(ticks.is_tsc() ? "time stamp counter, to a file" : "clock_gettime (no TSC), to a file", file, ticks,
                    clock);
  status |=
      measure(ticks.is_tsc() ? "time stamp counter, in memory" : "clock_gettime (no TSC), in memory", "", ticks, clock);
  status |= measure("clock_gettime, in memory", "", Ticks(clock), clock);
  std::error_code ignored;
  std::filesystem::remove(scratch, ignored);
  return status;
}
