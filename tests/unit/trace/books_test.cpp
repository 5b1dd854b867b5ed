#include <gtest/gtest.h>

#include <set>

#include "compositor/frame/plan_advice.h"
#include "compositor/trace/event_schema.h"
#include "compositor/trace/flow_book.h"
#include "compositor/trace/kept_events.h"
#include "compositor/trace/name_book.h"

namespace fenceline {
namespace {

FrameEvent of(FrameEventKind kind, std::uint64_t commit) {
  FrameEvent e;
  e.kind = kind;
  e.surface = SurfaceId{7};
  e.commit = static_cast<CommitId>(commit);
  return e;
}

// --- the schema ---

TEST(EventSchema, KnowsEveryWordAndNoMore) {
  // Fails when a value was added to one of the enumerations: then `last_...` has to be moved.
  EXPECT_EQ(name(static_cast<FrameEventKind>(static_cast<int>(last_kind) + 1)), "unknown");
  EXPECT_EQ(name(static_cast<Refusal>(static_cast<int>(last_refusal) + 1)), "unknown");
  EXPECT_EQ(name(static_cast<CopyKind>(static_cast<int>(last_copy_kind) + 1)), "unknown");
  EXPECT_EQ(name(static_cast<MissCause>(static_cast<int>(last_cause) + 1)), "unknown");
  EXPECT_NE(name(last_kind), "unknown");
  EXPECT_NE(name(last_refusal), "unknown");
  EXPECT_NE(name(last_copy_kind), "unknown");
  EXPECT_NE(name(last_cause), "unknown");
}

TEST(EventSchema, EachReasonSaysWhatWouldHelp) {
  EXPECT_EQ(what_would_help(Refusal::None), "");
  for (int i = 1; i <= static_cast<int>(last_refusal); ++i)
    EXPECT_NE(what_would_help(static_cast<Refusal>(i)), "") << name(static_cast<Refusal>(i));
}

TEST(EventSchema, KeysAndWordsAreTheirOwnInverse) {
  std::set<std::string_view> keys;
  for (int i = 1; i < static_cast<int>(Note::End_); ++i) {
    EXPECT_EQ(note_of(key(static_cast<Note>(i))), static_cast<Note>(i));
    keys.insert(key(static_cast<Note>(i)));
  }
  EXPECT_EQ(keys.size(), static_cast<std::size_t>(Note::End_) - 1);
  EXPECT_EQ(note_of("no such key"), Note::None);
  for (int i = 0; i <= static_cast<int>(last_kind); ++i)
    EXPECT_EQ(kind_of(name(static_cast<FrameEventKind>(i))), static_cast<FrameEventKind>(i));
  EXPECT_EQ(kind_of("no such kind"), std::nullopt);
  for (const Note note : {Note::Refusal, Note::CopyKind, Note::Cause})
    for (std::uint8_t i = 0; !detail_word(note, i).empty(); ++i)
      EXPECT_EQ(detail_of(note, detail_word(note, i)), i);
  EXPECT_EQ(detail_word(Note::Refusal, 200), "");
  EXPECT_EQ(detail_of(Note::Cause, "no such word"), std::nullopt);
}

// --- flows ---

TEST(FlowBook, ACommitsFlowBeginsGoesOnAndEnds) {
  FlowBook book;
  const auto begin = book.see(of(FrameEventKind::Commit, 5));
  ASSERT_TRUE(begin);
  EXPECT_EQ(begin->flow.id, 5u);
  EXPECT_EQ(begin->flow.surface, SurfaceId{7});
  EXPECT_FALSE(begin->continues || begin->ends);
  EXPECT_EQ(book.open(), 1u);
  const auto middle = book.see(of(FrameEventKind::Latch, 5));
  ASSERT_TRUE(middle);
  EXPECT_FALSE(middle->continues || middle->ends);
  const auto end = book.see(of(FrameEventKind::Presented, 5));
  ASSERT_TRUE(end);
  EXPECT_TRUE(end->ends);
  EXPECT_EQ(book.open(), 0u);
  // What comes after the end is on no flow, or it would begin again.
  EXPECT_FALSE(book.see(of(FrameEventKind::Released, 5)));
  EXPECT_FALSE(book.see(of(FrameEventKind::Presented, 5)));
}

TEST(FlowBook, EndsWithWhatIsNeverShown) {
  for (const FrameEventKind kind : {FrameEventKind::Superseded, FrameEventKind::Discarded}) {
    FlowBook book;
    (void)book.see(of(FrameEventKind::Commit, 5));
    (void)book.see(of(FrameEventKind::Applied, 5));
    const auto end = book.see(of(kind, 5));
    ASSERT_TRUE(end);
    EXPECT_TRUE(end->ends);
    EXPECT_TRUE(book.finish().empty());
  }
}

TEST(FlowBook, WhatHasNoBeginningHasNoFlow) {
  FlowBook book;
  EXPECT_FALSE(book.see(of(FrameEventKind::Presented, 3)));
  EXPECT_FALSE(book.see(of(FrameEventKind::Flip, 0)));
}

TEST(FlowBook, ANewFileHasFlowsOfItsOwn) {
  FlowBook book;
  (void)book.see(of(FrameEventKind::Commit, 1));
  (void)book.see(of(FrameEventKind::Commit, 2));
  const auto closed = book.next_part(1);
  ASSERT_EQ(closed.size(), 2u);
  EXPECT_EQ(closed[0].id, 1u);
  EXPECT_EQ(closed[1].id, 2u);
  EXPECT_EQ(book.open(), 0u);
  const auto goes_on = book.see(of(FrameEventKind::Latch, 1));
  ASSERT_TRUE(goes_on);
  EXPECT_TRUE(goes_on->continues);
  EXPECT_EQ(goes_on->flow.id, (1ull << 48) | 1);
  EXPECT_EQ(book.open(), 1u);
  // Only commit 1 has a flow in this file; commit 2 has been seen in the first file alone.
  const auto left = book.finish();
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].id, goes_on->flow.id);
  EXPECT_FALSE(book.see(of(FrameEventKind::Latch, 2)));
}

