#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compositor/trace/event_schema.h"
#include "compositor/trace/histogram.h"
#include "compositor/trace/miss_cause.h"
#include "tools/report/input_answers.h"
#include "tools/report/lost_blanks.h"
#include "tools/report/trace_reader.h"

namespace fenceline::report {

/// The stretches of a frame's way from the client's commit to the flip.
enum class Step : std::uint8_t {
  CueToCommit,    ///< From the frame callback until the commit that answers it. Of commits that do alone.
  CommitToFence,  ///< Until the client's fence signalled; 0 if it had before. Of commits with a fence alone.
  ReadyToApplied, ///< From the commit, or its fence if that is later, until it was in the scene: it was held back for
                  ///< the time that its client gave it (commit-timing), its turn (fifo) or its parent.
  AppliedToLatch, ///< Until an output took it.
  LatchToSubmit,  ///< Until the atomic commit was accepted.
  SubmitToFlip,
  CommitToFlip, ///< The whole of it.
  CueToFlip,    ///< From the frame callback on: how old what is shown is, for a client that draws when it is told.
};
inline constexpr std::size_t step_count = 8;
[[nodiscard]] std::string_view name(Step step);

/// What the display was given for one frame.
enum class FrameWay : std::uint8_t {
  PlanesAlone,  ///< Buffers of clients on planes, and no composed image.
  ComposedAnew, ///< An image that was composed for this frame.
  ShownAgain, ///< The image composed for an earlier frame: only what lies on other planes, the cursor say, has changed.
  Unknown,    ///< It was sent before the trace began.
};

template <class Enum>
constexpr std::size_t count_of(Enum last) {
  return static_cast<std::size_t>(last) + 1;
}

/// What is told of an output and of a client alike.
struct Figures {
  std::uint64_t presented = 0;                              ///< Content updates that were shown,
  std::uint64_t zero_copy = 0;                              ///< and of these those that were scanned out as they were.
  std::uint64_t discarded = 0;                              ///< Content updates that never were.
  std::uint64_t missed = 0;                                 ///< Frames that came a blank or more late,
  std::uint64_t blanks = 0;                                 ///< by so many blanks together.
  std::array<std::uint64_t, count_of(last_cause)> causes{}; ///< Missed frames, by MissCause.
  std::array<Histogram, step_count> steps;                  ///< By Step.
  std::array<std::uint64_t, count_of(last_copy_kind)> copied{}; ///< Bytes, by CopyKind.
  std::uint64_t on_plane = 0;                                   ///< Layers of frames: on a plane,
  std::uint64_t background = 0;                                 ///< the display's background,
  std::uint64_t composed = 0;                                   ///< composed,
  std::uint64_t hidden = 0;                                     ///< not to be seen,
  std::uint64_t not_shown = 0;                                  ///< or to be composed where there is no renderer.
  std::array<std::uint64_t, count_of(last_refusal)> refusals{}; ///< Composed layers, by Refusal.
  TimePoint first_shown, last_shown;                            ///< Flips.
  std::uint64_t shown = 0; ///< Flips (of an output), or presented updates (of a client).

  /// A second, between the first and the last flip; 0 with fewer than two.
  [[nodiscard]] double rate() const;
  [[nodiscard]] std::uint64_t copied_bytes() const;
};

/// What the main loop was busy with when a latch was due that it then came late to.
struct Busy {
  TurnPart part{};
  ClientId client{}; ///< Whose requests; 0: no client's.
  friend auto operator<=>(const Busy&, const Busy&) = default;
};

struct OutputReport {
  OutputId id{};
  std::string name;
  Nanoseconds refresh{};
  Figures figures;
  std::array<std::uint64_t, count_of(FrameWay::Unknown)> frames{}; ///< Flips, by FrameWay.
  std::uint64_t submits_failed = 0;
  std::uint64_t tests = 0, tests_rejected = 0;
  Histogram gpu;      ///< How long the GPU drew, a composition. Empty where the device does not tell.
  Nanoseconds lead{}; ///< How long before the blank its latches are to begin, as a rule; 0: not known.
  /// Missed frames whose composition was not done by the blank: how long they needed from the latch until they could be
  /// shown.
  Histogram composed_late;
  std::map<Busy, std::uint64_t> woken_late_by; ///< Missed frames that were woken late because the loop was busy.
};

struct ClientReport {
  ClientId id{}; ///< 0: the compositor itself (its cursor, captures).
  std::string name;
  std::uint64_t pid = 0;
  Figures figures;
  InputFigures input;
  std::uint64_t made_miss = 0; ///< Missed frames whose latch came late because the loop was busy with its requests.
  LostBlanks::Counts lost{}; ///< Blanks at which it could have shown something new and did not, by LostCause.
};

/// What a frame took of one client.
struct UpdateLine {
  ClientId client{};
  TimePoint commit, fence; ///< 0: not known; the fence, if it has one.
};

/// One frame on one output, by its stations.
struct FrameLine {
  OutputId output{};
  FrameId frame{};
  RecordedFrame times;      ///< Those of 0 were not recorded.
  std::uint64_t blanks = 0; ///< Late; 0: it was in time, or nobody knows.
  MissCause cause = MissCause::Unknown;
  std::vector<UpdateLine> updates;
  std::optional<Busy> busy; ///< Its latch came late for this.
};

struct Report {
  TimePoint began;
  Nanoseconds traced{};
  std::size_t events = 0;
  std::string version, ticks;
  std::vector<OutputReport> outputs;
  std::vector<ClientReport> clients; ///< Those that presented the most come first.
  std::vector<std::string> warnings;
  std::vector<FrameLine> frames;   ///< Those that were flipped, by output and in their order.
  std::uint64_t renderer_lost = 0; ///< How often the GPU was lost and the renderer made anew,
  Histogram turns;                 ///< Of the main loop, those of a millisecond or more.
  std::array<std::uint64_t, count_of(last_turn_part)> turns_by_part{}; ///< By what took the most of them.
  Nanoseconds without_renderer{};  ///< and how long there was none, together.
};

/// Adds the trace up. A pure function of what is in the file.
[[nodiscard]] Report make_report(const Trace& trace);

} // namespace fenceline::report
