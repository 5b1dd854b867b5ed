#include "benchmarks/clock_trace.h"

#include <algorithm>
#include <map>

namespace fenceline::clock_bench {

namespace {

struct Recorded {
  FrameTimes times;
  TimePoint gpu_end, flip;
  bool composed = false, fence_pending = false, on_plane = false;
};

/// Fills in what one event says of its frame.
void take(Recorded& frame, const StampedEvent& stamped) {
  const FrameEvent& e = stamped.event;
  switch (e.kind) {
  case FrameEventKind::LatchBegin:
    frame.times.woken = stamped.written;
    frame.times.planned = {static_cast<std::int64_t>(std::min<std::uint64_t>(e.value, 1ull << 61))};
    if (e.time != TimePoint{})
      frame.times.blank = e.time;
    break;
  case FrameEventKind::Placed:
    frame.on_plane = frame.on_plane || (e.value != 0 && e.client != ClientId{});
    break;
  case FrameEventKind::ComposeEnd:
    frame.composed = true;
    frame.fence_pending = (e.flags & 1) != 0;
    frame.times.composed = stamped.written;
    break;
  case FrameEventKind::GpuTime:
    frame.gpu_end = std::max(frame.gpu_end, e.time + Nanoseconds(std::min<std::uint64_t>(e.value, 1ull << 55)));
    break;
  case FrameEventKind::Submit:
    frame.times.submitted = stamped.written;
    break;
  case FrameEventKind::Missed:
    // It missed the blank of an earlier try, which is another frame in the trace.
    if (e.time != TimePoint{} && frame.times.blank && e.time < *frame.times.blank)
      frame.times.first_try = MissCause::Unknown;
    break;
  case FrameEventKind::Flip:
    frame.flip = e.time != TimePoint{} ? e.time : stamped.written;
    break;
  default:
    break;
  }
}

} // namespace

Result<test::ClockRecording> recording_of(const report::Trace& trace) {
  std::map<OutputId, std::map<FrameId, Recorded>> outputs;
  for (const StampedEvent& stamped : trace.events)
    if (stamped.event.output != OutputId{} && stamped.event.frame != FrameId{})
      take(outputs[stamped.event.output][stamped.event.frame], stamped);

  test::ClockRecording most;
  for (auto& [id, frames] : outputs) {
    const auto output = trace.outputs.find(id);
    if (output == trace.outputs.end() || output->second.refresh <= Nanoseconds::zero())
      continue;
    test::ClockRecording recording{.refresh = output->second.refresh, .frames = {}};
    for (auto& [frame_id, frame] : frames) {
      FrameTimes& times = frame.times;
      if (!times.blank || times.submitted == TimePoint{} || frame.flip == TimePoint{})
        continue;
      if (frame.composed)
        times.work = frame.on_plane ? FrameWork::Mixed : FrameWork::Composed;
      if (frame.fence_pending && frame.gpu_end != TimePoint{})
        times.fence = frame.gpu_end;
      recording.frames.push_back({.times = times, .flip = frame.flip, .lead = {}});
    }
    if (recording.frames.size() > most.frames.size())
      most = std::move(recording);
  }
  if (most.frames.empty())
    return Error{"the trace has no frame that was aimed at a blank and flipped", 0};
  return most;
}

} // namespace fenceline::clock_bench
