#include "tools/report/frame_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "compositor/trace/miss_cause.h"

namespace fenceline::report {

namespace {

using Kind = FrameEventKind;

/// One content update's way.
struct Journey {
  ClientId client{};
  TimePoint commit, fence, applied, latch;
  TimePoint cue;        ///< 0: it answers none.
  bool content = false; ///< It attached a buffer.
};

/// One pass of an output's line.
struct Frame {
  RecordedFrame times;
  std::uint64_t blanks_recorded = 0;
  MissCause cause_recorded = MissCause::Unknown;
  bool retried = false;       ///< It missed the blank of an earlier try, which is another frame in the trace.
  bool composed = false;      ///< Something was composed for it.
  TimePoint gpu_end;          ///< Of its compositions, where the GPU tells.
  bool shows_image = false;   ///< A composed image, this frame's or an earlier one's, was given to the display.
  std::set<ClientId> clients; ///< Whose new content it took.
  std::vector<UpdateLine> updates;
  std::optional<Busy> busy;
};

void count_shown(Figures& figures, TimePoint flip) {
  if (figures.shown++ == 0)
    figures.first_shown = flip;
  figures.last_shown = std::max(figures.last_shown, flip);
}

/// A length of time as a file has it.
Nanoseconds bounded(std::uint64_t ns) {
  return Nanoseconds(static_cast<std::int64_t>(std::min<std::uint64_t>(ns, 1ull << 55)));
}

class Builder {
 public:
  explicit Builder(const Trace& trace) : trace_(trace) {
    for (const auto& [id, output] : trace.outputs)
      (void)this->output(id);
  }

  Report build() {
    for (const StampedEvent& stamped : trace_.events)
      take(stamped);
    find_misses();
    report_.began = trace_.begin;
    report_.traced = trace_.end - trace_.begin;
    report_.events = trace_.events.size();
    report_.version = trace_.version;
    report_.ticks = trace_.ticks;
    report_.warnings = trace_.warnings;
    if (turned_ != 0)
      report_.warnings.push_back(fmt::format("{} sent before {} latched by the recorded times: latch -> submit counts "
                                             "as 0 there",
                                             turned_ == 1 ? "1 update was" : fmt::format("{} updates were", turned_),
                                             turned_ == 1 ? "it was" : "they were"));
    // No fault of the clocks: a display stamps a flip with the blank's own time, even where it came to the blank late.
    if (early_ != 0)
      report_.warnings.push_back(
          fmt::format("{} flipped, by the display's stamp, before {} accepted: submit -> flip counts as 0 there",
                      early_ == 1 ? "1 frame was" : fmt::format("{} frames were", early_),
                      early_ == 1 ? "its commit was" : "their commits were"));
    for (const auto& [id, records] : left_out_)
      report_.warnings.push_back(fmt::format("{} has flooded the session: {} records of it were left out", client(id).name,
                                             records));
    if (recorded_misses_ != found_misses_)
      report_.warnings.push_back(fmt::format("the session counted {} missed frames; by the recorded times there are {}",
                                             recorded_misses_, found_misses_));
    if (report_.renderer_lost != 0)
      report_.warnings.push_back(
          fmt::format("the GPU was lost {}: nothing could be composed for {:.0f} ms",
                      report_.renderer_lost == 1 ? "once" : fmt::format("{} times", report_.renderer_lost),
                      static_cast<double>(report_.without_renderer.count()) / 1e6));
    for (auto& [id, output] : outputs_)
      report_.outputs.push_back(std::move(output));
    for (auto& [id, client] : clients_)
      report_.clients.push_back(std::move(client));
    std::stable_sort(report_.clients.begin(), report_.clients.end(), [](const ClientReport& a, const ClientReport& b) {
      return a.figures.presented > b.figures.presented;
    });
    return std::move(report_);
  }

