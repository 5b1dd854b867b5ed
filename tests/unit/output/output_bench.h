#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/support/fake_composer.h"
#include "tests/support/fake_scanout.h"
#include "tests/support/fake_source.h"
#include "tests/support/output_set_rig.h"
#include "tests/support/recording_observer.h"
#include "tests/support/virtual_loop.h"

namespace fenceline::test {

/// One session in virtual time: blanks every 16 ms, latches 4 ms before. Plane 131 is output 1's primary, 141 its
/// cursor plane. Buffers of clients have numbers from 1001 on.
struct OutputBench {
  explicit OutputBench(std::vector<OutputInfo> infos = {fake_output()}, bool with_composer = true,
                       unsigned plane_tests = PlanePlanner::default_tests, ComposerGate* gate = nullptr)
      : device(loop, std::move(infos)), composer(loop), source(loop.clock()), observer(&loop.clock()) {
    rig.gate = gate;
    set = rig.make(loop, device, source, with_composer ? &composer : nullptr, observer, plane_tests);
    for (std::uint64_t buffer = 1001; buffer <= 1016; ++buffer)
      device.buffers.insert(BufferId{buffer});
  }

  [[nodiscard]] OutputLoop& output(std::uint32_t id = 1) { return *set->find(OutputId{id}); }
  [[nodiscard]] std::string plan(std::uint32_t id = 1) { return output(id).last_plan().text(); }
  template <class State>
  [[nodiscard]] bool is(std::uint32_t id = 1) {
    return std::holds_alternative<State>(output(id).state());
  }
  CommitId commit(Layer layer) {
    const CommitId commit = source.commit(std::move(layer));
    set->schedule_all();
    return commit;
  }
  /// The plan after two frames with these layers, bottom to top; those of before stay.
  std::string plan_of(std::vector<Layer> layers) {
    for (Layer& layer : layers)
      source.commit(std::move(layer));
    set->schedule_all();
    loop.advance(ms(40));
    return plan();
  }
  [[nodiscard]] const PlaneState* on(PlaneId plane) {
    for (const PlaneState& state : device.on_screen().planes)
      if (state.plane == plane)
        return &state;
    return nullptr;
  }
  void run_to(std::int64_t milliseconds) { loop.run_until(at_ms(milliseconds)); }

  VirtualLoop loop;
  FakeScanout device;
  FakeComposer composer;
  FakeSource source;
  RecordingObserver observer;
  OutputSetRig rig;
  std::unique_ptr<OutputSet> set;
};

inline const Rect window_place{100, 100, 200, 150};

} // namespace fenceline::test
