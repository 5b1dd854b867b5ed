#include "compositor/backends/headless/headless_device.h"

#include <gtest/gtest.h>

#include "tests/support/fake_composer.h"
#include "tests/support/fake_scanout.h"
#include "tests/support/fake_source.h"
#include "tests/support/output_set_rig.h"
#include "tests/support/recording_observer.h"

namespace fenceline::test {
namespace {

struct Flips final : ScanoutListener {
  void flipped(const FlipEvent& event) override { events.push_back(event); }
  std::vector<FlipEvent> events;
};

class HeadlessDeviceTest : public testing::Test {
 protected:
  void SetUp() override {
    loop.run_until(at_ms(1000));
    auto made = HeadlessDevice::create(
        loop, {{.size = {640, 480}, .refresh = ms(16)}, {.size = {800, 600}, .refresh = ms(10)}});
    ASSERT_TRUE(made);
    device = std::move(*made);
    device->set_listener(&flips);
  }
  OutputState state(std::uint32_t output, std::uint64_t frame, UniqueFd fence = {}) {
    OutputState s;
    s.output = OutputId{output};
    s.frame = FrameId{frame};
    s.mode = device->outputs()[output - 1].mode;
    s.planes.push_back({device->outputs()[output - 1].planes[0].id, BufferId{5}, {}, {}, std::move(fence)});
    return s;
  }

