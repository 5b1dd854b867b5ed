#include "tools/report/trace_reader.h"

#include <random>

#include "tests/unit/trace/trace_fixture.h"
#include "tools/report/report_text.h"

namespace fenceline::test {
namespace {

using report::read_trace;
using Kind = FrameEventKind;

class ReaderTest : public TraceTest {
 protected:
  /// One event of each kind with all its fields, and what each kind may carry.
  std::vector<FrameEvent> every_kind() {
    std::vector<FrameEvent> events;
    for (unsigned i = 0; i <= static_cast<unsigned>(last_kind); ++i) {
      FrameEvent e;
      e.kind = static_cast<Kind>(i);
      e.client = ClientId{3};
      e.surface = SurfaceId{0xffffffff};
      e.output = OutputId{5};
      e.commit = static_cast<CommitId>(1ull << 40);
      e.frame = FrameId{7};
      e.value = ~0ull;
      e.time = clock_.now() + ms(8);
      e.detail = static_cast<std::uint8_t>(i % 4);
      e.flags = static_cast<std::uint16_t>(i % 2);
      events.push_back(e);
      e.value = 0;
      e.time = {};
      e.detail = 77;    // No word for it.
      e.flags = 0x8003; // More than one bit.
      events.push_back(e);
    }
    return events;
  }

  static void expect_equal(const FrameEvent& a, const FrameEvent& b) {
    EXPECT_EQ(a.kind, b.kind);
    EXPECT_EQ(a.detail, b.detail) << name(a.kind);
    EXPECT_EQ(a.flags, b.flags) << name(a.kind);
    EXPECT_EQ(a.client, b.client);
    EXPECT_EQ(a.surface, b.surface);
    EXPECT_EQ(a.output, b.output);
    EXPECT_EQ(a.commit, b.commit);
    EXPECT_EQ(a.frame, b.frame);
    EXPECT_EQ(a.value, b.value) << name(a.kind);
    EXPECT_EQ(a.time, b.time) << name(a.kind);
  }

  /// A trace with some of everything.
  std::string sample_trace(std::uint64_t events = 40) {
    auto t = tracer_to(scratch_.file("sample"));
    t->describe(ClientId{3}, "spin", 42);
    t->describe(OutputId{5}, "HDMI-A-1", ms(16.67));
    for (std::uint64_t i = 0; i < events; ++i) {
      for (const FrameEvent& e : every_kind())
        t->record(e);
      clock_.pass(ms(1));
    }
    t->stop();
    return read_whole(scratch_.file("sample"));
  }
};

TEST_F(ReaderTest, EventsComeBackAsTheyWereWritten) {
  auto t = tracer_to(scratch_.file("t"));
  std::vector<std::pair<TimePoint, FrameEvent>> written;
  for (const FrameEvent& e : every_kind()) {
    written.emplace_back(clock_.now(), e);
    t->record(e);
    clock_.pass(ms(1));
  }
  t->stop();
  const auto trace = read_trace(scratch_.file("t"));
  ASSERT_TRUE(trace) << trace.error().text();
  EXPECT_TRUE(trace->warnings.empty());
  ASSERT_EQ(trace->events.size(), written.size());
  for (std::size_t i = 0; i < written.size(); ++i) {
    EXPECT_EQ(trace->events[i].written, written[i].first);
    expect_equal(trace->events[i].event, written[i].second);
  }
}

TEST_F(ReaderTest, NamesComeBackFitToBeShown) {
  auto t = tracer_to(scratch_.file("t"));
  t->describe(ClientId{1}, "evil\x1b]0;title\x07", 42);
  t->describe(OutputId{1}, "HDMI-A-1", ms(16.67));
  FrameEvent e;
  e.client = ClientId{1};
  e.surface = SurfaceId{1};
  e.output = OutputId{1};
  t->record(e);
  e.kind = Kind::Submit;
  t->record(e);
  t->stop();
  const auto trace = read_trace(scratch_.file("t"));
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->clients.at(ClientId{1}).name, "evil?]0;title?");
  EXPECT_EQ(trace->clients.at(ClientId{1}).pid, 42u);
  EXPECT_EQ(trace->outputs.at(OutputId{1}).name, "HDMI-A-1");
  EXPECT_EQ(trace->outputs.at(OutputId{1}).refresh, ms(16.67));
}

TEST_F(ReaderTest, OlderPartsAreReadWithIt) {
  TracerOptions options;
  options.file = scratch_.file("t");
  options.max_file_bytes = 40 * 1024;
  options.rotated_files = 9;
  auto t = tracer(options);
  std::uint64_t n = 0;
  while (t->counts().rotations < 3 && n < 100'000) {
    FrameEvent e;
    e.kind = Kind::Copy;
    e.surface = SurfaceId{1};
    e.value = ++n;
    t->record(e);
    t->flush();
    clock_.pass(ms(1));
  }
  t->stop();
  auto trace = read_trace(scratch_.file("t"));
  ASSERT_TRUE(trace);
  EXPECT_TRUE(trace->warnings.empty());
  ASSERT_EQ(trace->events.size(), n);
  for (std::uint64_t i = 0; i < n; ++i)
    ASSERT_EQ(trace->events[i].event.value, i + 1);

  // One is gone: that is said.
  std::filesystem::remove(scratch_.file("t.3"));
  trace = read_trace(scratch_.file("t"));
  ASSERT_TRUE(trace);
  EXPECT_LT(trace->events.size(), n);
  ASSERT_EQ(trace->warnings.size(), 1u);
  EXPECT_NE(trace->warnings[0].find("rotated away"), std::string::npos);

  // Another session's old part is left alone.
  auto fresh = tracer_to(scratch_.file("t"));
  fresh->stop();
  trace = read_trace(scratch_.file("t"));
  ASSERT_TRUE(trace);
  EXPECT_TRUE(trace->events.empty());
  EXPECT_TRUE(trace->warnings.empty());
}

TEST_F(ReaderTest, AnotherSessionsPartsAreLeftAlone) {
  const auto session = [this](unsigned rotated_files) {
    TracerOptions options;
    options.file = scratch_.file("t");
    options.max_file_bytes = 40 * 1024;
    options.rotated_files = rotated_files;
    auto t = tracer(options);
    for (int i = 0; t->counts().rotations < 3 && i < 100'000; ++i) {
      FrameEvent e;
      e.surface = static_cast<SurfaceId>(rotated_files);
      t->record(e);
      t->flush();
    }
    t->stop();
  };
  session(9); // Leaves t.1, t.2 and t.3,
  session(1); // and this one replaces t and t.1 alone: t.2 has a part number that would fit.
  const auto trace = read_trace(scratch_.file("t"));
  ASSERT_TRUE(trace);
  EXPECT_FALSE(trace->events.empty());
  for (const StampedEvent& stamped : trace->events)
    ASSERT_EQ(stamped.event.surface, SurfaceId{1});
}

TEST_F(ReaderTest, DroppedRecordsAreTold) {
  TracerOptions options;
  options.file = scratch_.file("t");
  options.ring_records = 4;
  auto t = tracer(options);
  for (int i = 0; i < 7; ++i)
    t->record({});
  t->stop();
  const auto trace = read_trace(scratch_.file("t"));
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->events.size(), 4u);
  EXPECT_EQ(trace->dropped, 3u);
  ASSERT_EQ(trace->warnings.size(), 1u);
  EXPECT_NE(trace->warnings[0].find("3 records were dropped"), std::string::npos);
}