 private:
  OutputReport& output(OutputId id) {
    const auto [at, fresh] = outputs_.try_emplace(id);
    if (fresh) {
      at->second.id = id;
      const auto known = trace_.outputs.find(id);
      at->second.name =
          known != trace_.outputs.end() ? known->second.name : fmt::format("#{}", static_cast<unsigned>(id));
      at->second.refresh = known != trace_.outputs.end() ? known->second.refresh : Nanoseconds::zero();
    }
    return at->second;
  }

  ClientReport& client(ClientId id) {
    const auto [at, fresh] = clients_.try_emplace(id);
    if (fresh) {
      at->second.id = id;
      const auto known = trace_.clients.find(id);
      if (known != trace_.clients.end()) {
        at->second.name = known->second.name;
        at->second.pid = known->second.pid;
      } else {
        at->second.name = id == ClientId{} ? "(the compositor)" : fmt::format("#{}", static_cast<unsigned>(id));
      }
    }
    return at->second;
  }

  Frame& frame(const FrameEvent& e) {
    Frame& frame = frames_[{e.output, e.frame}];
    frame.times.refresh = output(e.output).refresh;
    return frame;
  }

  /// Calls `count` with the figures of the event's client, and with those of its output, if it has one.
  template <class Count>
  void for_both(const FrameEvent& e, Count&& count) {
    count(client(e.client).figures);
    OutputId where = e.output;
    if (where == OutputId{})
      if (const auto last = last_output_.find(e.surface); last != last_output_.end())
        where = last->second;
    if (where != OutputId{})
      count(output(where).figures);
  }

  void take(const StampedEvent& stamped) {
    const FrameEvent& e = stamped.event;
    const TimePoint at = stamped.written;
    if (e.surface != SurfaceId{} && e.output != OutputId{})
      last_output_[e.surface] = e.output;
    switch (e.kind) {
    case Kind::Commit:
      journeys_[e.commit] = {e.client, at, {}, {}, {}, e.value != 0 ? std::exchange(cues_[e.surface], {}) : TimePoint{},
                             e.value != 0};
      answers_.committed(e, at);
      (void)client(e.client);
      break;
    case Kind::AcquireReady:
      if (const auto journey = journeys_.find(e.commit); journey != journeys_.end())
        journey->second.fence = e.time.ns != 0 ? e.time : at;
      break;
    case Kind::LatchBegin:
      frame(e).times.latch_begin = at;
      frame(e).times.aimed = e.time;
      frame(e).times.planned = {static_cast<std::int64_t>(std::min<std::uint64_t>(e.value, 1ull << 61))};
      if ((e.flags & 1) != 0 && e.detail <= static_cast<unsigned>(last_turn_part))
        frame(e).busy = Busy{static_cast<TurnPart>(e.detail), e.client};
      break;
    case Kind::Latch:
      take_latch(e, at);
      break;
    case Kind::Placed:
      take_placed(e);
      break;
    case Kind::ComposeBegin:
      frame(e).times.compose_begin = at;
      frame(e).composed = true;
      break;
    case Kind::ComposeEnd:
      frame(e).times.compose_end = at;
      frame(e).times.compose_pending = (e.flags & 1) != 0;
      frame(e).composed = true;
      break;
    case Kind::Submit:
      frame(e).times.submit = at;
      frame(e).times.accepting = bounded(e.value);
      frame(e).shows_image = (e.flags & 1) != 0;
      break;
    case Kind::SubmitFailed:
      ++output(e.output).submits_failed;
      break;
    case Kind::Flip:
      take_flip(e, e.time.ns != 0 ? e.time : at);
      break;
    case Kind::Presented:
      take_presented(e, e.time.ns != 0 ? e.time : at);
      break;
    case Kind::Discarded:
    case Kind::Superseded:
      if (answers_.ended(e.commit))
        ++client(e.client).input.unseen;
      // One without a buffer, as a window's first, was never meant to be shown.
      if (const auto journey = journeys_.find(e.commit); journey == journeys_.end() || journey->second.content)
        for_both(e, [](Figures& f) { ++f.discarded; });
      break;
    case Kind::Copy:
      if (e.detail <= static_cast<unsigned>(last_copy_kind))
        for_both(e, [&](Figures& f) { f.copied[e.detail] += e.value; });
      break;
    case Kind::Missed:
      take_missed(e);
      break;
    case Kind::TestCommit:
      ++output(e.output).tests;
      output(e.output).tests_rejected += e.value != 0 ? 1 : 0;
      break;
    case Kind::GpuTime:
      if (e.time.ns > 0)
        take_gpu_time(e);
      break;
    case Kind::RendererLost:
      ++report_.renderer_lost;
      break;
    case Kind::RendererBack:
      report_.without_renderer += bounded(e.value);
      break;
    case Kind::Applied:
      if (const auto journey = journeys_.find(e.commit); journey != journeys_.end())
        journey->second.applied = at;
      break;
    case Kind::Input:
      client(e.client).input.events += e.value;
      answers_.sent(e, at);
      break;
    case Kind::Turn:
      report_.turns.add(bounded(e.value));
      if (e.detail <= static_cast<unsigned>(last_turn_part))
        ++report_.turns_by_part[e.detail];
      break;
    case Kind::LeftOut:
      left_out_[e.client] += e.value;
      break;
    case Kind::Cue:
      cues_[e.surface] = at;
      break;
    case Kind::LatchEnd:
    case Kind::Released:
    case Kind::FenceOverdue:
      break;
    }
  }

