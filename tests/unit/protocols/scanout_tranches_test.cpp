#include "protocols/scanout_tranches.h"

#include <gtest/gtest.h>

#include "tests/support/virtual_loop.h"

namespace fenceline {
namespace {

using Indices = ScanoutTranches::Indices;
using std::chrono::milliseconds;

constexpr OutputId left{1}, right{2};
constexpr SurfaceId surface{7}, other{8};

class ScanoutTranchesTest : public testing::Test {
 protected:
  void SetUp() override { make(false); }
  void make(bool always) {
    tranches = std::move(*ScanoutTranches::create(loop, {9}, always, [this](SurfaceId id) { told.push_back(id); }));
    tranches->set_outputs({{left, {1, 2, 3}, {2, 3}}, {right, {3, 4}, {}}});
  }
  void plan(OutputId output, FormatChance chance) {
    const SurfaceChance chances[]{{surface, chance}};
    tranches->planned(output, chances);
  }
  void leave(OutputId output) { tranches->planned(output, {}); }
  [[nodiscard]] const Indices& formats() const { return tranches->formats(surface); }
  void wait_to_come() { loop.advance(ScanoutTranches::comes_after + milliseconds(1)); }
  void wait_to_go() { loop.advance(ScanoutTranches::goes_after + milliseconds(1)); }
  /// From there on the tranche may come.
  void without() {
    tranches->follow(surface);
    plan(left, FormatChance::None);
    wait_to_go();
    ASSERT_EQ(Indices{}, formats());
    told.clear();
  }

