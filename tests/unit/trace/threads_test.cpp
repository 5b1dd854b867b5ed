// What several threads do at once. Built and run for ThreadSanitizer too.
#include <atomic>
#include <thread>
#include <vector>

#include "compositor/trace/ring.h"
#include "tests/unit/trace/trace_fixture.h"

namespace fenceline::test {
namespace {

TEST(RingThreads, NothingIsLostUncountedTornOrReordered) {
  constexpr std::uint64_t total = 200'000;
  Ring ring(64);
  std::atomic<bool> done = false;
  std::uint64_t pushed = 0;
  std::thread producer([&] {
    for (std::uint64_t n = 1; n <= total; ++n) {
      FrameEvent e;
      e.commit = static_cast<CommitId>(n);
      e.value = ~n;
      e.time = {static_cast<std::int64_t>(n)};
      if (ring.push(n, e))
        ++pushed;
    }
    done.store(true, std::memory_order_release);
  });
  std::uint64_t taken = 0, last = 0;
  bool whole = true;
  const auto take = [&](const TraceRecord& r) {
    ++taken;
    whole = whole && r.ticks > last && static_cast<std::uint64_t>(r.event.commit) == r.ticks &&
            r.event.value == ~r.ticks && r.event.time.ns == static_cast<std::int64_t>(r.ticks);
    last = r.ticks;
  };
  while (!done.load(std::memory_order_acquire))
    ring.consume(take);
  producer.join();
  ring.consume(take);
  EXPECT_TRUE(whole);
  EXPECT_EQ(taken, pushed);
  EXPECT_EQ(pushed + ring.dropped(), total);
}

TEST(TracerThreads, EachThreadWritesToItsOwnRingWhileItIsDrained) {
  constexpr int threads = 3, events = 20'000;
  Scratch scratch;
  Log log(LogLevel::Off);
  MonotonicClock clock;
  TracerOptions options;
  options.file = scratch.file("t.trace");
  options.period = std::chrono::milliseconds(1);
  auto made = Tracer::create(options, log, clock);
  ASSERT_TRUE(made);
  Tracer& tracer = **made;

  std::vector<std::thread> workers;
  for (int t = 0; t < threads; ++t)
    workers.emplace_back([&tracer, t] {
      const auto writer = tracer.writer("worker " + std::to_string(t), 256);
      writer->describe(static_cast<SurfaceId>(t + 10), ClientId{1}, "s");
      for (int i = 0; i < events; ++i) {
        FrameEvent e;
        e.kind = FrameEventKind::Copy;
        e.surface = static_cast<SurfaceId>(t + 10);
        e.value = 1;
        writer->record(e);
      }
    });
  for (int i = 0; i < events; ++i) {
    FrameEvent e;
    e.kind = FrameEventKind::Applied;
    e.surface = SurfaceId{1};
    tracer.record(e);
  }
  for (std::thread& worker : workers)
    worker.join();
  tracer.stop();
  const Tracer::Counts counts = tracer.counts();
  EXPECT_EQ(counts.events + counts.dropped, std::uint64_t{events} * (threads + 1));
  EXPECT_EQ(counts.disk_errors, 0u);
}

TEST(TracerThreads, TheDrainSleepsWhileNothingIsRecordedAndMissesNothing) {
  Log log(LogLevel::Off);
  const MonotonicClock clock;
  TracerOptions options;
  options.period = std::chrono::microseconds(100);
  auto tracer = Tracer::create(options, log, clock);
  ASSERT_TRUE(tracer) << tracer.error().text();
  const auto until = [](const auto& holds) {
    for (int i = 0; i < 60'000 && !holds(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return holds();
  };
  std::uint64_t written = 0;
  // Recorded while it sleeps, while it is about to, and while it is not.
  for (int round = 0; round < 300; ++round) {
    if (round % 3 == 0) {
      ASSERT_TRUE(until([&] { return (*tracer)->asleep(); })) << round;
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds(700 + round));
    }
    (*tracer)->record({.kind = FrameEventKind::Commit, .time = {}});
    ++written;
    ASSERT_TRUE(until([&] { return (*tracer)->counts().events == written; })) << round;
  }
  ASSERT_TRUE(until([&] { return (*tracer)->asleep(); }));
  (*tracer)->stop();
}

TEST(TracerThreads, ASnapshotMayBeTakenWhileItRuns) {
  Scratch scratch;
  Log log(LogLevel::Off);
  MonotonicClock clock;
  TracerOptions options;
  options.period = std::chrono::milliseconds(1);
  options.keep_limit = 4096;
  auto made = Tracer::create(options, log, clock);
  ASSERT_TRUE(made);
  Tracer& tracer = **made;
  std::atomic<bool> done = false;
  std::thread asker([&] {
    for (int i = 0; i < 5; ++i)
      EXPECT_TRUE(tracer.write_snapshot(scratch.file("snapshot")));
    done.store(true);
  });
  while (!done.load()) {
    FrameEvent e;
    e.surface = SurfaceId{1};
    tracer.record(e);
  }
  asker.join();
  EXPECT_GT(std::filesystem::file_size(scratch.file("snapshot")), 0u);
}

} // namespace
} // namespace fenceline::test