  void take_latch(const FrameEvent& e, TimePoint at) {
    Frame& into = frame(e);
    into.clients.insert(e.client);
    const auto journey = journeys_.find(e.commit);
    if (journey == journeys_.end())
      return;
    into.updates.push_back({e.client, journey->second.commit, journey->second.fence});
    if (journey->second.latch.ns == 0)
      journey->second.latch = at;
    // The display waits for a fence that is late; of those that are early the last one tells nothing.
    into.times.fence = std::max(into.times.fence, journey->second.fence);
  }

  void take_gpu_time(const FrameEvent& e) {
    output(e.output).gpu.add(bounded(e.value));
    Frame& drawn = frame(e);
    drawn.gpu_end = std::max(drawn.gpu_end, e.time + bounded(e.value));
  }

  void take_placed(const FrameEvent& e) {
    for_both(e, [&](Figures& f) {
      if ((e.flags & 1) != 0)
        ++f.hidden;
      else if ((e.flags & 2) != 0)
        ++f.background;
      else if (e.value != 0)
        ++f.on_plane;
      else if (e.detail == static_cast<unsigned>(Refusal::NoComposer))
        ++f.not_shown;
      else {
        ++f.composed;
        if (e.detail <= static_cast<unsigned>(last_refusal))
          ++f.refusals[e.detail];
      }
    });
  }

  void take_missed(const FrameEvent& e) {
    ++recorded_misses_;
    Frame& missed = frame(e);
    missed.blanks_recorded = e.value;
    if (e.detail <= static_cast<unsigned>(last_cause))
      missed.cause_recorded = static_cast<MissCause>(e.detail);
    if (e.time.ns == 0)
      return;
    missed.retried = missed.times.aimed.ns != 0 && e.time < missed.times.aimed;
    missed.times.aimed = e.time;
  }

  void take_flip(const FrameEvent& e, TimePoint flip) {
    Frame& flipped = frame(e);
    flipped.times.flip = flip;
    early_ += flip < flipped.times.submit ? 1 : 0;
    OutputReport& on = output(e.output);
    ++on.frames[static_cast<std::size_t>(way_of(flipped))];
    count_shown(on.figures, flip);
  }

  static FrameWay way_of(const Frame& frame) {
    if (frame.times.submit.ns == 0)
      return FrameWay::Unknown;
    if (!frame.shows_image)
      return FrameWay::PlanesAlone;
    return frame.composed ? FrameWay::ComposedAnew : FrameWay::ShownAgain;
  }

  void add_step(Figures& f, Step step, TimePoint from, TimePoint to) {
    f.steps[static_cast<std::size_t>(step)].add(to - from);
  }