TEST_F(ReaderTest, ASessionThatWasCutOffIsTold) {
  auto t = tracer_to(scratch_.file("t"));
  t->record({});
  t->flush();
  const auto trace = read_trace(scratch_.file("t")); // It still runs.
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->events.size(), 1u);
  ASSERT_EQ(trace->warnings.size(), 1u);
  EXPECT_NE(trace->warnings[0].find("has no end"), std::string::npos);
}

TEST_F(ReaderTest, ASnapshotBeginsWithItsFirstEvent) {
  auto t = tracer({});
  const TimePoint first = clock_.now();
  t->record({});
  clock_.pass(std::chrono::seconds(3));
  ASSERT_TRUE(t->write_snapshot(scratch_.file("s")));
  const auto trace = read_trace(scratch_.file("s"));
  ASSERT_TRUE(trace);
  EXPECT_TRUE(trace->warnings.empty());
  EXPECT_EQ(trace->begin, first);
  EXPECT_EQ(trace->end, clock_.now());
}

TEST_F(ReaderTest, WhatIsNoTraceIsOneClearError) {
  EXPECT_EQ(read_trace(scratch_.file("none")).error().code, ENOENT);
  EXPECT_EQ(read_trace("/").error().code, EISDIR);
  write_whole(scratch_.file("empty"), "");
  EXPECT_NE(read_trace(scratch_.file("empty")).error().what.find("is empty"), std::string::npos);
  for (const std::string& bytes : {std::string("hello, this is text"), std::string(4096, '\0'), std::string("\n\n"),
                                   std::string("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), std::string("\x0a")}) {
    write_whole(scratch_.file("garbage"), bytes);
    const auto trace = read_trace(scratch_.file("garbage"));
    ASSERT_FALSE(trace);
    EXPECT_NE(trace.error().what.find("not a trace of Fenceline's"), std::string::npos);
  }
}

TEST_F(ReaderTest, CutAnywhereItKeepsWhatCameBefore) {
  const std::string whole = sample_trace(1);
  const auto all = read_trace(scratch_.file("sample"));
  ASSERT_TRUE(all);
  std::size_t last = 0;
  for (std::size_t size = 0; size < whole.size(); size += 61) {
    if (size + 61 >= whole.size())
      size = whole.size() - 1; // The last byte alone is missing.
    write_whole(scratch_.file("cut"), whole.substr(0, size));
    const auto trace = read_trace(scratch_.file("cut"));
    if (!trace)
      continue; // Cut before its beginning.
    EXPECT_FALSE(trace->warnings.empty());
    ASSERT_GE(trace->events.size(), last);
    last = trace->events.size();
    (void)as_text(make_report(*trace), "cut");
  }
  EXPECT_EQ(last, all->events.size());
}

TEST_F(ReaderTest, GarbledBytesNeverBreakIt) {
  const std::string whole = sample_trace(4);
  std::mt19937 random(4);
  for (int round = 0; round < 200; ++round) {
    std::string bytes = whole;
    const int changes = 1 + static_cast<int>(random() % 40);
    for (int i = 0; i < changes; ++i)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    write_whole(scratch_.file("garbled"), bytes);
    const auto trace = read_trace(scratch_.file("garbled"));
    if (!trace)
      continue;
    const auto report = make_report(*trace);
    EXPECT_FALSE(as_text(report, "garbled").empty());
    EXPECT_FALSE(as_json(report, "garbled").empty());
  }
}

} // namespace
} // namespace fenceline::test
