#pragma once
#include <algorithm>
#include <chrono>

#include "tests/unit/trace/trace_fixture.h"
#include "tools/report/frame_report.h"

namespace fenceline::report {

using test::ms;
using Kind = FrameEventKind;

inline constexpr OutputId screen{1};
inline constexpr ClientId spin{1}, paint{2};

/// A timeline made by hand.
class Timeline {
 public:
  Timeline() {
    trace.outputs[screen] = {"HDMI-A-1", ms(16)};
    trace.clients[spin] = {"spin", 42};
    trace.clients[paint] = {"paint", 43};
    trace.begin = at(0);
  }

  static TimePoint at(double milliseconds) { return TimePoint{} + ms(milliseconds) + std::chrono::seconds(1); }

  FrameEvent& add(double when, Kind kind, std::uint64_t frame, std::uint64_t commit = 0, ClientId client = {}) {
    FrameEvent e;
    e.kind = kind;
    e.client = client;
    e.surface = static_cast<SurfaceId>(static_cast<std::uint32_t>(client) * 10);
    e.commit = static_cast<CommitId>(commit);
    if (frame != 0) {
      e.output = screen;
      e.frame = static_cast<FrameId>(frame);
    }
    trace.events.push_back({at(when), 0, e});
    trace.end = std::max(trace.end, at(when));
    return trace.events.back().event;
  }

  struct Steps {
    double fence = 1, latch = 2, submit = 1, flip = 3; // Each from the one before.
    double held = 0;                                   // From the fence until it is applied, within `latch`.
  };

  /// One update of a client, latched 4 ms before the blank at `blank` and shown at it, scanned out.
  void frame(std::uint64_t number, double commit, const Steps& steps, ClientId client = spin, bool zero_copy = true) {
    add(commit, Kind::Commit, 0, number, client).value = 7;
    const double fence = commit + steps.fence, latch = fence + steps.latch, submit = latch + steps.submit,
                 flip = submit + steps.flip;
    add(fence + 0.1, Kind::AcquireReady, 0, number, client).time = at(fence);
    add(std::max(commit, fence) + steps.held, Kind::Applied, 0, number, client);
    add(latch, Kind::LatchBegin, number).time = at(flip);
    add(latch, Kind::Latch, number, number, client);
    FrameEvent& placed = add(latch, Kind::Placed, number, number, client);
    placed.value = zero_copy ? 31 : 0;
    placed.detail = static_cast<std::uint8_t>(zero_copy ? Refusal::None : Refusal::NotDmabuf);
    if (!zero_copy) {
      add(latch, Kind::ComposeBegin, number);
      add(latch, Kind::ComposeEnd, number);
    }
    add(submit, Kind::Submit, number).flags = zero_copy ? 0 : 1;
    add(flip + 0.2, Kind::Flip, number).time = at(flip);
    FrameEvent& presented = add(flip + 0.3, Kind::Presented, number, number, client);
    presented.time = at(flip);
    presented.flags = zero_copy ? 1 : 0;
  }

  Trace trace;
};

inline double step(const Figures& f, Step s, double share) {
  return static_cast<double>(f.steps[static_cast<std::size_t>(s)].quantile(share).count()) / 1e6;
}

} // namespace fenceline::report
