#include "protocols/shm_turns.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace fenceline {
namespace {

/// Plays pictures, a letter a buffer, all of which can be read in place; '.' is the end of patience. What became of
/// each: "u" uploaded, "h" uploaded and held, "P" in place.
std::string play(ShmTurns& turns, std::string_view pictures) {
  std::string out;
  for (const char buffer : pictures) {
    if (buffer == '.') {
      turns.given_back();
      continue;
    }
    const ShmWay way = turns.next(static_cast<BufferId>(buffer));
    turns.goes(way);
    out += way == ShmWay::InPlace ? 'P' : way == ShmWay::UploadAndHold ? 'h' : 'u';
  }
  return out;
}

std::string times(unsigned n, std::string_view what) {
  std::string out;
  for (unsigned i = 0; i < n; ++i)
    out += what[i % what.size()];
  return out;
}

TEST(ShmTurns, ASingleBufferIsAlwaysUploaded) {
  ShmTurns turns;
  EXPECT_EQ("uuh" + times(ShmTurns::wary_for, "u") + "h", play(turns, times(4 + ShmTurns::wary_for, "A")));
}

TEST(ShmTurns, WhoWaitsForHisSingleBufferIsTriedEverMoreRarely) {
  ShmTurns turns;
  EXPECT_EQ("uuh", play(turns, "AAA."));
  static_assert(ShmTurns::wary_for == 8 && ShmTurns::wary_at_most == 480);
  for (const unsigned pictures : {8, 16, 32, 64, 128, 256, 480, 480})
    EXPECT_EQ(times(pictures, "u") + "h", play(turns, times(pictures + 1, "A") + "."));
}

TEST(ShmTurns, ABufferThatComesAgainAfterAnotherStays) {
  ShmTurns two, three;
  EXPECT_EQ("uuPPPP", play(two, "ABABAB"));
  EXPECT_EQ("uuuPPPP", play(three, "ABCABCA"));
}

TEST(ShmTurns, WhoTakesTheFirstFreeBufferIsFoundOutByATrial) {
  ShmTurns turns;
  // The second buffer comes out only while the first is held.
  EXPECT_EQ("uuhuPPPP", play(turns, "AAABABAB"));
  EXPECT_FALSE(turns.on_trial());
}

TEST(ShmTurns, BuffersThatAreMadeAnewForEachPictureAreUploaded) {
  ShmTurns turns;
  EXPECT_EQ("uuuuuuuuuuuu", play(turns, "ABCDEFGHIJKL"));
}

TEST(ShmTurns, MoreBuffersThanAreRememberedAreUploaded) {
  static_assert(ShmTurns::most_buffers == 8);
  ShmTurns turns;
  EXPECT_EQ("uuuuuuuuuuuuuuuuuu", play(turns, "ABCDEFGHIABCDEFGHI"));
}

TEST(ShmTurns, ABufferThatFollowsOnItselfWhileItIsShownEndsItForAWhileThenForLonger) {
  ShmTurns turns;
  EXPECT_EQ("uuPPu", play(turns, "ABABB"));
  EXPECT_EQ(times(ShmTurns::wary_for - 1, "u") + "PP", play(turns, times(ShmTurns::wary_for + 1, "AB")));
  EXPECT_EQ("u", play(turns, "A")) << "follows on itself: the last one was it";
  EXPECT_EQ(times(2 * ShmTurns::wary_for - 1, "u") + "P", play(turns, times(2 * ShmTurns::wary_for, "BA")));
}

TEST(ShmTurns, TheHoldIsOnTrialUntilTheClientHasMovedOnThreeTimesFromAHeldBuffer) {
  static_assert(ShmTurns::proof == 3);
  ShmTurns turns;
  EXPECT_EQ("uuP", play(turns, "ABA"));
  EXPECT_TRUE(turns.on_trial());
  play(turns, "BA");
  EXPECT_TRUE(turns.on_trial()) << "two times";
  play(turns, "B");
  EXPECT_FALSE(turns.on_trial());
}

TEST(ShmTurns, WhatWasUploadedProvesNothing) {
  ShmTurns turns;
  play(turns, "AAA.");
  // By turns, but with each buffer free at once.
  EXPECT_EQ(times(ShmTurns::wary_for, "u") + "P", play(turns, times(ShmTurns::wary_for + 1, "BA")));
  EXPECT_TRUE(turns.on_trial());
}

TEST(ShmTurns, WhoTakesTurnsButWaitsForTheLastBufferFirstIsUploaded) {
  ShmTurns turns;
  EXPECT_EQ("uuP", play(turns, "ABA."));
  EXPECT_EQ(times(ShmTurns::wary_for, "u") + "P", play(turns, times(ShmTurns::wary_for + 1, "BA") + "."));
  EXPECT_EQ(times(2 * ShmTurns::wary_for, "u") + "P", play(turns, times(2 * ShmTurns::wary_for + 1, "AB")));
  EXPECT_TRUE(turns.on_trial()) << "never trusted";
}

TEST(ShmTurns, WhoWaitedForTheBufferIsUploadedFromThenOn) {
  ShmTurns turns;
  EXPECT_EQ("uuP", play(turns, "ABA."));
  EXPECT_FALSE(turns.on_trial()) << "nothing is held";
  EXPECT_EQ(times(ShmTurns::wary_for, "u"), play(turns, times(ShmTurns::wary_for, "AB")));
}

TEST(ShmTurns, APictureThatCannotStayIsNoHold) {
  ShmTurns turns;
  play(turns, "AB");
  ASSERT_EQ(ShmWay::InPlace, turns.next(static_cast<BufferId>('A')));
  turns.goes(ShmWay::Upload);
  EXPECT_FALSE(turns.on_trial());
}

TEST(ShmTurns, AfterNothingWasShownTurnsBeginAnew) {
  ShmTurns turns;
  play(turns, "ABAB");
  turns.cleared();
  EXPECT_FALSE(turns.on_trial());
  EXPECT_EQ("uuPP", play(turns, "BABA"));
}

} // namespace
} // namespace fenceline
