#include "compositor/trace/tracer.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <map>
#include <set>

#include "tests/unit/trace/trace_fixture.h"
#include "tests/unit/trace/wire.h"

namespace fenceline::test {
namespace {

using Kind = FrameEventKind;

// Perfetto's field numbers, from its published .proto files.
constexpr int trace_packet = 1;
constexpr int packet_clock_snapshot = 6, packet_timestamp = 8, packet_sequence = 10, packet_event = 11,
              packet_interned = 12, packet_flags = 13, packet_dropped = 42, packet_clock = 58, packet_track = 60,
              packet_first = 87;
constexpr int event_annotations = 4, event_type = 9, event_name_iid = 10, event_track = 11, event_counter_values = 12,
              event_name = 23, event_counter_tracks = 31, event_flows = 47, event_ends_flows = 48;
constexpr int annotation_name_iid = 1;
constexpr int type_begin = 1, type_end = 2;
constexpr std::uint64_t monotonic = 3;

FrameEvent event(Kind kind, std::uint64_t commit = 0, std::uint32_t surface = 0) {
  FrameEvent e;
  e.kind = kind;
  e.commit = static_cast<CommitId>(commit);
  e.surface = static_cast<SurfaceId>(surface);
  if (surface != 0)
    e.client = ClientId{1};
  return e;
}

FrameEvent on_output(Kind kind, std::uint64_t frame, TimePoint time = {}) {
  FrameEvent e;
  e.kind = kind;
  e.output = OutputId{1};
  e.frame = static_cast<FrameId>(frame);
  e.time = time;
  return e;
}

/// A trace file taken apart by the wire format alone.
class RawTrace {
 public:
  explicit RawTrace(std::string bytes) : bytes_(std::move(bytes)), trace_(bytes_) {
    EXPECT_TRUE(trace_.valid());
    for (WireMessage& packet : trace_.messages(trace_packet)) {
      EXPECT_TRUE(packet.valid());
      packets.push_back(std::move(packet));
    }
  }

  /// Each flow begins at its first mention, ends once, and is not mentioned after its end.
  void expect_whole_flows(std::size_t count) const {
    std::set<std::uint64_t> open, ended;
    for (const WireMessage& packet : packets) {
      const WireMessage e = packet.message(packet_event);
      for (const std::uint64_t flow : e.numbers(event_flows)) {
        EXPECT_FALSE(ended.contains(flow)) << "flow " << flow << " goes on after its end";
        open.insert(flow);
      }
      for (const std::uint64_t flow : e.numbers(event_ends_flows)) {
        EXPECT_TRUE(open.contains(flow)) << "flow " << flow << " ends without a beginning";
        EXPECT_TRUE(ended.insert(flow).second) << "flow " << flow << " ends twice";
      }
    }
    EXPECT_EQ(open, ended) << "flows without an end";
    EXPECT_EQ(open.size(), count);
  }

  /// Slices of each track begin and end in turns, and no earlier than they began.
  void expect_whole_slices() const {
    std::map<std::uint64_t, std::uint64_t> open;
    for (const WireMessage& packet : packets) {
      const WireMessage e = packet.message(packet_event);
      const std::uint64_t track = e.number(event_track);
      if (e.number(event_type) == type_begin) {
        EXPECT_TRUE(open.emplace(track, packet.number(packet_timestamp)).second);
      }
      if (e.number(event_type) == type_end) {
        ASSERT_TRUE(open.contains(track));
        EXPECT_GE(packet.number(packet_timestamp), open[track]);
        open.erase(track);
      }
    }
    EXPECT_TRUE(open.empty());
  }

  /// Each track is described before its first event; each sequence brings its interned strings first.
  void expect_self_contained() const {
    std::set<std::uint64_t> tracks, sequences;
    for (const WireMessage& packet : packets) {
      const std::uint64_t sequence = packet.number(packet_sequence);
      EXPECT_NE(sequence, 0u);
      EXPECT_EQ(packet.number(packet_clock), monotonic);
      if (sequences.insert(sequence).second) {
        EXPECT_EQ(packet.number(packet_flags) & 1, 1u);
        EXPECT_EQ(packet.number(packet_first), 1u);
        EXPECT_TRUE(packet.has(packet_interned));
      }
      if (packet.has(packet_track))
        tracks.insert(packet.message(packet_track).number(1));
      const WireMessage e = packet.message(packet_event);
      if (packet.has(packet_event)) {
        EXPECT_TRUE(tracks.contains(e.number(event_track)));
      }
      for (const std::uint64_t counter : e.numbers(event_counter_tracks))
        EXPECT_TRUE(tracks.contains(counter));
    }
    ASSERT_FALSE(packets.empty());
    EXPECT_TRUE(packets.front().has(packet_clock_snapshot));
  }

