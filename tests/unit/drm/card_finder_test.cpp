#include "compositor/backends/drm/card_finder.h"

#include <gtest/gtest.h>

namespace fenceline {
namespace {

TEST(CardChoice, IsTheOneWithADisplayThoughAnotherBooted) {
  const std::vector<Card> cards{{.path = "/dev/dri/card0", .boots = true, .cables = {Cable::Disconnected}},
                                {.path = "/dev/dri/card1", .cables = {}},
                                {.path = "/dev/dri/card2", .cables = {Cable::Disconnected, Cable::Connected}}};
  const auto chosen = choose_card(cards, "seat0");
  ASSERT_TRUE(chosen);
  EXPECT_EQ(*chosen, "/dev/dri/card2");
}

TEST(CardChoice, OfTwoIsTheOneThatBooted) {
  const std::vector<Card> cards{{.path = "/dev/dri/card0", .cables = {Cable::Connected}},
                                {.path = "/dev/dri/card1", .boots = true, .cables = {Cable::Connected}}};
  EXPECT_EQ(*choose_card(cards, "seat0"), "/dev/dri/card1");
}

TEST(CardChoice, TakesAnUnknownDisplayOnlyWhenNoneIsCertain) {
  std::vector<Card> cards{{.path = "/dev/dri/card0", .boots = true, .cables = {Cable::Unknown}},
                          {.path = "/dev/dri/card1", .cables = {Cable::Connected}}};
  EXPECT_EQ(*choose_card(cards, "seat0"), "/dev/dri/card1");
  cards[1].cables = {Cable::Disconnected};
  EXPECT_EQ(*choose_card(cards, "seat0"), "/dev/dri/card0");
}

TEST(CardChoice, TakesOneThatADisplayCanBePluggedInto) {
  const std::vector<Card> cards{{.path = "/dev/dri/card0", .cables = {}},
                                {.path = "/dev/dri/card1", .cables = {Cable::Disconnected}}};
  EXPECT_EQ(*choose_card(cards, "seat0"), "/dev/dri/card1");
}

TEST(CardChoice, KeepsToItsSeat) {
  const std::vector<Card> cards{{.path = "/dev/dri/card0", .seat = "seat1", .cables = {Cable::Connected}},
                                {.path = "/dev/dri/card1", .cables = {Cable::Connected}}};
  EXPECT_EQ(*choose_card(cards, "seat0"), "/dev/dri/card1");
  EXPECT_EQ(*choose_card(cards, "seat1"), "/dev/dri/card0");
}

TEST(CardChoice, NamesWhatWasLookedAt) {
  const std::vector<Card> cards{{.path = "/dev/dri/card0", .cables = {}},
                                {.path = "/dev/dri/card2", .seat = "seat1", .cables = {Cable::Connected}}};
  const auto chosen = choose_card(cards, "seat0");
  ASSERT_FALSE(chosen);
  EXPECT_EQ(
      chosen.error().text(),
      "no card that displays can be connected to (/dev/dri/card0: has no displays; /dev/dri/card2: belongs to seat1): "
      "name a card with --device, or use --backend headless");
  EXPECT_EQ(choose_card({}, "seat0").error().text(),
            "there is no display card (/dev/dri/card*): use --backend headless");
}

TEST(ConnectedDisplay, IsOneOfTheSeatOrTheAnswerSaysWhatThereIs) {
  std::vector<Card> cards{{.path = "/dev/dri/card0", .cables = {Cable::Unknown, Cable::Disconnected}},
                          {.path = "/dev/dri/card1", .cables = {}},
                          {.path = "/dev/dri/card2", .seat = "seat1", .cables = {Cable::Connected}}};
  EXPECT_TRUE(check_connected(cards, "seat1"));
  const auto none = check_connected(cards, "seat0");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().text(), "no display is connected (/dev/dri/card0: nothing is plugged in; /dev/dri/card1: has "
                                 "no displays; /dev/dri/card2: belongs to seat1)");
  cards[0].cables[0] = Cable::Connected;
  EXPECT_TRUE(check_connected(cards, "seat0"));
  EXPECT_EQ(check_connected({}, "seat0").error().text(), "there is no display card (/dev/dri/card*)");
}

} // namespace
} // namespace fenceline