  ShownUpdate shown_update(const FrameEvent& e, const Journey& journey, TimePoint flip) {
    const Frame& in = frame(e);
    // A latch that was tried after its time tells nothing of when they are.
    const Nanoseconds lead = in.times.aimed - in.times.planned;
    Nanoseconds& known = leads_[e.output];
    if (in.times.planned.ns != 0 && lead > Nanoseconds::zero() && lead < in.times.refresh)
      known = lead;
    return {.surface = e.surface,
            .cue = journey.cue,
            .commit = journey.commit,
            .fence = journey.fence,
            .applied = journey.applied,
            .latched = journey.latch,
            .flip = flip,
            .refresh = in.times.refresh,
            .lead = known,
            .cause = in.blanks_recorded != 0 ? std::optional(in.cause_recorded) : std::nullopt};
  }

  void take_presented(const FrameEvent& e, TimePoint flip) {
    const TimePoint submit = frame(e).times.submit;
    const auto journey = journeys_.find(e.commit);
    const auto turned = [](TimePoint from, TimePoint to) { return from.ns != 0 && to.ns != 0 && to < from; };
    if (journey != journeys_.end() && turned(journey->second.latch, submit))
      ++turned_;
    for_both(e, [&](Figures& f) {
      ++f.presented;
      f.zero_copy += e.flags & 1;
      if (journey == journeys_.end())
        return; // It was committed before the trace began.
      const Journey& j = journey->second;
      if (j.fence.ns != 0)
        add_step(f, Step::CommitToFence, j.commit, std::max(j.commit, j.fence));
      if (j.applied.ns != 0)
        add_step(f, Step::ReadyToApplied, std::max(j.commit, j.fence), j.applied);
      if (j.applied.ns != 0 && j.latch.ns != 0)
        add_step(f, Step::AppliedToLatch, j.applied, j.latch);
      if (j.latch.ns != 0 && submit.ns != 0)
        add_step(f, Step::LatchToSubmit, j.latch, submit);
      if (submit.ns != 0)
        add_step(f, Step::SubmitToFlip, submit, flip);
      add_step(f, Step::CommitToFlip, j.commit, flip);
      if (j.cue.ns != 0) {
        add_step(f, Step::CueToCommit, j.cue, j.commit);
        add_step(f, Step::CueToFlip, j.cue, flip);
      }
    });
    count_shown(client(e.client).figures, flip);
    if (journey != journeys_.end())
      lost_.presented(shown_update(e, journey->second, flip), client(e.client).lost);
    if (const auto answer = answers_.ended(e.commit))
      add(client(e.client).input, *answer, flip);
  }

  void find_misses() {
    // How early each output's latches begin as a rule: what "woken late" is measured by where the trace has no plan.
    std::map<OutputId, Histogram> leads, planned;
    for (const auto& [key, frame] : frames_) {
      if (frame.times.aimed.ns != 0 && frame.times.latch_begin.ns != 0)
        leads[key.first].add(frame.times.aimed - frame.times.latch_begin);
      // A latch that was tried after its time, more than a frame before the blank aimed at, tells nothing of when they are.
      const Nanoseconds lead = frame.times.aimed - frame.times.planned;
      const bool tried = frame.times.refresh > Nanoseconds::zero() && lead >= frame.times.refresh;
      if (frame.times.aimed.ns != 0 && frame.times.planned.ns != 0 && !frame.retried && !tried)
        planned[key.first].add(lead);
    }
    for (const auto& [id, histogram] : planned)
      output(id).lead = histogram.quantile(0.5);
    for (auto& [key, frame] : frames_) {
      frame.times.lead = leads[key.first].quantile(0.5);
      // By the times, where they are all there; else by the session's own count.
      const bool told = frame.times.aimed.ns != 0 && frame.times.flip.ns != 0 && frame.times.refresh.count() > 0;
      const std::uint64_t blanks = told ? missed_blanks(frame.times) : frame.blanks_recorded;
      const MissCause cause = blanks != 0 ? cause_of(frame) : MissCause::Unknown;
      if (frame.times.flip.ns != 0)
        report_.frames.push_back(
            {key.first, key.second, frame.times, blanks, cause, std::move(frame.updates), frame.busy});
      if (blanks == 0)
        continue;
      ++found_misses_;
      count_miss(output(key.first).figures, blanks, cause);
      for (const ClientId id : frame.clients)
        count_miss(client(id).figures, blanks, cause);
      if (cause == MissCause::LateWake && frame.busy) {
        ++output(key.first).woken_late_by[*frame.busy];
        if (frame.busy->client != ClientId{})
          ++client(frame.busy->client).made_miss;
      }
      const TimePoint done = std::max(frame.times.submit, frame.gpu_end);
      if (composed_late(frame, cause) && frame.times.latch_begin.ns != 0 && done > frame.times.latch_begin)
        output(key.first).composed_late.add(done - frame.times.latch_begin);
    }
  }

