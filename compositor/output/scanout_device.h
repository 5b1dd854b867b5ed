#pragma once
#include <sys/types.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "compositor/base/result.h"
#include "compositor/frame/output_state.h"

namespace fenceline {

/// Told what the display did. Main thread.
class ScanoutListener {
 public:
  virtual ~ScanoutListener() = default;
  /// The state of `event.frame` is on the screen; what it replaced is not any more.
  virtual void flipped(const FlipEvent& event) = 0;
  /// outputs() says something else than before: one came, one is gone with all that was in flight on it, or what is
  /// known of one has changed. Never told from within a call of the device.
  virtual void outputs_changed() {}
  /// The picture of the output is lost until its mode is set anew (link-status). As above.
  virtual void needs_modeset(OutputId /*output*/) {}
  /// The display takes the next state of the output although this frame's flip is yet to come: a parent compositor
  /// wants the next picture some time before it shows the one that it has. Not told where the flip says as much.
  virtual void ready(OutputId /*output*/, FrameId /*frame*/, TimePoint /*time*/) {}
  /// A buffer that reads() said is still read is not any more.
  virtual void released(BufferId /*buffer*/) {}
};

/// A small image that the CPU writes and a plane shows: the cursor's. Linear, ARGB8888, `stride` bytes a row.
struct MappedImage {
  BufferId buffer{};
  Size size;
  std::uint32_t stride = 0;
  std::span<std::byte> pixels; ///< Valid until the buffer is forgotten.
};

/// A display device: KMS, headless (a timer is the blank), nested, or a test's fake. Main thread. All calls return at
/// once.
class ScanoutDevice {
 public:
  virtual ~ScanoutDevice() = default;

  [[nodiscard]] virtual std::span<const OutputInfo> outputs() const = 0;
  /// The listener outlives the device, or is replaced by null.
  virtual void set_listener(ScanoutListener* listener) = 0;

  /// Makes a buffer known, so that states may name it. Keeps what it needs of it, not the attributes' descriptors.
  [[nodiscard]] virtual Result<void> import_buffer(BufferId buffer, const DmabufAttributes& attributes) = 0;
  /// Whether states may name the buffer. Where a device does not say, a test or a commit answers ENOENT.
  [[nodiscard]] virtual bool knows(BufferId) const { return true; }
  /// An image that the composer may draw to and that every plane in question can show, made by the display's allocator
  /// (GBM). An error where it has none: the composer's own export is used then. Known to the device under `buffer` from
  /// then on.
  [[nodiscard]] virtual Result<DmabufAttributes> allocate(BufferId buffer, Size size,
                                                          std::span<const FormatModifier> formats) = 0;
  /// Does now what the first allocate() would have to do first, and may take long (GBM loads its driver). For any
  /// thread, as long as the device lives.
  virtual void prepare_to_allocate() {}
  /// An image that is black all over, for the primary plane while nobody has drawn anything. It costs no time of the
  /// CPU's or the GPU's. An error where the display has none.
  [[nodiscard]] virtual Result<void> allocate_black(BufferId, Size) {
    return Error{"this display has no black image", ENOTSUP};
  }
  /// An image for the cursor plane. An error where there is no such plane.
  [[nodiscard]] virtual Result<MappedImage> allocate_cursor(BufferId buffer, OutputId output) = 0;
  /// The buffer will not be named any more. What is on the screen stays there until it is replaced.
  virtual void forget_buffer(BufferId buffer) = 0;

  /// Whether the display would take the state: a test commit, which changes nothing. The error is the kernel's.
  [[nodiscard]] virtual Result<void> accepts(const OutputState& state) const = 0;
  /// Whether the display may still read the buffer although another's flip has replaced it: then released() is told
  /// some time. A kernel's display does not; a parent compositor may.
  [[nodiscard]] virtual bool reads(BufferId) const { return false; }
  /// Where outputs say that they read pixels: the image under `buffer` becomes these, XRGB8888, rows without padding,
  /// and states may name it from then on. Not while the display reads it. Returns the bytes that were copied.
  [[nodiscard]] virtual Result<std::uint64_t> write_pixels(BufferId, Size, std::span<const std::uint32_t>) {
    return Error{"this display shows no pixels of the CPU's", ENOTSUP};
  }
  /// Sends the state, without blocking; `flipped` follows. At most one is in flight an output: a second is EBUSY. On
  /// failure nothing has changed, and where outputs say that they take hints (async_flips, content_types, variable) the
  /// state is still the caller's.
  [[nodiscard]] virtual Result<void> submit(OutputState&& state) = 0;
  /// As submit, and answers with a sync file that signals when what the state replaces is not read any more, with its
  /// flip. Not valid where the display has none for it: then the flip alone tells.
  [[nodiscard]] virtual Result<UniqueFd> submit_with_fence(OutputState&& state) {
    if (auto sent = submit(std::move(state)); !sent)
      return sent.error();
    return UniqueFd();
  }
  /// The flip of the state in flight is overdue or lost: it is not waited for any more, and the next state may be
  /// submitted as soon as the display takes it. When the flip comes after all, it is told.
  virtual void abandon(OutputId /*output*/) {}

  /// The DRM device (dev_t) that clients should allocate for and make sync objects on; none where there is no DRM.
  [[nodiscard]] virtual std::optional<dev_t> main_device() const = 0;
  /// A DRM descriptor for sync-object ioctls, or -1. The device keeps it.
  [[nodiscard]] virtual int sync_object_fd() const = 0;
};

} // namespace fenceline
