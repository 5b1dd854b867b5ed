#pragma once
#include <memory>
#include <stdexcept>

#include "compositor/output/output_set.h"

namespace fenceline::test {

/// What a set of outputs needs besides a device, something to show and somebody who looks on: the usual of each.
struct OutputSetRig {
  LeadClock clock{std::chrono::milliseconds(4)}; ///< A test's times are round.
  CursorStore cursors;
  IdSource<FrameId> frames;
  IdSource<BufferId> buffers;
  Log log{LogLevel::Off};
  ComposerGate* gate = nullptr;
  LatchWatch* watch = nullptr;
  FormatChanceListener* chances = nullptr;
  SharedReleases* releases = nullptr;
  DrawCues* cues = nullptr;

  [[nodiscard]] std::unique_ptr<OutputSet> make(EventLoop& loop, ScanoutDevice& device, FrameSource& source,
                                                Composer* composer, FrameObserver& observer,
                                                unsigned plane_tests = PlanePlanner::default_tests) {
    auto made = OutputSet::create({.loop = loop,
                                   .device = device,
                                   .source = source,
                                   .composer = composer,
                                   .observer = observer,
                                   .frame_clock = clock,
                                   .cursors = cursors,
                                   .frames = frames,
                                   .buffers = buffers,
                                   .log = log,
                                   .plane_tests = plane_tests,
                                   .gate = gate,
                                   .watch = watch,
                                   .chances = chances,
                                   .releases = releases,
                                   .cues = cues});
    if (!made)
      throw std::runtime_error(made.error().text());
    return std::move(*made);
  }
};

} // namespace fenceline::test
