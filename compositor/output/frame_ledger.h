#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "compositor/base/event_loop.h"
#include "compositor/base/fd.h"
#include "compositor/frame/frame_event.h"
#include "compositor/frame/frame_source.h"
#include "compositor/frame/release_fence.h"
#include "compositor/output/carried_updates.h"
#include "compositor/output/draw_cues.h"
#include "compositor/output/frame_times.h"
#include "compositor/output/shared_releases.h"

namespace fenceline {

/// A frame that the display has accepted: what it owes and what it holds.
struct SubmittedFrame {
  FrameId frame{};
  SceneSnapshot snapshot;
  struct Scanned {
    BufferId buffer{};
    BufferLeasePtr lease;
    bool promised = false; ///< Its client has been told which flip it is free with: nothing may begin to read it.
  };
  std::vector<Scanned> scanned; ///< Each buffer on a plane.
  std::vector<LatchedUpdate> updates;
  CarriedUpdates::Callbacks callbacks; ///< Of updates that were never shown.
  std::vector<SurfaceId> zero_copy;    ///< Surfaces whose own buffer is on a plane.
  std::vector<SurfaceId> not_shown;    ///< Surfaces in the snapshot that could not be shown.
  std::vector<SurfaceId> hidden;       ///< Those that others cover.
  BufferId primary{};                  ///< On the primary plane; none: nothing is.
  std::optional<Color> background{};   ///< Where no plane is; none: nothing is shown there.
  /// What a plane shows.
  struct Piece {
    BufferId buffer{};
    FRect source;       ///< In buffer pixels.
    Rect dest;          ///< In output pixels.
    bool alpha = false; ///< It blends with what lies below by its format's alpha.
    Transform transform = Transform::Normal;
    float fade = 1.0F;
    YuvEncoding yuv{};
  };
  std::vector<Piece> pieces; ///< Bottom to top, the primary plane's first; without the cursor plane's.
  BufferId cursor_image{};   ///< On the cursor plane.
  Point cursor_at;           ///< Its upper left corner, output pixels.
  FrameTimes times;
  ReleaseFencePtr release; ///< That its flip signals; null: nobody was told of one.

  /// As a new one is; the lists keep their memory.
  void clear();
};

/// Keeps one output's buffers from coming back early, and tells everybody when their picture was shown.
///
/// A buffer that a frame scans out is held until another frame's flip has replaced it; a buffer that a composition
/// reads is held until that composition's fence has signalled. Nothing else counts: not the submit, not the end of a
/// composition for a buffer on a plane. A display that reads on after that (a parent compositor) says when it is done:
/// until then the buffer is held too. (Updates that may be composed again hold leases of their own, in the scene.)
class FrameLedger {
 public:
  /// `reads`: ScanoutDevice::reads of the display; none: it reads nothing that is not on the screen. `shared`: of all
  /// outputs, which it outlives; null: there is one output. `cues`: null: clients are told to draw at the flip.
  FrameLedger(EventLoop& loop, FrameObserver& observer, OutputId output, std::function<bool(BufferId)> reads = {},
              SharedReleases* shared = nullptr, DrawCues* cues = nullptr);
  FrameLedger(const FrameLedger&) = delete;
  FrameLedger& operator=(const FrameLedger&) = delete;
  ~FrameLedger();

  /// The GPU reads these until `fence`, a sync file, signals. `then` is called with the time of that, at once when it
  /// has signalled. False: the fence cannot be watched, and `then` will not be called; the leases are held, and looked
  /// after at later flips. The list is empty afterwards, with the memory of one that is over.
  bool reading(FrameId frame, UniqueFd fence, std::vector<BufferLeasePtr>&& leases,
               std::function<void(TimePoint)> then = {});
  void submitted(SubmittedFrame&& frame);
  /// An empty one to fill, with the memory of one that is over.
  [[nodiscard]] SubmittedFrame take_spare() { return std::exchange(spare_, {}); }
  /// Whether some buffer on the screen could do with its display's fence: see replaced_after.
  [[nodiscard]] bool wants_fence() const;
  /// The flip of the frame that was submitted last signals `sync_file`: buffers on the screen that it replaces, and
  /// that nobody else holds, are free then. Their clients may be told so now.
  void replaced_after(UniqueFd sync_file);
  /// Whether that was done for something on the screen: what reads the screen has to wait for the next flip.
  [[nodiscard]] bool promised() const;
  /// The display takes the next frame: a good time to draw it, though this one is still to be shown.
  void ready(FrameId frame, TimePoint time);
  /// The display has stopped to read a buffer that is not on the screen any more.
  void released(BufferId buffer);
  /// The frame is on the screen. False when it is none of this ledger's.
  bool flipped(const FlipEvent& event, Nanoseconds refresh);
  /// Frames in flight may never be told of again. Gives their updates back; the buffers are held until a flip.
  void abandon(CarriedUpdates& to);

  /// Asks the fences themselves: what the loop has not told yet, or cannot tell, because a fence could not be watched.
  void sweep();

  /// What the screen shows; null before the first flip.
  [[nodiscard]] const SubmittedFrame* on_screen() const { return on_screen_ ? &*on_screen_ : nullptr; }

 private:
  struct Read;
  [[nodiscard]] std::unique_ptr<Read> take_read();
  void signalled(const Read* read);
  void settle(std::unique_ptr<Read> read);
  [[nodiscard]] ReleaseFencePtr make_fence(UniqueFd sync_file);
  /// Of fences that nobody else has any more: what is kept is their memory, not the descriptor.
  void close_fences();
  void present(SubmittedFrame& frame, const FlipEvent& event, Nanoseconds refresh);
  /// Whether the display has left out a blank since the flip before; keeps this one for the next.
  [[nodiscard]] bool lost_blank(const FlipEvent& event, Nanoseconds refresh);

  EventLoop& loop_;
  FrameObserver& observer_;
  OutputId output_;
  std::function<bool(BufferId)> reads_on_;
  SharedReleases* shared_;
  DrawCues* cues_;
  std::vector<SubmittedFrame::Scanned> lent_; ///< Replaced, but the display still reads them.
  std::vector<std::unique_ptr<Read>> reads_;
  static constexpr std::size_t most_spare_reads = 4;
  std::vector<std::unique_ptr<Read>> spare_reads_; ///< For new ones, with their memory and their place in the loop.
  std::vector<SubmittedFrame> in_flight_;          ///< Oldest first. More than one only after ready() or abandon().
  std::optional<SubmittedFrame> on_screen_;
  SubmittedFrame spare_;
  struct CountedFlip {
    TimePoint time;
    std::uint64_t sequence = 0;
  };
  std::optional<CountedFlip> counted_; ///< The last flip, where the display numbers its blanks.
  static constexpr std::size_t most_kept_fences = 4;
  std::vector<ReleaseFencePtr> kept_fences_; ///< For new ones, once nobody else has them.
};

} // namespace fenceline
