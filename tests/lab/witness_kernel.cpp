// The session's trace against the kernel's own record of the same seconds (lab-run --kernel-trace): flips, commits, the
// threads that ran, and fences. A client of this test shows a frame at a time, whose fence signals before the commit,
// after it, or too late for the next blank.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <optional>

#include "tests/lab/fence_client.h"
#include "tests/lab/witness_kernel_trace.h"
#include "tests/lab/witness_perfetto.h"
#include "tests/lab/witness_session.h"

namespace fenceline::lab {
namespace {

constexpr std::uint64_t frames = 120;

// The kernel writes its times to a microsecond, rounded.
constexpr std::int64_t rounding_ns = 1000;
// The session stamps its records with the time stamp counter, which is compared with CLOCK_MONOTONIC now and then. On a
// busy machine one of these comparisons may be this much off.
constexpr std::int64_t counter_error_ns = 1'000'000;

std::int64_t ns(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

void print_spread(const char* what, std::vector<std::int64_t> values) {
  if (values.empty())
    return;
  std::sort(values.begin(), values.end());
  const auto at = [&](std::size_t percent) {
    return static_cast<double>(values[(values.size() - 1) * percent / 100]) / 1e6;
  };
  std::printf("%s: min %.4f, p50 %.4f, p99 %.4f, max %.4f ms (%zu)\n", what, at(0), at(50), at(99), at(100),
              values.size());
}

/// One frame of the client's: its clock around what it did.
struct Signalled {
  std::int64_t before = 0, after = 0; ///< CLOCK_MONOTONIC.
};

/// From one time that a thread got a CPU to the time that it left it.
struct Turn {
  std::int64_t begin = 0, end = 0;
  std::optional<std::int64_t> woken; ///< When it was made ready for this turn; none: it had been preempted.
};

/// The turns of a thread, in their order.
std::vector<Turn> turns_of(pid_t thread, const KernelRecord& kernel) {
  std::vector<Turn> turns;
  std::size_t wakeup = 0;
  for (const KernelSwitch& change : kernel.switches) {
    if (change.from == thread && !turns.empty() && turns.back().end == 0)
      turns.back().end = change.written_ns;
    if (change.to != thread)
      continue;
    turns.push_back({.begin = change.written_ns, .woken = {}});
    for (; wakeup < kernel.wakeups.size() && kernel.wakeups[wakeup].written_ns <= change.written_ns; ++wakeup)
      if (kernel.wakeups[wakeup].thread == thread)
        turns.back().woken = kernel.wakeups[wakeup].written_ns;
  }
  return turns;
}

/// What was recorded, once for all tests of this file: a session takes its time.
class KernelWitness : public testing::Test {
 protected:
  struct Latch {
    std::uint64_t frame = 0;
    std::int64_t planned = 0, begun = 0;
  };
  struct Recorded {
    KernelRecord kernel;
    WireTrace trace;
    std::vector<Turn> turns; ///< Of the session's main thread.
    std::vector<Signalled> signals;
    std::uint64_t client = 0; ///< This test's, by its number in the trace.
  };

  static const Recorded& recorded() {
    static const Recorded once = record();
    return once;
  }
  static const KernelRecord& kernel() { return recorded().kernel; }
  static const WireTrace& trace() { return recorded().trace; }

  static std::vector<const WireEvent*> of_kind(const std::string& kind) {
    std::vector<const WireEvent*> found;
    for (const WireEvent& event : trace().events)
      if (event.text("kind") == kind)
        found.push_back(&event);
    return found;
  }
  /// When an event was written down.
  static std::int64_t written(const WireEvent& event) { return ns(event.number("written").value_or(event.time)); }
  static std::vector<Latch> latches() {
    std::vector<Latch> found;
    for (const WireEvent* event : of_kind("latch begin"))
      found.push_back({event->number_or_0("frame"), ns(event->number_or_0("planned")), ns(event->time)});
    return found;
  }
  /// The thread's turn that a moment lies in, or the one nearest to it; and how far outside of it, 0 within.
  static std::pair<const Turn*, std::int64_t> turn_at(std::int64_t when) {
    const std::vector<Turn>& turns = recorded().turns;
    auto next = std::upper_bound(turns.begin(), turns.end(), when,
                                 [](std::int64_t t, const Turn& turn) { return t < turn.begin; });
    const Turn* nearest = nullptr;
    std::int64_t off = INT64_MAX;
    if (next != turns.end())
      nearest = &*next, off = next->begin - when;
    if (next != turns.begin())
      if (const Turn& before = *std::prev(next); std::max<std::int64_t>(0, when - before.end) < off)
        nearest = &before, off = std::max<std::int64_t>(0, when - before.end);
    return {nearest, off};
  }

 private:
  static Recorded record() {
    Session session;
    Recorded all;
    const pid_t compositor = session.compositor().pid();
    {
      Client client(session.socket());
      Window& window = client.window(true);
      std::array<Buffer*, 3> buffers{};
      std::array<Timeline*, 3> releases{};
      for (std::size_t i = 0; i < buffers.size(); ++i) {
        buffers[i] = &client.buffer(screen_size);
        releases[i] = &client.timeline();
      }
      const Timeline& acquire = client.timeline();
      SwTimeline gpu;
      for (std::uint64_t frame = 0; frame < frames; ++frame) {
        acquire.import_fence(frame + 1, gpu.fence(static_cast<std::uint32_t>(frame) + 1));
        const auto signal = [&] {
          Signalled told{.before = now_ns()};
          gpu.advance(1);
          told.after = now_ns();
          all.signals.push_back(told);
        };
        if (frame % 4 == 0)
          signal();
        const Update& update =
            client.commit(window, *buffers[frame % 3], {acquire, frame + 1}, {*releases[frame % 3], frame / 3 + 1});
        if (!client.roundtrip())
          throw std::runtime_error("the session has hung up: " + client.error());
        // Of a display with 60 blanks a second: at once, in between, and past the next one.
        const std::int64_t when = now_ns() + std::array<std::int64_t, 4>{0, 0, 9'000'000, 25'000'000}[frame % 4];
        if (frame % 4 != 0) {
          wait_until({&client}, [&] { return now_ns() >= when; });
          signal();
        }
        if (!wait_until({&client}, [&] { return update.settled(); }))
          throw std::runtime_error("a frame was never shown: " + session.log());
      }
    }
    if (session.end() != 0)
      throw std::runtime_error("the session failed: " + session.log());
    all.kernel = end_lab_run_trace();
    all.trace = read_wire_trace(text_of(session.trace()));
    all.turns = turns_of(compositor, all.kernel);
    for (const WireEvent* client : all.trace.named("client"))
      if (client->number_or_0("pid") == static_cast<std::uint64_t>(::getpid()))
        all.client = client->number_or_0("client");
    return all;
  }
};

TEST_F(KernelWitness, HasSeenAllOfIt) {
  EXPECT_TRUE(kernel().complete);
  EXPECT_EQ(trace().dropped, 0U);
  EXPECT_GT(recorded().turns.size(), frames);
  EXPECT_GE(of_kind("flip").size(), frames);
}

TEST_F(KernelWitness, EachFlipIsABlankOfTheKernelsAndEachThatItToldOfIsAFlip) {
  std::map<std::uint32_t, KernelBlank> blanks;
  for (const KernelBlank& blank : kernel().blanks)
    blanks[blank.sequence] = blank;
  const auto flips = of_kind("flip");
  ASSERT_EQ(flips.size(), kernel().flips.size()) << "flips of the session, and those that the kernel has told it of";
  std::vector<std::int64_t> stamps, told_late, read_late;
  for (std::size_t i = 0; i < flips.size(); ++i) {
    const auto sequence = static_cast<std::uint32_t>(flips[i]->number_or_0("sequence"));
    const KernelFlip& delivered = kernel().flips[i];
    ASSERT_EQ(sequence, delivered.sequence) << "flip " << i;
    EXPECT_GE(written(*flips[i]) + counter_error_ns, delivered.written_ns) << "read before it was there: flip " << i;
    read_late.push_back(written(*flips[i]) - delivered.written_ns);
    if (i == 0)
      continue; // It switches the display on: told at once, before there is any blank.
    ASSERT_TRUE(blanks.contains(sequence)) << "no blank " << sequence;
    const KernelBlank& blank = blanks[sequence];
    EXPECT_GT(sequence, kernel().flips[i - 1].sequence);
    // The kernel's event has microseconds, its tracepoint nanoseconds.
    stamps.push_back(std::abs(ns(flips[i]->number_or_0("flip")) - blank.time_ns));
    EXPECT_LE(stamps.back(), rounding_ns) << "flip " << i;
    told_late.push_back(delivered.written_ns - blank.time_ns);
  }
  print_spread("a flip's time against drm_vblank_event's", stamps);
  print_spread("the blank's time -> the kernel tells of it", told_late);
  print_spread("the kernel tells of it -> the session reads it", read_late);
}

// Told of by the session's records before and after the call: the kernel may tell of a flip before the call returns.
TEST_F(KernelWitness, ACommitIsSentBeforeTheBlankThatTookItAndAfterTheOneBefore) {
  std::map<std::uint64_t, std::int64_t> sent, not_yet_sent;
  for (const WireEvent* event : of_kind("submit"))
    sent[event->number_or_0("frame")] = written(*event);
  for (const WireEvent* event : of_kind("latch end"))
    not_yet_sent[event->number_or_0("frame")] = written(*event);
  const auto flips = of_kind("flip");
  ASSERT_EQ(flips.size(), kernel().flips.size());
  std::vector<std::int64_t> ahead;
  for (std::size_t i = 0; i < flips.size(); ++i) {
    const std::uint64_t frame = flips[i]->number_or_0("frame");
    ASSERT_TRUE(sent.contains(frame) && not_yet_sent.contains(frame)) << "frame " << frame;
    EXPECT_LE(not_yet_sent[frame], kernel().flips[i].written_ns + counter_error_ns)
        << "frame " << frame << " flipped before it was sent";
    if (i == 0)
      continue; // The kernel tells of a modeset within the call.
    // It takes one commit of a display at a time.
    EXPECT_GE(sent[frame] + counter_error_ns, kernel().flips[i - 1].written_ns) << "frame " << frame;
    ahead.push_back(kernel().flips[i].written_ns - sent[frame]);
  }
  print_spread("a commit was sent -> the kernel tells of its flip", ahead);
}

TEST_F(KernelWitness, WhatTheMainThreadWroteItWroteWhileTheKernelHadItRun) {
  std::vector<std::int64_t> outside;
  std::size_t events = 0;
  for (const WireEvent& event : trace().events) {
    if (event.text("kind").empty())
      continue; // Of the file itself.
    ++events;
    const auto [turn, off] = turn_at(written(event));
    EXPECT_LE(off, counter_error_ns) << event.text("kind") << " at " << written(event);
    if (off > 0)
      outside.push_back(off);
  }
  ASSERT_GE(events, frames * 8);
  std::printf("%zu of %zu records within the thread's own time on a CPU\n", events - outside.size(), events);
  print_spread("the others lie outside of it by", outside);
}

TEST_F(KernelWitness, ALatchBeginsAfterItsTimeAndAfterTheKernelHasGivenItTheCpu) {
  std::vector<std::int64_t> timer, scheduler, own;
  const auto all = latches();
  ASSERT_GE(all.size(), frames);
  for (const Latch& latch : all) {
    // Both are the kernel's clock, but for the counter.
    EXPECT_GE(latch.begun + counter_error_ns, latch.planned) << "frame " << latch.frame << " woke before its time";
    const auto [turn, off] = turn_at(latch.begun);
    if (off > 0 || turn->begin < latch.planned)
      continue; // It was awake for something else, and went on to this.
    own.push_back(latch.begun - turn->begin);
    if (!turn->woken || *turn->woken < latch.planned)
      continue; // Woken for something else, and kept waiting.
    // The kernel says both: a timer does not fire before its time.
    timer.push_back(*turn->woken - latch.planned);
    scheduler.push_back(turn->begin - *turn->woken);
    EXPECT_LE(*turn->woken, turn->begin);
  }
  EXPECT_GE(timer.size(), all.size() / 4) << "nearly nothing was woken by the latch's timer: this says little";
  std::printf("%zu of %zu latches slept until their time\n", timer.size(), all.size());
  print_spread("a latch's time -> the kernel wakes the thread", timer);
  print_spread("woken -> on the CPU", scheduler);
  print_spread("on the CPU -> the latch begins", own);
}

TEST_F(KernelWitness, AFenceSignalledWhenTheKernelSaysAndItsContentIsLatchedThenAndNotBefore) {
  // sw_sync's fences of this test, by their numbers.
  std::map<std::uint64_t, std::int64_t> signalled;
  for (const KernelFence& fence : kernel().fences)
    if (fence.driver == "sw_sync")
      signalled[fence.seqno] = fence.written_ns;
  ASSERT_EQ(signalled.size(), frames);
  // The client's commits with a buffer, in their order.
  std::vector<std::uint64_t> commits;
  std::map<std::uint64_t, std::int64_t> read;
  for (const WireEvent* event : of_kind("commit"))
    if (event->number_or_0("client") == recorded().client && event->number_or_0("buffer") != 0) {
      commits.push_back(event->number_or_0("commit"));
      read[commits.back()] = written(*event);
    }
  ASSERT_EQ(commits.size(), frames);
  std::map<std::uint64_t, const WireEvent*> ready, latched;
  for (const WireEvent* event : of_kind("acquire ready"))
    ready[event->number_or_0("commit")] = event;
  for (const WireEvent* event : of_kind("latch"))
    latched.try_emplace(event->number_or_0("commit"), event);

  const auto all = latches();
  std::vector<std::int64_t> stamp, seen, taken;
  std::size_t in_time = 0, stamped = 0;
  for (std::uint64_t i = 0; i < frames; ++i) {
    const std::uint64_t commit = commits[i];
    const std::int64_t kernels = signalled[i + 1];
    const Signalled& test = recorded().signals[i];
    // Three clocks' readings of one moment: the test's around it, the kernel's within.
    EXPECT_GE(kernels + rounding_ns, test.before) << "frame " << i;
    EXPECT_LE(kernels, test.after + rounding_ns) << "frame " << i;
    ASSERT_TRUE(ready.contains(commit) && latched.contains(commit)) << "frame " << i;
    if (const auto said = ready[commit]->number("signalled")) {
      // The fence is given its time stamp just before the kernel writes this record.
      ++stamped;
      EXPECT_GE(ns(*said), test.before) << "frame " << i;
      EXPECT_LE(ns(*said), kernels + rounding_ns) << "frame " << i;
      stamp.push_back(kernels - ns(*said));
    }
    EXPECT_GE(written(*ready[commit]) + counter_error_ns, kernels) << "known before it was so: frame " << i;
    const std::int64_t latch = written(*latched[commit]);
    EXPECT_GE(latch + counter_error_ns, kernels) << "shown before it was drawn: frame " << i;
    const std::int64_t possible = std::max(kernels, read[commit]);
    seen.push_back(written(*ready[commit]) - kernels);
    taken.push_back(latch - possible);
    // No latch that was to be later than that went by without it.
    in_time += std::none_of(all.begin(), all.end(), [&](const Latch& other) {
      return other.frame != latched[commit]->number_or_0("frame") && other.begun < latch &&
             other.planned > possible + counter_error_ns;
    });
  }
  EXPECT_EQ(stamped, frames) << "fences with a time of their own";
  EXPECT_EQ(in_time, frames) << "frames that were in the first picture after their fence";
  print_spread("a fence's own time -> the kernel's record that it signalled", stamp);
  print_spread("the kernel's record -> the session's", seen);
  print_spread("signalled and committed -> latched", taken);
}

} // namespace
} // namespace fenceline::lab