  VirtualLoop loop;
  Flips flips;
  std::unique_ptr<HeadlessDevice> device;
};

TEST_F(HeadlessDeviceTest, DescribesItsOutputs) {
  ASSERT_EQ(device->outputs().size(), 2U);
  const OutputInfo& info = device->outputs()[0];
  EXPECT_EQ(info.name, "HEADLESS-1");
  EXPECT_EQ(info.mode.size, (Size{640, 480}));
  EXPECT_EQ(info.mode.refresh, ms(16));
  ASSERT_EQ(info.planes.size(), 1U);
  EXPECT_TRUE(info.planes[0].formats.empty());
  EXPECT_TRUE(info.cursor_size.empty());
  EXPECT_EQ(device->main_device(), std::nullopt);
  EXPECT_EQ(device->sync_object_fd(), -1);
}

TEST_F(HeadlessDeviceTest, RefusesAnOutputWithoutSizeOrRefresh) {
  EXPECT_FALSE(HeadlessDevice::create(loop, {{.size = {0, 480}, .refresh = ms(16)}}));
  EXPECT_FALSE(HeadlessDevice::create(loop, {{.size = {640, 480}, .refresh = ms(0)}}));
}

TEST_F(HeadlessDeviceTest, FlipsOnItsGridOfBlanks) {
  loop.run_until(at_ms(1037));
  ASSERT_TRUE(device->submit(state(1, 7)));
  loop.run_until(at_ms(1047));
  EXPECT_TRUE(flips.events.empty());
  loop.run_until(at_ms(1048));
  ASSERT_EQ(flips.events.size(), 1U);
  EXPECT_EQ(flips.events[0].frame, FrameId{7});
  EXPECT_EQ(flips.events[0].output, OutputId{1});
  EXPECT_EQ(flips.events[0].time, at_ms(1048));
  EXPECT_EQ(flips.events[0].sequence, 3U);
  EXPECT_FALSE(flips.events[0].hardware_clock);
  EXPECT_FALSE(flips.events[0].vsync);
}

TEST_F(HeadlessDeviceTest, NoTimerRunsWhenNothingIsInFlight) {
  EXPECT_EQ(loop.armed_timers(), 0U);
  ASSERT_TRUE(device->submit(state(1, 7)));
  loop.advance(ms(100));
  EXPECT_EQ(loop.armed_timers(), 0U);
}

TEST_F(HeadlessDeviceTest, ALateTimerStillTellsTheBlanksTime) {
  loop.wake_delay = ms(3);
  ASSERT_TRUE(device->submit(state(1, 7)));
  loop.advance(ms(100));
  ASSERT_EQ(flips.events.size(), 1U);
  EXPECT_EQ(flips.events[0].time, at_ms(1016));
}

TEST_F(HeadlessDeviceTest, ASecondStateInFlightIsBusy) {
  ASSERT_TRUE(device->submit(state(1, 7)));
  const auto second = device->submit(state(1, 8));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, EBUSY);
  EXPECT_TRUE(device->submit(state(2, 9))) << "another output is another matter";
  loop.advance(ms(20));
  EXPECT_EQ(flips.events.size(), 2U);
  EXPECT_TRUE(device->submit(state(1, 8)));
}

TEST_F(HeadlessDeviceTest, FlipsAtTheFirstBlankAfterTheFence) {
  FakeFence fence;
  ASSERT_TRUE(device->submit(state(1, 7, fence.handle())));
  loop.run_until(at_ms(1050));
  EXPECT_TRUE(flips.events.empty());
  EXPECT_EQ(loop.armed_timers(), 0U) << "a fence is watched, not asked at each blank";
  fence.signal();
  loop.run_until(at_ms(1100));
  ASSERT_EQ(flips.events.size(), 1U);
  EXPECT_EQ(flips.events[0].time, at_ms(1064));
}

TEST_F(HeadlessDeviceTest, AFenceThatCannotBeWatchedIsAskedAtEachBlank) {
  FakeFence fence;
  loop.watches_fail = true;
  ASSERT_TRUE(device->submit(state(1, 7, fence.handle())));
  loop.run_until(at_ms(1050));
  EXPECT_TRUE(flips.events.empty());
  fence.signal();
  loop.run_until(at_ms(1100));
  ASSERT_EQ(flips.events.size(), 1U);
  EXPECT_EQ(flips.events[0].time, at_ms(1064));
}

TEST_F(HeadlessDeviceTest, RefusesWhatItDoesNotHave) {
  OutputState s = state(1, 7);
  s.output = OutputId{9};
  EXPECT_EQ(device->accepts(s).error().code, ENODEV);
  s = state(1, 7);
  s.planes[0].plane = PlaneId{77};
  EXPECT_EQ(device->accepts(s).error().code, EINVAL);
  s = state(1, 7);
  s.mode.size = {1, 1};
  EXPECT_EQ(device->accepts(s).error().code, ERANGE);
  EXPECT_TRUE(device->accepts(state(1, 7)));
  EXPECT_FALSE(device->allocate_cursor(BufferId{1}, OutputId{1}));
  EXPECT_FALSE(device->allocate(BufferId{1}, {1, 1}, {}));
}

TEST_F(HeadlessDeviceTest, KnowsTheBuffersThatItWasGiven) {
  EXPECT_FALSE(device->knows(BufferId{5}));
  ASSERT_TRUE(device->import_buffer(BufferId{5}, {}));
  EXPECT_TRUE(device->knows(BufferId{5}));
  device->forget_buffer(BufferId{5});
  EXPECT_FALSE(device->knows(BufferId{5}));
}

// The line on it: everything is composed to offscreen images.
TEST_F(HeadlessDeviceTest, ShowsEverythingComposed) {
  FakeComposer composer(loop);
  composer.mode = FakeComposer::Mode::Fence;
  composer.gpu_time = ms(2);
  FakeSource source(loop.clock());
  source.size = {640, 480};
  RecordingObserver observer;
  OutputSetRig rig;
  const std::unique_ptr<OutputSet> set = rig.make(loop, *device, source, &composer, observer);
  const CommitId commit = source.commit(source.fullscreen(7, 1001));
  source.commit(FakeSource::cursor(3, 1005, {10, 20}));
  set->schedule(OutputId{1});
  loop.advance(ms(16));
  EXPECT_EQ(set->find(OutputId{1})->last_plan().text(),
            "7:composed (format and modifier not taken by a plane), 3:composed (no plane free)");
  EXPECT_EQ(composer.offscreen_targets, 1U);
  EXPECT_EQ(source.fate(commit).presented, 1);
  EXPECT_FALSE(source.fate(commit).zero_copy);
  EXPECT_FALSE(source.fate(commit).vsync);
  for (std::uint64_t i = 2; i <= 60; ++i) {
    source.commit(source.fullscreen(7, 1000 + i));
    set->schedule(OutputId{1});
    loop.advance(ms(16));
  }
  EXPECT_EQ(observer.count(FrameEventKind::Flip), 60U);
  EXPECT_EQ(observer.count(FrameEventKind::Missed), 0U);
  EXPECT_LE(composer.offscreen_targets, 3U);
}

} // namespace
} // namespace fenceline::test
