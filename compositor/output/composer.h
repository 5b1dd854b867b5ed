#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "compositor/base/clock.h"
#include "compositor/base/fd.h"
#include "compositor/base/result.h"
#include "compositor/frame/frame_source.h"
#include "compositor/frame/snapshot.h"

namespace fenceline {

/// One picture to draw. The composer reads it within the call alone: who asks each frame may keep its list's memory.
struct ComposeRequest {
  OutputId output{};
  FrameId frame{};
  BufferId target{}; ///< From create_target or import_target.
  Size size;         ///< What of the target is drawn, from its upper left corner, px; the rest may hold anything.
  bool transparent = false;  ///< Over nothing, instead of opaque black. For targets with alpha.
  std::vector<Layer> layers; ///< Bottom to top; places count from the target's corner.
};

/// Bytes that were written for one surface.
struct ComposedBytes {
  SurfaceId surface{};
  std::uint64_t bytes = 0; ///< Pixels drawn, times the bytes a pixel of the target.
};

/// How a composition ended.
struct Composed {
  UniqueFd fence;                       ///< A sync file that signals when the image is done; not valid: it is done.
  std::span<const ComposedBytes> bytes; ///< One for each layer that was drawn. For the call alone that hands it over.
};

/// Who is told how a composition ended. One object may serve again for the next, so that none is made each frame.
class ComposeSink {
 public:
  virtual ~ComposeSink() = default;
  /// Once for each composition that was started. Main thread.
  virtual void composed(Result<Composed> result) = 0;
};

/// How long the GPU drew one picture, by its own clock.
struct GpuTime {
  OutputId output{};
  FrameId frame{};
  TimePoint begin;
  Nanoseconds took{};
};

/// An image in CPU memory.
struct ReadBack {
  Size size;
  /// XRGB8888, rows without padding; the X byte is the alpha of an image that has one, else it may be anything. For any
  /// thread, once the fence has signalled.
  std::span<const std::uint32_t> pixels;
  /// Where they are. The last holder lets go on the main thread, and before the composer goes.
  std::shared_ptr<const void> memory;
  UniqueFd fence; ///< As Composed::fence.
};

/// Draws what no plane shows: the renderer, or a test's fake. Main thread; nothing here waits for the GPU.
///
/// The device may be lost (the GPU hung and was reset, its driver gave up): every call that needs it is an error with
/// ENODEV from then on, and so is the end of each composition that was in flight.
class Composer {
 public:
  virtual ~Composer() = default;

  /// Formats and modifiers of dma-bufs that layers may have.
  [[nodiscard]] virtual std::span<const FormatModifier> texture_formats() const = 0;
  /// Formats and modifiers of targets.
  [[nodiscard]] virtual std::span<const FormatModifier> target_formats() const = 0;

  /// Makes a client's dma-buf known under its id. An error fails the client's request, nothing else.
  [[nodiscard]] virtual Result<void> import_dmabuf(BufferId buffer, const DmabufAttributes& attributes) = 0;
  virtual void forget_buffer(BufferId buffer) = 0;

  /// Uploads what changed of a wl_shm surface; the whole picture when its size or format is new, or nothing was kept.
  /// After the call the client's memory is not read any more. Returns bytes moved by the CPU. Layers find the texture
  /// by their surface id.
  [[nodiscard]] virtual Result<std::uint64_t> upload(SurfaceId surface, const PixelSource& pixels,
                                                     const Region& damage) = 0;
  virtual void forget_surface(SurfaceId surface) = 0;

  /// An image of our own to draw to, exported for the display. `formats`: what the display takes, best first. The error
  /// says why it can't be had. Known under `buffer` until forget_buffer.
  [[nodiscard]] virtual Result<DmabufAttributes> create_target(BufferId buffer, Size size,
                                                               std::span<const FormatModifier> formats) = 0;
  /// An image of our own for a display that shows nothing (headless without dma-bufs): nothing is exported.
  [[nodiscard]] virtual Result<void> create_offscreen_target(BufferId buffer, Size size) = 0;
  /// The display's image (ScanoutDevice::allocate) as a target.
  [[nodiscard]] virtual Result<void> import_target(BufferId buffer, const DmabufAttributes& attributes) = 0;

  /// Starts drawing. `sink` is told once and let go of: within the call when the fence can be handed out at once, later
  /// when somebody has to wait for it (a CPU device). An error: nothing was started, `sink` is not told.
  [[nodiscard]] virtual Result<void> compose(const ComposeRequest& request, std::shared_ptr<ComposeSink> sink) = 0;

  /// Starts to copy an image to CPU memory, as a screen shows it: a target that was composed to, or a client's dma-buf.
  /// The caller sees to it that nobody writes to it until the copy is done. `yuv`: how the screen reads it, if it is
  /// video. `done` is called as compose's sink is told; errors as there.
  [[nodiscard]] virtual Result<void> read_back(BufferId image, const YuvEncoding& yuv,
                                               std::function<void(Result<ReadBack>)> done) = 0;

  /// Told once when the device is lost, on the main thread, never from within a call of the composer's user, and after
  /// all compositions in flight have ended. Nothing of what was uploaded or drawn is left. The composer is not to be
  /// destroyed in there.
  virtual void on_lost(std::function<void(const Error&)> /*lost*/) {}
  /// Told for each composition how long the GPU drew, some time after it has: where the device has clocks that can be
  /// compared with ours, else never. On the main thread; nothing may be asked of the composer in there.
  virtual void on_gpu_time(std::function<void(const GpuTime&)> /*told*/) {}
};

} // namespace fenceline
