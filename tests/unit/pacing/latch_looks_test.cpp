#include <functional>

#include "tests/unit/pacing/pacing_fixture.h"

namespace fenceline::test {
namespace {

/// Does at a latch what a test says, and notes when.
class Looker final : public LatchLooker {
 public:
  Looker(const VirtualLoop& loop, std::function<void()> then) : loop_(loop), then_(std::move(then)) {}
  void look(OutputId) override {
    times += std::to_string(loop_.clock().now().ns / 1'000'000) + " ";
    then_();
  }
  std::string times;

 private:
  const VirtualLoop& loop_;
  std::function<void()> then_;
};

/// Counts what it has given: the memory of an object that is gone is kept by whoever remembers that it was there.
template <typename T>
struct Kept {
  using value_type = T;
  explicit Kept(std::size_t& count) : count_(&count) {}
  template <typename Other>
  Kept(const Kept<Other>& other) : count_(other.count_) {}
  [[nodiscard]] T* allocate(std::size_t many) {
    ++*count_;
    return std::allocator<T>().allocate(many);
  }
  void deallocate(T* at, std::size_t many) {
    --*count_;
    std::allocator<T>().deallocate(at, many);
  }
  template <typename Other>
  bool operator==(const Kept<Other>& other) const {
    return count_ == other.count_;
  }
  std::size_t* count_;
};

class LatchLooksTest : public PacingTest {
 protected:
  std::shared_ptr<Looker> looker(std::function<void()> then = [] {}) {
    return std::make_shared<Looker>(loop, std::move(then));
  }
};

TEST_F(LatchLooksTest, WhatIsFoundAtTheLatchIsInItsPicture) {
  Surface& surface = shown_surface();
  run_to(50);
  const auto finds = looker([&] { draw(surface, "B"); });
  EXPECT_EQ(looks->ask(surface.id(), finds), OutputId{1});
  run_to(200);
  EXPECT_EQ(finds->times, "60 ") << "4 ms before the blank";
  EXPECT_EQ(timeline, "A@16 B@64 ");
}

TEST_F(LatchLooksTest, ALookThatFindsNothingTakesNoPicture) {
  Surface& surface = shown_surface();
  run_to(50);
  const auto finds_nothing = looker();
  for (int time = 0; time < 3; ++time) {
    ASSERT_TRUE(looks->ask(surface.id(), finds_nothing));
    run_to(70 + time * 40);
  }
  EXPECT_EQ(finds_nothing->times, "60 76 124 ");
  EXPECT_EQ(device->submits.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<OutputLoop::Idle>(output().state()));
}

TEST_F(LatchLooksTest, APictureThatIsWantedAnywayIsTakenWhateverTheLookFinds) {
  Surface& surface = shown_surface();
  run_to(50);
  const auto finds_nothing = looker();
  ASSERT_TRUE(looks->ask(surface.id(), finds_nothing));
  draw(surface, "B");
  run_to(200);
  EXPECT_EQ(finds_nothing->times, "60 ");
  EXPECT_EQ(timeline, "A@16 B@64 ");
}

TEST_F(LatchLooksTest, WhileAFrameIsOnItsWayTheNextLatchLooks) {
  Surface& surface = shown_surface();
  run_to(50);
  draw(surface, "B");
  run_to(61);
  ASSERT_TRUE(std::holds_alternative<OutputLoop::InFlight>(output().state()));
  const auto finds = looker([&] { draw(surface, "C"); });
  ASSERT_TRUE(looks->ask(surface.id(), finds));
  run_to(200);
  EXPECT_EQ(finds->times, "76 ");
  EXPECT_EQ(timeline, "A@16 B@64 C@80 ");
}

TEST_F(LatchLooksTest, WhoAsksTwiceIsToldOnce) {
  Surface& surface = shown_surface();
  run_to(50);
  const auto once = looker();
  ASSERT_TRUE(looks->ask(surface.id(), once));
  ASSERT_TRUE(looks->ask(surface.id(), once));
  run_to(600);
  EXPECT_EQ(once->times, "60 ");
}

TEST_F(LatchLooksTest, NothingIsLookedAtForASurfaceThatNobodyShows) {
  Surface& hidden = shown_surface(std::nullopt);
  const auto never = looker();
  EXPECT_EQ(looks->ask(hidden.id(), never), std::nullopt);
  Surface& surface = shown_surface();
  run_to(50);
  output().power(false);
  run_to(100);
  EXPECT_EQ(looks->ask(surface.id(), never), std::nullopt);
  run_to(1000);
  EXPECT_EQ(never->times, "");
}

TEST_F(LatchLooksTest, AnOutputThatGoesOffKeepsNobodyWaiting) {
  Surface& surface = shown_surface();
  run_to(50);
  const auto waits = looker();
  ASSERT_TRUE(looks->ask(surface.id(), waits));
  output().power(false);
  run_to(299);
  EXPECT_EQ(waits->times, "");
  run_to(1000);
  EXPECT_EQ(waits->times, "550 ") << "twice the patience at the most";
}

TEST_F(LatchLooksTest, OfSeveralOutputsTheOneThatComesFirstLooks) {
  OutputInfo other = fake_output();
  other.id = OutputId{2};
  begin({fake_output(), other});
  also_on = {OutputId{1}, OutputId{2}};
  Surface& surface = shown_surface();
  run_to(50);
  const auto looks_twice = looker();
  EXPECT_EQ(looks->ask(surface.id(), looks_twice), OutputId{1});
  run_to(70);
  EXPECT_EQ(looks_twice->times, "60 60 ");
  output(2).power(false);
  run_to(150);
  looks_twice->times.clear();
  ASSERT_TRUE(looks->ask(surface.id(), looks_twice));
  run_to(700);
  EXPECT_EQ(looks_twice->times, "156 ") << "the one that is off is not asked";
}

TEST_F(LatchLooksTest, WhoIsGoneIsNotTold) {
  Surface& surface = shown_surface();
  run_to(50);
  ASSERT_TRUE(looks->ask(surface.id(), looker([] { ADD_FAILURE(); })));
  run_to(200);
}

// Clients that come and go by the thousand before a latch does.
TEST_F(LatchLooksTest, WhoIsGoneLeavesNothingBehind) {
  Surface& surface = shown_surface();
  run_to(50);
  std::size_t kept = 0;
  for (int i = 0; i < 1000; ++i)
    ASSERT_TRUE(looks->ask(surface.id(), std::allocate_shared<Looker>(Kept<Looker>(kept), loop, [] {})));
  EXPECT_EQ(kept, 1U);
  const auto stays = looker();
  ASSERT_TRUE(looks->ask(surface.id(), stays));
  EXPECT_EQ(kept, 0U);
  run_to(200);
  EXPECT_EQ(stays->times, "60 ");
}

TEST_F(LatchLooksTest, WhoHasNotSeenItLooksAgainAtTheNextLatch) {
  Surface& surface = shown_surface();
  run_to(50);
  int left = 3;
  std::shared_ptr<Looker> again;
  again = looker([&] {
    if (--left > 0)
      looks->ask_again(OutputId{1}, again);
  });
  ASSERT_TRUE(looks->ask(surface.id(), again));
  run_to(200);
  EXPECT_EQ(again->times, "60 76 92 ");
  again.reset();
}

} // namespace
} // namespace fenceline::test
