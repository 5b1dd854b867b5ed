// The trace of a session, read from its bytes, against itself and against the kernel's record of the same flips: `spin`
// fills the screen and is scanned out, then a window of `paint` above it has everything composed.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <span>

#include "tests/lab/witness_kernel_trace.h"
#include "tests/lab/witness_perfetto.h"
#include "tests/lab/witness_session.h"

namespace fenceline::lab {
namespace {

constexpr std::uint64_t clock_monotonic = 3; // Perfetto's number of it.

// The time of a flip comes from the kernel's event, which has microseconds where the tracepoint has nanoseconds.
constexpr std::int64_t flip_tolerance_ns = 1000;
// The session stamps its own records with the TSC, calibrated to CLOCK_MONOTONIC now and then; the kernel stamps its
// own with CLOCK_MONOTONIC, printed in microseconds. An order of events may seem turned around by this much at most.
constexpr std::int64_t order_tolerance_ns = 1'000'000;

std::int64_t ns(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

std::string milliseconds(std::int64_t value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4f", static_cast<double>(value) / 1e6);
  return text;
}

void print_spread(const char* what, std::vector<std::int64_t> values) {
  ASSERT_FALSE(values.empty());
  std::sort(values.begin(), values.end());
  const auto at = [&](std::size_t percent) { return milliseconds(values[(values.size() - 1) * percent / 100]); };
  std::printf("%s: min %s, p50 %s, p99 %s, max %s ms (%zu flips)\n", what, at(0).c_str(), at(50).c_str(),
              at(99).c_str(), at(100).c_str(), values.size());
}

/// What was recorded, once for all tests of this file: a session takes its time.
class Trace : public testing::Test {
 protected:
  struct Recorded {
    KernelRecord kernel;
    WireTrace trace;
    std::set<std::uint64_t> clients; ///< By their numbers in the trace.
  };

  static const Recorded& recorded() {
    static const Recorded once = record();
    return once;
  }
  static const WireTrace& trace() { return recorded().trace; }

 private:
  static Recorded record() {
    KernelTrace kernel;
    Session session;
    std::set<std::uint64_t> pids;
    {
      Process spin = session.client("demos/spin", {"--fullscreen", "--pattern", "--json", "--frames", "300"});
      Process paint = session.client("demos/paint", {"--pattern", "--alpha", "--json", "--frames", "100"});
      pids = {static_cast<std::uint64_t>(spin.pid()), static_cast<std::uint64_t>(paint.pid())};
      if (paint.wait() != 0 || spin.wait() != 0)
        throw std::runtime_error("a client failed: " + spin.errors() + paint.errors());
    }
    if (session.end() != 0)
      throw std::runtime_error("the session failed: " + session.log());
    Recorded all{kernel.stop(), read_wire_trace(text_of(session.trace())), {}};
    for (const WireEvent* client : all.trace.named("client"))
      if (pids.contains(client->number_or_0("pid")))
        all.clients.insert(client->number_or_0("client"));
    return all;
  }
};

TEST_F(Trace, IsWholeAndOfOneClock) {
  EXPECT_EQ(trace().dropped, 0U);
  EXPECT_TRUE(trace().named("records dropped").empty());
  EXPECT_GE(trace().clock_snapshots, 1U);
  EXPECT_EQ(trace().named("trace start").size(), 1U);
  EXPECT_EQ(trace().named("trace end").size(), 1U);
  EXPECT_EQ(recorded().clients.size(), 2U) << "the clients are not named with their processes";
  std::set<std::uint64_t> unknown;
  for (const WireEvent& event : trace().events) {
    EXPECT_EQ(event.clock, clock_monotonic) << event.name;
    if (!trace().tracks.contains(event.track))
      unknown.insert(event.track);
  }
  EXPECT_TRUE(unknown.empty()) << unknown.size() << " tracks were never described";
}

TEST_F(Trace, EveryFlowBeginsAndEndsOnce) {
  struct Flow {
    std::size_t commits = 0, steps = 0, ends = 0;
    bool begins_with_commit = false, seen_after_end = false, of_client = false;
    std::uint64_t begin = 0, end = 0;
    std::string last;
  };
  std::map<std::uint64_t, Flow> flows;
  std::size_t commits = 0;
  for (const WireEvent& event : trace().events) {
    commits += event.name == "commit" ? 1 : 0;
    for (const bool ending : {false, true})
      for (const std::uint64_t id : ending ? event.ending_flows : event.flows) {
        Flow& flow = flows[id];
        if (flow.commits + flow.steps + flow.ends == 0) {
          flow.begins_with_commit = event.name == "commit" && !ending;
          flow.begin = event.time;
          flow.of_client = recorded().clients.contains(event.number_or_0("client"));
        }
        flow.seen_after_end |= flow.ends != 0;
        ++(ending ? flow.ends : event.name == "commit" ? flow.commits : flow.steps);
        flow.end = event.time;
        flow.last = event.name;
      }
  }
  EXPECT_EQ(flows.size(), commits) << "a commit without a flow, or a flow without a commit";
  std::map<std::string, std::size_t> endings;
  for (const auto& [id, flow] : flows) {
    EXPECT_TRUE(flow.begins_with_commit) << "flow " << id;
    EXPECT_EQ(flow.commits, 1U) << "flow " << id;
    EXPECT_EQ(flow.ends, 1U) << "flow " << id;
    EXPECT_FALSE(flow.seen_after_end) << "flow " << id;
    EXPECT_LE(flow.begin, flow.end) << "flow " << id;
    ++endings[flow.last];
    // All clients had ended before the session did; only what the session has of its own (its arrow) may be left.
    const bool ended = flow.last == "presented" || flow.last == "superseded" || flow.last == "discarded";
    EXPECT_TRUE(ended || (!flow.of_client && flow.last == "abandoned")) << "flow " << id << ": " << flow.last;
  }
  for (const auto& [how, count] : endings)
    std::printf("%zu flows end with \"%s\"\n", count, how.c_str());
  EXPECT_GE(endings["presented"], 400U) << "300 frames of spin and 100 of paint were presented";
}

TEST_F(Trace, EveryFlipHasItsCommit) {
  using Frame = std::pair<std::uint64_t, std::uint64_t>; // Output and frame.
  const auto frame_of = [](const WireEvent& e) { return Frame(e.number_or_0("output"), e.number_or_0("frame")); };
  const auto times = [&](const std::vector<const WireEvent*>& events) {
    std::map<Frame, std::vector<std::uint64_t>> by_frame;
    for (const WireEvent* event : events)
      by_frame[frame_of(*event)].push_back(event->time);
    return by_frame;
  };
  std::vector<const WireEvent*> submits;
  for (const WireEvent& event : trace().events)
    if (event.text("kind") == "submit")
      submits.push_back(&event);
  const auto submitted = times(submits);
  const auto flipped = times(trace().named("flip"));
  ASSERT_GE(flipped.size(), 300U);
  for (const auto& [frame, when] : flipped) {
    EXPECT_EQ(when.size(), 1U) << "frame " << frame.second << " flipped more than once";
    const auto at = submitted.find(frame);
    ASSERT_NE(at, submitted.end()) << "frame " << frame.second << " flipped and was never submitted";
    EXPECT_EQ(at->second.size(), 1U) << "frame " << frame.second << " was submitted more than once";
  }
  // The last frame may have been on its way when the session ended.
  EXPECT_LE(submitted.size(), flipped.size() + 1);

  // What a flip presented was committed by its client and latched for that very frame. The flips that present nothing
  // of a client show that one has come or gone.
  std::set<std::uint64_t> commits;
  for (const WireEvent* commit : trace().named("commit"))
    EXPECT_TRUE(commits.insert(commit->number_or_0("commit")).second);
  std::set<std::pair<Frame, std::uint64_t>> latched;
  for (const WireEvent& event : trace().events)
    if (event.text("kind") == "latch")
      latched.insert({frame_of(event), event.number_or_0("commit")});
  std::map<Frame, std::uint64_t> flip_time;
  for (const WireEvent* flip : trace().named("flip"))
    flip_time[frame_of(*flip)] = flip->number_or_0("flip");
  std::set<Frame> with_client;
  for (const WireEvent* presented : trace().named("presented")) {
    const Frame frame = frame_of(*presented);
    const std::uint64_t commit = presented->number_or_0("commit");
    if (!recorded().clients.contains(presented->number_or_0("client")))
      continue;
    EXPECT_TRUE(commits.contains(commit)) << "commit " << commit;
    EXPECT_TRUE(latched.contains({frame, commit}))
        << "commit " << commit << " was not latched for frame " << frame.second;
    ASSERT_TRUE(flip_time.contains(frame)) << "commit " << commit << " was presented by no flip";
    EXPECT_EQ(presented->number_or_0("flip"), flip_time[frame]);
    with_client.insert(frame);
  }
  std::printf("%zu flips, of them %zu with a client's commit\n", flipped.size(), with_client.size());
  EXPECT_GE(with_client.size(), 300U);
}

TEST_F(Trace, FlipsWereWhenTheKernelSaysTheyWere) {
  const KernelRecord& kernel = recorded().kernel;
  ASSERT_TRUE(kernel.complete);
  std::map<std::uint32_t, KernelBlank> blanks;
  for (const KernelBlank& blank : kernel.blanks)
    blanks[blank.sequence] = blank;
  std::map<std::uint32_t, std::int64_t> delivered;
  for (const KernelFlip& flip : kernel.flips)
    delivered[flip.sequence] = flip.written_ns;
  std::map<std::uint64_t, std::int64_t> submitted;
  for (const WireEvent& event : trace().events)
    if (event.text("kind") == "submit")
      submitted[event.number_or_0("frame")] = ns(event.time);

  // The first frame switches the display on: the kernel reports it at once, before there is any blank.
  const auto flips = trace().named("flip");
  ASSERT_GE(flips.size(), 300U);
  const auto first = static_cast<std::uint32_t>(flips[0]->number_or_0("sequence"));
  EXPECT_TRUE(delivered.contains(first));

  std::vector<std::int64_t> stamp_apart, irq_late, read_late;
  for (const WireEvent* flip : std::span(flips).subspan(1)) {
    const auto sequence = static_cast<std::uint32_t>(flip->number_or_0("sequence"));
    const std::uint64_t frame = flip->number_or_0("frame");
    ASSERT_TRUE(blanks.contains(sequence)) << "the kernel knows no blank " << sequence;
    ASSERT_TRUE(delivered.contains(sequence)) << "the kernel delivered no flip at blank " << sequence;
    const std::int64_t said = ns(flip->number_or_0("flip")), blank = blanks[sequence].time_ns;
    stamp_apart.push_back(std::abs(said - blank));
    EXPECT_LE(stamp_apart.back(), flip_tolerance_ns) << "frame " << frame << ", blank " << sequence;
    // The packet stands at the flip, unless the submission was written down later than that.
    EXPECT_EQ(ns(flip->time), std::max(said, submitted[frame])) << "frame " << frame;
    // Nobody reads an event before it is delivered, and no flip is delivered before its commit is made.
    const std::int64_t read = ns(flip->number("written").value_or(flip->time));
    EXPECT_GE(read, delivered[sequence] - order_tolerance_ns) << "frame " << frame;
    EXPECT_GE(read, submitted[frame]) << "frame " << frame;
    irq_late.push_back(blanks[sequence].written_ns - blank);
    read_late.push_back(read - delivered[sequence]);
  }
  print_spread("flip time in the trace against drm_vblank_event's", stamp_apart);
  print_spread("the kernel's own jitter, from a blank's time to its record", irq_late);
  print_spread("from the event's delivery to the session's record of it", read_late);
}

} // namespace
} // namespace fenceline::lab
