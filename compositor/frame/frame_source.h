#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "compositor/base/fd.h"
#include "compositor/base/result.h"
#include "compositor/frame/output_state.h"
#include "compositor/frame/snapshot.h"

namespace fenceline {

/// Held by everything that may still read a client's buffer: queued and applied updates, frames in flight, frames on
/// screen, GPU reads. When the last holder lets go, the client gets the buffer back (wl_buffer.release, release point).
/// Main thread only.
class BufferLease {
 public:
  virtual ~BufferLease() = default;
  /// The GPU reads the buffer until `fence`, a sync file, signals; the lease is held at least as long. Where others
  /// know of readers by the buffer itself (implicit synchronisation), it is told.
  virtual void read_until(const UniqueFd& /*fence*/) {}
};
using BufferLeasePtr = std::shared_ptr<BufferLease>;

/// CPU memory of a client's picture (wl_shm). Reading never raises SIGBUS and never changes the client's memory.
class PixelSource {
 public:
  virtual ~PixelSource() = default;
  [[nodiscard]] virtual Size size() const = 0;
  [[nodiscard]] virtual std::uint32_t fourcc() const = 0;
  /// Bytes from one row to the next.
  [[nodiscard]] virtual std::uint32_t stride() const = 0;
  /// Reads rows [first, first + count) as they lie, count * stride() bytes, or only as many of them from the start as
  /// `out` holds: one row into a span of its pixels reads no padding. The stride is the client's own number, up to
  /// 2 GiB for a single pixel: nothing is to be sized by it unheard. What the client has taken away from under its pool
  /// reads as zeros; so do rows that there are not. False when it had to (the picture is not the client's then).
  virtual bool read_rows(std::uint32_t first, std::uint32_t count, std::span<std::byte> out) const = 0;
};

/// wp_presentation_feedback of one content update. Exactly one of the two is called, once; destroyed unused it
/// discards.
class PresentationSink {
 public:
  virtual ~PresentationSink() = default;
  virtual void presented(const FlipEvent& flip, Nanoseconds refresh, bool zero_copy) = 0;
  virtual void discarded() = 0;
};

/// wl_surface.frame. Called at most once.
class FrameCallback {
 public:
  virtual ~FrameCallback() = default;
  /// `time`: sent as CLOCK_MONOTONIC milliseconds, modulo 2^32.
  virtual void done(TimePoint time) = 0;
};

/// What a latched layer needs besides its values. Parallel to SceneSnapshot::layers.
struct LayerHold {
  BufferLeasePtr lease;                      ///< Null when the content is already the compositor's own (uploaded shm).
  std::shared_ptr<const PixelSource> pixels; ///< wl_shm only: what is still to be uploaded; null when nothing is.
  Region damage;                             ///< With `pixels`: what changed since the last upload, in buffer pixels.
};

/// A content update whose first frame this is.
struct LatchedUpdate {
  ClientId client{};
  SurfaceId surface{};
  CommitId commit{};
  BufferId buffer{};
  std::vector<std::unique_ptr<PresentationSink>> feedback;
  std::vector<std::unique_ptr<FrameCallback>> callbacks;
};

struct LatchedFrame {
  SceneSnapshot snapshot;
  std::vector<LayerHold> holds;
  std::vector<LatchedUpdate> updates;

  /// Lets go of all that it holds; the lists keep their memory.
  void clear() {
    snapshot.clear();
    holds.clear();
    updates.clear();
  }
};

/// The scene, as an output sees it.
class FrameSource {
 public:
  virtual ~FrameSource() = default;
  /// The picture now, into one that is empty. Feedback and callbacks of updates that this output is the first to show
  /// move there.
  virtual void latch(OutputId output, FrameId frame, LatchedFrame& into) = 0;
  /// The surface's pixels of that commit have been uploaded: the scene lets go of the client's buffer.
  virtual void pixels_taken(SurfaceId surface, CommitId commit) = 0;
  /// Where a cursor that was latched lies on the output by now, in its pixels: the pointer may have moved on. Nothing
  /// when it is not there any more, or has other content than that commit's.
  [[nodiscard]] virtual std::optional<Rect> cursor_place(OutputId output, SurfaceId cursor, CommitId commit) const = 0;
};

} // namespace fenceline
