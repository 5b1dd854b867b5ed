#pragma once
#include <cstdint>
#include <string_view>

#include "compositor/base/clock.h"
#include "compositor/base/turn_watch.h"
#include "compositor/frame/ids.h"
#include "compositor/frame/plan.h"

namespace fenceline {

/// What is written down of a frame's journey. The comments say which fields of FrameEvent each one fills besides its
/// kind.
enum class FrameEventKind : std::uint8_t {
  Commit,       ///< client, surface, commit, value = BufferId (0: none attached). The request was read.
  AcquireReady, ///< surface, commit, time = when the client's fence signalled (its own time stamp; 0 unknown).
  Applied,      ///< surface, commit. The content update is in the scene.
  Superseded,   ///< client, surface, commit. It will never be shown: a newer one was applied before a latch, or has
                ///< taken its place in the queue.
  LatchBegin,   ///< output, frame, time = the blank aimed at (0: nobody knows yet when one is), value = when it was to
                ///< begin, in the time's own nanoseconds. Flags bit 0: the main loop was busy with something else for most
                ///< of the delay since then: detail = TurnPart, and client = whose requests those were (0: no client's).
  Latch,    ///< client, surface, commit, output, frame, value = BufferId. For each layer that is shown first or anew.
  LatchEnd, ///< output, frame.
  Placed,   ///< client, surface, commit, output, frame, detail = Refusal, value = PlaneId (0: composed), flags bit 0:
            ///< hidden (neither), bit 1: it is the display's background (neither). Each layer, each frame submitted.
  ComposeBegin, ///< output, frame.
  ComposeEnd,   ///< output, frame. The composed image is done, or its fence has been handed out (flags bit 0: fence
                ///< pending).
  Submit,       ///< output, frame, flags bit 0: a composed image is shown, this frame's or that of an earlier one; else
          ///< nothing but buffers on planes; bit 1: it tears (an async flip); bit 2: its client asked for that, and
          ///< the display refused; time = when the atomic commit was accepted, value = how long that took, ns.
  SubmitFailed, ///< output, frame, value = errno.
  Flip,         ///< output, frame, time = of the flip, value = sequence.
  Presented,  ///< client, surface, commit, output, frame, time = of the flip, flags bit 0: zero copy (was on a plane).
  Discarded,  ///< client, surface, commit.
  Released,   ///< surface, commit, value = BufferId. The client may write to it again.
  Copy,       ///< client, surface, commit, output, frame, detail = CopyKind, value = bytes.
  Missed,     ///< output, frame, value = blanks missed, detail = MissCause, time = the blank that was aimed at.
  TestCommit, ///< output, frame, value = errno (0: accepted).
  GpuTime,    ///< output, frame, time = when the GPU began with a composition of it, value = for how long it drew, ns.
              ///< Written when that is known: often after the flip. One for each composition.
  RendererLost, ///< value = how many times within the last minute. Nothing can be composed until
  RendererBack, ///< value = how long there was none, ns.
  Input, ///< client, surface, detail = InputKind, value = how many events, time = when the newest of them happened, by
         ///< its device. They are on their way: the clients' sockets have been flushed.
  Cue,   ///< client, surface, output, commit = its last, value = ns since the flip that it belongs to, time = the latch
         ///< that it is to draw for (0: it was told at once). Its frame callbacks were called.
  FenceOverdue, ///< client, surface, commit. It was not waited for any longer.
  Turn,         ///< value = ns that the main loop was awake, detail = TurnPart that took the most of it. Long ones only.
  LeftOut,      ///< client, value = how many records of it were not written: it floods the session.
};

/// The ways a byte of a frame is moved.
enum class CopyKind : std::uint8_t {
  CpuUpload,      ///< wl_shm to a texture.
  CursorUpload,   ///< Pixels of the cursor to the cursor plane's buffer.
  GpuComposition, ///< Written to the output's image by the composer; booked on the surface whose pixels were drawn.
  Capture,        ///< Read back for a screenshot.
  ParentUpload,   ///< A composed image, to memory that the parent compositor reads: a parent without dma-bufs.
};

/// What input came from.
enum class InputKind : std::uint8_t { Pointer, Keyboard, Touch };

/// Why a frame came a blank or more late, told from the recorded times.
enum class MissCause : std::uint8_t {
  Unknown,
  LateWake,    ///< The latch ran so late that nothing could make it.
  LateCompose, ///< The composed image was done after the blank.
  LateSubmit,  ///< The commit was handed to the kernel after the blank.
  LateFence,   ///< Sent in time, but a fence it waits for signalled after the blank.
  KernelLate,  ///< Handed over in time with everything ready: the kernel took it after the blank, or showed it later.
  BlankLost,   ///< As that, but the display counted fewer blanks since the flip before than that time is long.
};

[[nodiscard]] std::string_view name(FrameEventKind kind);
[[nodiscard]] std::string_view name(CopyKind kind);
[[nodiscard]] std::string_view name(MissCause cause);
[[nodiscard]] std::string_view name(InputKind kind);
[[nodiscard]] std::string_view name(TurnPart part);

/// One line of a frame's record: 48 bytes, copied into a ring as it is. Its own time stamp is the recorder's.
struct FrameEvent {
  FrameEventKind kind{};
  std::uint8_t detail = 0;
  std::uint16_t flags = 0;
  ClientId client{};
  SurfaceId surface{};
  OutputId output{};
  CommitId commit{};
  FrameId frame{};
  std::uint64_t value = 0;
  TimePoint time{}; ///< A time that the event is about, when that is not the moment of writing.
};
static_assert(sizeof(FrameEvent) == 48);

/// Who writes frames down: the tracer, a test's list, or nobody. Never blocks, never fails; any thread.
class FrameObserver {
 public:
  virtual ~FrameObserver() = default;
  virtual void record(const FrameEvent& event) = 0;
  // Names for the ids, once each, on the main thread. They may take their time.
  virtual void describe(ClientId, std::string_view name, int pid) = 0;
  virtual void describe(OutputId, std::string_view name, Nanoseconds refresh) = 0;
  virtual void describe(SurfaceId, ClientId, std::string_view name) = 0;
  // No more will come of it. Whoever keeps something by ids lets go of it.
  virtual void gone(ClientId) {}
  virtual void gone(OutputId) {}
};

/// Writes nothing down.
class NullObserver final : public FrameObserver {
 public:
  void record(const FrameEvent&) override {}
  void describe(ClientId, std::string_view, int) override {}
  void describe(OutputId, std::string_view, Nanoseconds) override {}
  void describe(SurfaceId, ClientId, std::string_view) override {}
};

} // namespace fenceline
