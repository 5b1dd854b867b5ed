#include "compositor/output/fallback_device.h"

#include "tests/unit/output/output_bench.h"

namespace fenceline::test {
namespace {

struct FallbackBench {
  explicit FallbackBench(std::vector<OutputInfo> infos) {
    auto first = std::make_unique<FakeScanout>(loop, std::move(infos));
    auto second = std::make_unique<FakeScanout>(loop, std::vector<OutputInfo>{fake_output(1000, {1024, 768}, {})});
    display = first.get();
    fallback = second.get();
    device = std::make_unique<FallbackDevice>(std::move(first), std::move(second));
    set = rig.make(loop, *device, source, &composer, observer);
    set->schedule_all();
  }
  CommitId commit() {
    const CommitId commit = source.commit(FakeSource::window(7, 1001, window_place, BufferKind::Shm));
    set->schedule_all();
    return commit;
  }

  VirtualLoop loop;
  FakeScanout *display = nullptr, *fallback = nullptr;
  std::unique_ptr<FallbackDevice> device;
  FakeComposer composer{loop};
  FakeSource source{loop.clock()};
  RecordingObserver observer;
  OutputSetRig rig;
  std::unique_ptr<OutputSet> set;
};

TEST(Fallback, IsNotThereWhileThereIsADisplay) {
  FallbackBench bench({fake_output(1)});
  bench.loop.advance(ms(100));
  ASSERT_EQ(bench.set->outputs().size(), 1U);
  EXPECT_EQ(bench.set->outputs().front()->info().id, OutputId{1});
  EXPECT_TRUE(bench.fallback->submits.empty());
}

TEST(Fallback, KeepsClientsGoingWhenTheLastDisplayIsPulledAndGivesTheNextOneItsPlace) {
  FallbackBench bench({fake_output(1)});
  bench.loop.advance(ms(100));
  bench.display->set_outputs({});
  ASSERT_EQ(bench.set->outputs().size(), 1U);
  EXPECT_EQ(bench.set->outputs().front()->info().id, OutputId{1000});
  const CommitId first = bench.commit();
  bench.loop.advance(ms(100));
  EXPECT_EQ(bench.source.fate(first).callbacks, 1);
  bench.display->set_outputs({fake_output(2)});
  ASSERT_EQ(bench.set->outputs().size(), 1U);
  EXPECT_EQ(bench.set->outputs().front()->info().id, OutputId{2});
  const CommitId second = bench.commit();
  bench.loop.advance(ms(100));
  EXPECT_EQ(bench.source.fate(second).presented, 1);
  EXPECT_EQ(bench.display->on_screen(OutputId{2}).planes.size(), 1U);
}

TEST(Fallback, IsThereFromTheStartWhereNothingIsPlugged) {
  FallbackBench bench({});
  const CommitId commit = bench.commit();
  bench.loop.advance(ms(100));
  EXPECT_EQ(bench.source.fate(commit).callbacks, 1);
  EXPECT_FALSE(bench.fallback->submits.empty());
}

TEST(Fallback, ABufferThatTheGoneDisplayCannotTakeIsTakenForIt) {
  FallbackBench bench({});
  bench.display->takes_dmabufs = false;
  EXPECT_TRUE(bench.device->import_buffer(BufferId{5}, {}));
  EXPECT_TRUE(bench.device->knows(BufferId{5}));
  bench.display->set_outputs({fake_output(1)});
  EXPECT_FALSE(bench.device->knows(BufferId{5}));
  EXPECT_FALSE(bench.device->import_buffer(BufferId{6}, {}));
}

} // namespace
} // namespace fenceline::test