TEST(FlowBook, GivesUpTheOldestOfTooMany) {
  FlowBook book(2);
  for (std::uint64_t commit = 1; commit <= 3; ++commit)
    (void)book.see(of(FrameEventKind::Commit, commit));
  const auto given_up = book.overdue();
  ASSERT_TRUE(given_up);
  EXPECT_EQ(given_up->id, 1u);
  EXPECT_FALSE(book.overdue());
  EXPECT_FALSE(book.see(of(FrameEventKind::Latch, 1)));
  EXPECT_TRUE(book.see(of(FrameEventKind::Latch, 2)));
}

// --- what is kept in memory ---

TEST(KeptEvents, WhatIsOldIsForgotten) {
  KeptEvents kept(std::chrono::seconds(60), 1'000'000);
  const auto second = [](int s) { return TimePoint{} + std::chrono::seconds(s); };
  for (int s = 1; s <= 5000; ++s) {
    kept.append(StampedEvent{second(s), 0, of(FrameEventKind::Commit, 1)});
    kept.append(KeptEvents::Gap{second(s), 0, "main", 1});
    kept.age(second(s));
  }
  EXPECT_LE(kept.size(), 60u + 1024); // Whole pieces go.
  EXPECT_LE(kept.gaps().size(), 61u);
  int newer = 0;
  kept.each(second(4941), [&](const StampedEvent& event) { newer += event.written >= second(4941) ? 1 : 1000; });
  EXPECT_EQ(newer, 60);
  kept.age(second(10'000));
  EXPECT_EQ(kept.size(), 0u);
  EXPECT_TRUE(kept.gaps().empty());
}

TEST(KeptEvents, ThereIsAMost) {
  KeptEvents kept(std::chrono::seconds(60), 4096);
  for (int i = 0; i < 20'000; ++i)
    kept.append(StampedEvent{TimePoint{i + 1}, 0, {}});
  EXPECT_LE(kept.size(), 4096u);
  std::int64_t last = 0;
  kept.each({}, [&](const StampedEvent& event) { last = event.written.ns; });
  EXPECT_EQ(last, 20'000);
}

// --- names ---

TEST(Printable, KeepsTextAndReplacesWhatIsNone) {
  EXPECT_EQ(printable("spin – 中文 🙂"), "spin – 中文 🙂");
  EXPECT_EQ(printable("a\x1b[31mb\n\tc\x7f"), "a?[31mb??c?");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "?31m"); // The 8-bit form of the escape.
  EXPECT_EQ(printable("\xff\xc0\x80z"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); // A surrogate.
  EXPECT_EQ(printable("\xe4\xb8"), "\xef\xbf\xbd\xef\xbf\xbd");                 // Cut off.
  EXPECT_EQ(printable("中文", 4), "中");                                        // Never half a character.
}

TEST(NameBook, ForgetsThoseThatWereUnusedForTheLongest) {
  NameBook book(10);
  for (unsigned i = 1; i <= 10; ++i)
    book.set(static_cast<ClientId>(i), "client", static_cast<int>(i));
  ASSERT_NE(book.find(ClientId{1}), nullptr); // Used now.
  book.set(ClientId{11}, "client", 11);
  EXPECT_NE(book.find(ClientId{1}), nullptr);
  EXPECT_NE(book.find(ClientId{11}), nullptr);
  EXPECT_EQ(book.find(ClientId{2}), nullptr);
  EXPECT_EQ(book.find(ClientId{3}), nullptr);
}

TEST(NameBook, ANameMayChange) {
  NameBook book;
  book.set(SurfaceId{1}, ClientId{2}, "old");
  book.set(SurfaceId{1}, ClientId{2}, "new\n");
  ASSERT_NE(book.find(SurfaceId{1}), nullptr);
  EXPECT_EQ(book.find(SurfaceId{1})->name, "new?");
  EXPECT_EQ(book.find(SurfaceId{1})->client, ClientId{2});
  book.set(OutputId{1}, "HDMI-A-1", Nanoseconds(16'666'667));
  EXPECT_EQ(book.find(OutputId{1})->refresh.count(), 16'666'667);
  EXPECT_EQ(book.find(OutputId{2}), nullptr);
}

} // namespace
} // namespace fenceline