  test::VirtualLoop loop;
  std::vector<SurfaceId> told;
  std::unique_ptr<ScanoutTranches> tranches;
};

TEST_F(ScanoutTranchesTest, OfNothingKnownThereIsOne) {
  tranches->follow(surface);
  EXPECT_EQ((Indices{1, 2, 3}), formats()) << "the first output's";
  loop.advance(milliseconds(60'000));
  EXPECT_TRUE(told.empty());
  EXPECT_EQ(0U, loop.armed_timers());
}

TEST_F(ScanoutTranchesTest, WithoutOutputsThereIsWhatTheSessionBeganWith) {
  tranches->set_outputs({});
  tranches->follow(surface);
  EXPECT_EQ(Indices{9}, formats());
}

TEST_F(ScanoutTranchesTest, OutputsWithoutPlanesHaveNone) {
  tranches->set_outputs({{left, {}, {}}});
  tranches->follow(surface);
  EXPECT_EQ(Indices{}, formats());
}

TEST_F(ScanoutTranchesTest, AnOutputThatIsPluggedLaterBringsItsOwn) {
  tranches->set_outputs({{left, {}, {}}});
  tranches->follow(surface);
  tranches->set_outputs({{left, {}, {}}, {right, {4, 3}, {}}});
  wait_to_come();
  EXPECT_EQ((Indices{3, 4}), formats());
  EXPECT_EQ(std::vector{surface}, told);
}

TEST_F(ScanoutTranchesTest, ItGoesWhenItWouldNotHelp) {
  tranches->follow(surface);
  plan(left, FormatChance::None);
  loop.advance(ScanoutTranches::goes_after - milliseconds(1));
  EXPECT_TRUE(told.empty());
  EXPECT_EQ((Indices{1, 2, 3}), formats());
  loop.advance(milliseconds(1));
  EXPECT_EQ(std::vector{surface}, told);
  EXPECT_EQ(Indices{}, formats());
  EXPECT_EQ(0U, loop.armed_timers());
}

TEST_F(ScanoutTranchesTest, ItComesWhenItWouldHelp) {
  without();
  plan(left, FormatChance::Any);
  loop.advance(ScanoutTranches::comes_after - milliseconds(1));
  EXPECT_TRUE(told.empty());
  loop.advance(milliseconds(1));
  EXPECT_EQ(std::vector{surface}, told);
  EXPECT_EQ((Indices{1, 2, 3}), formats());
}

TEST_F(ScanoutTranchesTest, OverlaysTakeWhatTheyTake) {
  without();
  plan(left, FormatChance::Overlay);
  wait_to_come();
  EXPECT_EQ((Indices{2, 3}), formats());
}

TEST_F(ScanoutTranchesTest, WhatComesAndGoesIsNotTold) {
  without();
  for (int i = 0; i < 100; ++i) {
    plan(left, i % 2 == 0 ? FormatChance::Any : FormatChance::None);
    loop.advance(ScanoutTranches::comes_after - milliseconds(1));
  }
  EXPECT_TRUE(told.empty());
  EXPECT_EQ(0U, loop.armed_timers());
}

TEST_F(ScanoutTranchesTest, OnAPlaneItStaysAsItIs) {
  tranches->follow(surface);
  plan(left, FormatChance::Unknown);
  wait_to_go();
  EXPECT_EQ((Indices{1, 2, 3}), formats());
  plan(left, FormatChance::None);
  wait_to_go();
  EXPECT_EQ(Indices{}, formats());
  told.clear();
  plan(left, FormatChance::Unknown);
  wait_to_go();
  EXPECT_EQ(Indices{}, formats()) << "other buffers would not be better";
  EXPECT_TRUE(told.empty());
}

TEST_F(ScanoutTranchesTest, NothingIsToldForTheSameThing) {
  without();
  plan(left, FormatChance::Any);
  wait_to_come();
  told.clear();
  // The client has followed, and is on a plane: then it is another output's turn, which takes the same.
  plan(left, FormatChance::Unknown);
  tranches->set_outputs({{left, {1, 2, 3}, {}}, {right, {3, 2, 1}, {}}});
  leave(left);
  plan(right, FormatChance::Any);
  wait_to_go();
  EXPECT_TRUE(told.empty());
}

TEST_F(ScanoutTranchesTest, OnAnotherOutputItHasThatOnes) {
  tranches->follow(surface);
  plan(left, FormatChance::Unknown);
  leave(left);
  plan(right, FormatChance::Unknown);
  wait_to_come();
  EXPECT_EQ((Indices{3, 4}), formats());
  EXPECT_EQ(std::vector{surface}, told);
}

TEST_F(ScanoutTranchesTest, OnTwoOutputsItHasWhatBothTake) {
  tranches->follow(surface);
  plan(left, FormatChance::Unknown);
  plan(right, FormatChance::Unknown);
  wait_to_come();
  EXPECT_EQ(Indices{3}, formats());
  plan(right, FormatChance::None);
  wait_to_come();
  EXPECT_EQ((Indices{1, 2, 3}), formats()) << "only where it helps";
  plan(left, FormatChance::None);
  wait_to_go();
  EXPECT_EQ(Indices{}, formats());
}

TEST_F(ScanoutTranchesTest, OutputsWithNothingInCommonGiveWhatAnyTakes) {
  tranches->set_outputs({{left, {1, 2}, {}}, {right, {3, 4}, {}}});
  tranches->follow(surface);
  plan(left, FormatChance::Any);
  plan(right, FormatChance::Any);
  wait_to_come();
  EXPECT_EQ((Indices{1, 2, 3, 4}), formats());
}

TEST_F(ScanoutTranchesTest, WhatIsShownNowhereKeepsWhatItHas) {
  without();
  plan(left, FormatChance::Any);
  leave(left);
  wait_to_go();
  EXPECT_TRUE(told.empty());
  EXPECT_EQ(0U, loop.armed_timers());
  plan(left, FormatChance::Any);
  wait_to_come();
  leave(left);
  wait_to_go();
  EXPECT_EQ((Indices{1, 2, 3}), formats());
}

TEST_F(ScanoutTranchesTest, AnOutputThatGoesIsLeft) {
  tranches->follow(surface);
  plan(left, FormatChance::Any);
  plan(right, FormatChance::Any);
  wait_to_come();
  EXPECT_EQ(Indices{3}, formats());
  tranches->set_outputs({{right, {3, 4}, {}}});
  wait_to_come();
  EXPECT_EQ((Indices{3, 4}), formats());
  plan(left, FormatChance::None);
  wait_to_go();
  EXPECT_EQ((Indices{3, 4}), formats()) << "there is no such output";
}

TEST_F(ScanoutTranchesTest, WhoAsksLateIsToldHowItIs) {
  plan(left, FormatChance::None);
  tranches->follow(surface);
  EXPECT_EQ(Indices{}, formats());
  tranches->follow(surface);
  wait_to_go();
  EXPECT_TRUE(told.empty());
}

TEST_F(ScanoutTranchesTest, WithNothingElseOnOfferItNeverGoes) {
  make(true);
  tranches->follow(surface);
  plan(left, FormatChance::None);
  wait_to_go();
  EXPECT_EQ((Indices{1, 2, 3}), formats());
  tranches->set_outputs({{left, {}, {}}});
  plan(left, FormatChance::None);
  wait_to_go();
  EXPECT_EQ(Indices{9}, formats());
}

TEST_F(ScanoutTranchesTest, OneSurfaceIsNotTheOther) {
  tranches->follow(surface);
  tranches->follow(other);
  const SurfaceChance chances[]{{surface, FormatChance::None}, {other, FormatChance::Any}};
  tranches->planned(left, chances);
  wait_to_go();
  EXPECT_EQ(std::vector{surface}, told);
  tranches->forget(surface);
  EXPECT_EQ((Indices{1, 2, 3}), tranches->formats(other));
}

TEST_F(ScanoutTranchesTest, AForgottenOneIsNotTold) {
  tranches->follow(surface);
  plan(left, FormatChance::None);
  tranches->forget(surface);
  wait_to_go();
  EXPECT_TRUE(told.empty());
}

} // namespace
} // namespace fenceline