  [[nodiscard]] std::vector<WireMessage> named(std::string_view name) const {
    std::vector<WireMessage> out;
    for (const WireMessage& packet : packets)
      if (packet.message(packet_event).text(event_name) == name)
        out.push_back(packet);
    return out;
  }

  std::vector<WireMessage> packets;

 private:
  std::string bytes_;
  WireMessage trace_;
};

class TracerTest : public TraceTest {
 protected:
  /// One commit's way to the screen, in virtual time.
  void frame(Tracer& tracer, std::uint64_t commit) {
    const auto write = [&](FrameEvent e) {
      tracer.record(e);
      clock_.pass(ms(0.5));
    };
    write(event(Kind::Commit, commit, 7));
    write(event(Kind::AcquireReady, commit, 7));
    write(event(Kind::Applied, commit, 7));
    write(on_output(Kind::LatchBegin, commit, clock_.now() + ms(4)));
    write(event(Kind::Latch, commit, 7));
    write(on_output(Kind::LatchEnd, commit));
    write(on_output(Kind::Submit, commit));
    write(on_output(Kind::Flip, commit, clock_.now()));
    write(event(Kind::Presented, commit, 7));
    write(event(Kind::Released, commit, 7));
  }
};

TEST_F(TracerTest, EachFlowBeginsAndEndsOnce) {
  auto t = tracer_to(scratch_.file("t"));
  t->describe(ClientId{1}, "spin", 42);
  t->describe(SurfaceId{7}, ClientId{1}, "window");
  t->describe(OutputId{1}, "HDMI-A-1", ms(16.67));
  for (std::uint64_t commit = 1; commit <= 20; ++commit) {
    frame(*t, commit);
    if (commit % 3 == 0)
      t->flush();
  }
  t->record(event(Kind::Commit, 21, 7));
  t->record(event(Kind::Discarded, 21, 7));
  t->record(event(Kind::Commit, 22, 7));    // Still under way at the end.
  t->record(event(Kind::Presented, 99, 7)); // Its beginning was never seen.
  t->stop();
  const RawTrace raw(read_whole(scratch_.file("t")));
  raw.expect_self_contained();
  raw.expect_whole_slices();
  raw.expect_whole_flows(22);
  EXPECT_EQ(raw.named("abandoned").size(), 1u);
  EXPECT_EQ(t->counts().events, 204u);
}

TEST_F(TracerTest, TheStampsAreTheClocksTimes) {
  auto t = tracer_to(scratch_.file("t"));
  clock_.set({5'000'000'000});
  t->record(event(Kind::Commit, 1, 7));
  clock_.set({5'000'123'456});
  t->record(event(Kind::Presented, 1, 7));
  clock_.set({6'000'000'000});
  t->stop();
  const RawTrace raw(read_whole(scratch_.file("t")));
  std::vector<std::uint64_t> stamps;
  for (const WireMessage& packet : raw.packets)
    if (packet.message(packet_event).has(event_annotations) && packet.message(packet_event).has(event_name_iid))
      stamps.push_back(packet.number(packet_timestamp));
  EXPECT_EQ(stamps, (std::vector<std::uint64_t>{5'000'000'000, 5'000'123'456}));
  const WireMessage clocks = raw.packets.front().message(packet_clock_snapshot);
  std::set<std::uint64_t> ids;
  for (const WireMessage& clock : clocks.messages(1))
    ids.insert(clock.number(1));
  EXPECT_EQ(ids, (std::set<std::uint64_t>{1, 3, 6}));
}

TEST_F(TracerTest, TheFlipStandsWhereTheDisplayFlipped) {
  auto t = tracer_to(scratch_.file("t"));
  t->record(on_output(Kind::Submit, 1));
  const TimePoint flip = clock_.now() + ms(3);
  clock_.pass(ms(5));
  t->record(on_output(Kind::Flip, 1, flip));
  // A display whose stamp is earlier than the commit's: the slice is empty, not turned round.
  t->record(on_output(Kind::Submit, 2));
  t->record(on_output(Kind::Flip, 2, clock_.now() - ms(1)));
  t->stop();
  const RawTrace raw(read_whole(scratch_.file("t")));
  raw.expect_whole_slices();
  std::vector<std::uint64_t> ends;
  for (const WireMessage& packet : raw.packets)
    if (packet.message(packet_event).number(event_type) == type_end)
      ends.push_back(packet.number(packet_timestamp));
  EXPECT_EQ(ends, (std::vector<std::uint64_t>{static_cast<std::uint64_t>(flip.ns),
                                              static_cast<std::uint64_t>(clock_.now().ns)}));
}

TEST_F(TracerTest, ALatchInTimeWasHeldUpByNothing) {
  auto t = tracer_to(scratch_.file("t"));
  FrameEvent latch = on_output(Kind::LatchBegin, 1, clock_.now());
  t->record(latch);
  t->record(on_output(Kind::LatchEnd, 1));
  latch.flags = 1;
  latch.detail = static_cast<std::uint8_t>(TurnPart::Timers);
  t->record(latch);
  t->stop();
  const RawTrace raw(read_whole(scratch_.file("t")));
  std::vector<std::set<std::uint64_t>> told;
  for (const WireMessage& packet : raw.packets) {
    const WireMessage e = packet.message(packet_event);
    if (e.number(event_type) != type_begin)
      continue;
    told.emplace_back();
    for (const WireMessage& note : e.messages(event_annotations))
      told.back().insert(note.number(annotation_name_iid));
  }
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].size() + 1, told[1].size()) << "what the thread was mostly busy with";
}

TEST_F(TracerTest, SlicesThatLackOneEndAreMended) {
  auto t = tracer_to(scratch_.file("t"));
  for (const Kind kind : {Kind::LatchEnd, Kind::LatchBegin, Kind::LatchBegin, Kind::ComposeBegin, Kind::Submit})
    t->record(on_output(kind, 1));
  t->stop();
  RawTrace(read_whole(scratch_.file("t"))).expect_whole_slices();
}

TEST_F(TracerTest, CopiedBytesAddUpOnACounter) {
  auto t = tracer_to(scratch_.file("t"));
  for (const std::uint64_t bytes : {100u, 50u}) {
    FrameEvent copy = event(Kind::Copy, 0, 7);
    copy.detail = static_cast<std::uint8_t>(CopyKind::CpuUpload);
    copy.value = bytes;
    t->record(copy);
  }
  t->stop();
  const RawTrace raw(read_whole(scratch_.file("t")));
  raw.expect_self_contained();
  std::vector<std::uint64_t> values;
  for (const WireMessage& packet : raw.packets)
    for (const std::uint64_t value : packet.message(packet_event).numbers(event_counter_values))
      values.push_back(value);
  EXPECT_EQ(values, (std::vector<std::uint64_t>{100, 150}));
}

TEST_F(TracerTest, AFullFileMovesAsideAndEachStandsForItself) {
  TracerOptions options;
  options.file = scratch_.file("t");
  options.max_file_bytes = 40 * 1024;
  options.rotated_files = 2;
  auto t = tracer(options);
  t->describe(ClientId{1}, "spin", 42);
  t->describe(SurfaceId{7}, ClientId{1}, "window");
  t->describe(OutputId{1}, "HDMI-A-1", ms(16.67));
  t->record(event(Kind::Commit, 1'000'000, 8)); // Under way through all of them.
  std::uint64_t commit = 0;
  while (t->counts().rotations < 4 && commit < 100'000) {
    t->record(event(Kind::Latch, 1'000'000, 8));
    for (int i = 0; i < 10; ++i)
      frame(*t, ++commit);
    t->flush();
  }
  t->record(event(Kind::Presented, 1'000'000, 8));
  t->stop();

  std::string all;
  std::size_t names = 0;
  for (const char* file : {"t.2", "t.1", "t"}) {
    const std::string bytes = read_whole(scratch_.file(file));
    EXPECT_LE(bytes.size(), options.max_file_bytes) << file;
    const RawTrace raw(bytes);
    raw.expect_self_contained();
    raw.expect_whole_slices();
    EXPECT_EQ(raw.named("trace start").size(), 1u);
    EXPECT_EQ(raw.named("trace end").size(), 1u);
    names += raw.named("client").size();
    all += bytes;
  }
  EXPECT_EQ(names, 3u);
  EXPECT_FALSE(std::filesystem::exists(scratch_.file("t.3")));
  // Whole also when the files are read as one; the long commit has a flow in each.
  const RawTrace raw(all);
  std::set<std::uint64_t> flows, long_flows;
  for (const WireMessage& packet : raw.packets)
    for (const std::uint64_t flow : packet.message(packet_event).numbers(event_flows)) {
      flows.insert(flow);
      if ((flow & ((1ull << 48) - 1)) == 1'000'000)
        long_flows.insert(flow);
    }
  raw.expect_whole_flows(flows.size());
  EXPECT_EQ(long_flows.size(), 3u);
}

TEST_F(TracerTest, AFullRingSaysWhatItLost) {
  TracerOptions options;
  options.file = scratch_.file("t");
  options.ring_records = 16;
  auto t = tracer(options);
  for (std::uint64_t i = 1; i <= 20; ++i)
    t->record(event(Kind::Commit, i, 7));
  EXPECT_EQ(t->counts().dropped, 4u);
  t->flush();
  t->record(event(Kind::Commit, 21, 7));
  t->stop();
  EXPECT_EQ(t->counts().dropped, 4u);
  EXPECT_EQ(t->counts().events, 17u);
  const RawTrace raw(read_whole(scratch_.file("t")));
  ASSERT_EQ(raw.named("records dropped").size(), 1u);
  // The ring's own next packet says so too, and brings its strings again.
  std::size_t gaps = 0;
  for (const WireMessage& packet : raw.packets)
    if (packet.number(packet_dropped) != 0) {
      ++gaps;
      EXPECT_EQ(packet.number(packet_flags) & 1, 1u);
      EXPECT_TRUE(packet.has(packet_interned));
    }
  EXPECT_EQ(gaps, 1u);
  raw.expect_whole_flows(17);
}

TEST_F(TracerTest, OtherThreadsRecordsComeInTheOrderOfTime) {
  auto t = tracer_to(scratch_.file("t"));
  auto other = t->writer("waiter");
  t->record(event(Kind::Commit, 1, 7));
  clock_.pass(ms(1));
  other->record(event(Kind::AcquireReady, 1, 7));
  clock_.pass(ms(1));
  t->record(event(Kind::Latch, 1, 7));
  other.reset(); // Its last records are drained all the same.
  t->stop();
  const RawTrace raw(read_whole(scratch_.file("t")));
  raw.expect_whole_flows(1);
  std::uint64_t last = 0;
  std::set<std::uint64_t> sequences;
  for (const WireMessage& packet : raw.packets) {
    EXPECT_GE(packet.number(packet_timestamp), last);
    last = packet.number(packet_timestamp);
    sequences.insert(packet.number(packet_sequence));
  }
  EXPECT_EQ(sequences.size(), 3u); // The writer's own and two threads'.
}

TEST_F(TracerTest, WithoutAFileTheLastMinuteIsKept) {
  auto t = tracer({});
  t->describe(ClientId{1}, "spin", 42);
  for (std::uint64_t second = 1; second <= 100; ++second) {
    t->record(event(Kind::Commit, second, 7));
    t->record(event(Kind::Presented, second, 7));
    clock_.pass(std::chrono::seconds(1));
    t->flush();
  }
  ASSERT_TRUE(t->write_snapshot(scratch_.file("s")));
  const RawTrace raw(read_whole(scratch_.file("s")));
  raw.expect_self_contained();
  raw.expect_whole_flows(60);
  EXPECT_EQ(raw.named("client").size(), 1u);
  // It goes on, and may be asked again, also at the end.
  t->record(event(Kind::Commit, 101, 7));
  t->stop();
  ASSERT_TRUE(t->write_snapshot(scratch_.file("s")));
  RawTrace(read_whole(scratch_.file("s"))).expect_whole_flows(61);
}

TEST_F(TracerTest, WhatIsKeptIsBounded) {
  TracerOptions options;
  options.keep_limit = 4096;
  auto t = tracer(options);
  for (std::uint64_t i = 1; i <= 20'000; ++i) {
    t->record(event(Kind::Commit, i, 7));
    if (i % 1000 == 0)
      t->flush();
  }
  ASSERT_TRUE(t->write_snapshot(scratch_.file("s")));
  const RawTrace raw(read_whole(scratch_.file("s")));
  std::size_t commits = 0;
  for (const WireMessage& packet : raw.packets)
    commits += packet.message(packet_event).numbers(event_flows).size();
  EXPECT_GE(commits, 4096u - 1024);
  EXPECT_LE(commits, 4096u);
}

TEST_F(TracerTest, AFileCanBeBegunAndEndedAtAnyTime) {
  auto t = tracer({});
  t->describe(ClientId{1}, "spin", 42);
  const auto frame = [&](std::uint64_t commit) {
    t->record(event(Kind::Commit, commit, 7));
    t->record(event(Kind::Presented, commit, 7));
  };
  EXPECT_FALSE(t->end_file()) << "there is none";
  frame(1);
  ASSERT_TRUE(t->begin_file(scratch_.file("a")));
  frame(2);
  frame(3);
  EXPECT_FALSE(t->begin_file(scratch_.file("b"))) << "it goes to a";
  ASSERT_TRUE(t->end_file());
  frame(4);
  const RawTrace raw(read_whole(scratch_.file("a")));
  raw.expect_self_contained();
  raw.expect_whole_flows(2);
  EXPECT_EQ(raw.named("client").size(), 1u) << "described before the file was begun";
  ASSERT_TRUE(t->write_snapshot(scratch_.file("s")));
  RawTrace(read_whole(scratch_.file("s"))).expect_whole_flows(2);
  ASSERT_TRUE(t->begin_file(scratch_.file("b")));
  t->stop();
  EXPECT_FALSE(t->begin_file(scratch_.file("c")));
  RawTrace(read_whole(scratch_.file("b"))).expect_self_contained();
}

TEST_F(TracerTest, ASnapshotOfATraceThatHasAFileIsRefused) {
  auto t = tracer_to(scratch_.file("t"));
  const auto snapshot = t->write_snapshot(scratch_.file("s"));
  ASSERT_FALSE(snapshot);
  EXPECT_NE(snapshot.error().what.find(scratch_.file("t")), std::string::npos);
}

TEST_F(TracerTest, AFileThatCannotBeMadeIsAClearError) {
  TracerOptions options;
  options.file = scratch_.file("no/such/folder/t");
  const auto made = Tracer::create(options, log_, clock_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ENOENT);
  EXPECT_NE(made.error().what.find("cannot write the trace to"), std::string::npos);
}

TEST_F(TracerTest, AFullDiskIsCountedAndTracingGoesOnInMemory) {
  auto t = tracer_to("/dev/full");
  for (std::uint64_t i = 1; i <= 3; ++i) {
    t->record(event(Kind::Commit, i, 7));
    t->flush();
  }
  EXPECT_EQ(t->counts().disk_errors, 1u);
  EXPECT_EQ(t->counts().events, 3u);
  ASSERT_TRUE(t->write_snapshot(scratch_.file("s")));
  // The first event went with the file.
  RawTrace(read_whole(scratch_.file("s"))).expect_whole_flows(2);
}

TEST_F(TracerTest, AHalfWrittenFlushIsTakenBack) {
  // A file size limit makes the kernel write a part of a flush, and then none.
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  struct sigaction ignore {
  }, old{};
  ignore.sa_handler = SIG_IGN;
  ASSERT_EQ(::sigaction(SIGXFSZ, &ignore, &old), 0);
  auto t = tracer_to(scratch_.file("t"));
  t->record(event(Kind::Commit, 1, 7));
  t->flush();
  const auto whole = std::filesystem::file_size(scratch_.file("t"));
  struct rlimit tight = before;
  tight.rlim_cur = whole + 100;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  for (std::uint64_t i = 2; i <= 50; ++i)
    t->record(event(Kind::Commit, i, 7));
  t->flush();
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::sigaction(SIGXFSZ, &old, nullptr);
  EXPECT_EQ(t->counts().disk_errors, 1u);
  EXPECT_EQ(std::filesystem::file_size(scratch_.file("t")), whole);
  RawTrace readable(read_whole(scratch_.file("t")));
  EXPECT_GT(readable.packets.size(), 3u);
}

TEST_F(TracerTest, WithTheProcessorsCounterTheTimesAreTheClocks) {
  // Real time, but nothing depends on how fast this machine is: the stamps must lie between two readings of the clock.
  MonotonicClock clock;
  TracerOptions options;
  options.file = scratch_.file("t");
  options.period = Nanoseconds::zero();
  auto made = Tracer::create(options, log_, clock);
  ASSERT_TRUE(made);
  const TimePoint before = clock.now();
  (*made)->record(event(Kind::Commit, 1, 7));
  const TimePoint after = clock.now();
  (*made)->stop();
  const RawTrace raw(read_whole(scratch_.file("t")));
  for (const WireMessage& packet : raw.packets)
    if (packet.message(packet_event).has(event_flows)) {
      const auto stamp = static_cast<std::int64_t>(packet.number(packet_timestamp));
      // A sample is off by half the time that a reading of the clock takes, at most.
      EXPECT_GE(stamp, before.ns - 1'000'000);
      EXPECT_LE(stamp, after.ns + 1'000'000);
    }
}

} // namespace
} // namespace fenceline::test