  /// Whether it was the composing that took too long: the CPU's part of it, or the GPU's, where no client's fence was
  /// late.
  static bool composed_late(const Frame& frame, MissCause cause) {
    return cause == MissCause::LateCompose || (cause == MissCause::LateFence && frame.composed &&
                                               frame.times.compose_pending && frame.times.fence <= frame.times.aimed);
  }

  static MissCause cause_of(const Frame& frame) {
    const MissCause told = miss_cause(frame.times);
    // What the trace has no time of, the session knew: what became of an earlier try, when the kernel says that the
    // fence signalled that the display itself waited for, and what the display's count of its blanks says.
    const bool better_known =
        frame.cause_recorded == MissCause::LateFence || frame.cause_recorded == MissCause::BlankLost;
    if (frame.retried || told == MissCause::Unknown || (told == MissCause::KernelLate && better_known))
      return frame.cause_recorded;
    return told;
  }

  static void count_miss(Figures& f, std::uint64_t blanks, MissCause cause) {
    ++f.missed;
    f.blanks += blanks;
    ++f.causes[static_cast<std::size_t>(cause)];
  }

  const Trace& trace_;
  Report report_;
  std::map<OutputId, OutputReport> outputs_;
  std::map<ClientId, ClientReport> clients_;
  std::unordered_map<CommitId, Journey> journeys_;
  std::map<std::pair<OutputId, FrameId>, Frame> frames_;
  std::unordered_map<SurfaceId, OutputId> last_output_;
  std::map<ClientId, std::uint64_t> left_out_;
  LostBlanks lost_;
  std::unordered_map<OutputId, Nanoseconds> leads_; ///< The last that is known.
  std::unordered_map<SurfaceId, TimePoint> cues_; ///< That no commit has answered yet.
  InputAnswers answers_;
  std::uint64_t turned_ = 0, early_ = 0, recorded_misses_ = 0, found_misses_ = 0;
};

} // namespace

std::string_view name(Step step) {
  switch (step) {
  case Step::CueToCommit:
    return "callback -> commit";
  case Step::CueToFlip:
    return "callback -> flip";
  case Step::CommitToFence:
    return "commit -> fence";
  case Step::ReadyToApplied:
    return "ready -> applied";
  case Step::AppliedToLatch:
    return "applied -> latch";
  case Step::LatchToSubmit:
    return "latch -> submit";
  case Step::SubmitToFlip:
    return "submit -> flip";
  case Step::CommitToFlip:
    return "commit -> flip";
  }
  return "unknown";
}

double Figures::rate() const {
  const double seconds = static_cast<double>((last_shown - first_shown).count()) / 1e9;
  return shown < 2 || seconds <= 0 ? 0 : static_cast<double>(shown - 1) / seconds;
}

std::uint64_t Figures::copied_bytes() const {
  std::uint64_t sum = 0;
  for (const std::uint64_t bytes : copied)
    sum += bytes;
  return sum;
}

Report make_report(const Trace& trace) {
  return Builder(trace).build();
}

} // namespace fenceline::report
