#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "compositor/base/fd.h"
#include "compositor/frame/ids.h"
#include "renderer/vulkan_device.h"

namespace fenceline {

/// What one submission needs, used again when the GPU is done with it.
struct GpuFrame {
  VkCommandPool pool = VK_NULL_HANDLE;
  VkCommandBuffer commands = VK_NULL_HANDLE;
  VkSemaphore exported = VK_NULL_HANDLE; ///< Where the device exports sync files; null while none can be made.
  std::uint64_t value = 0;               ///< The timeline's value at its end; 0: not submitted.
  bool recording = false;
  std::size_t slot = 0;                              ///< Its place in the ring.
  std::optional<std::pair<OutputId, FrameId>> timed; ///< Whose picture it draws, where the GPU's clock is asked.
  std::vector<std::shared_ptr<const void>> keeps;    ///< Lives until the GPU is done.
};

/// The submissions in flight, on one timeline semaphore. In a steady session a few frames go round and nothing is made
/// anew; at most `max_frames` exist.
class FrameRing {
 public:
  static constexpr std::size_t max_frames = 16;

  [[nodiscard]] static Result<std::unique_ptr<FrameRing>> create(const VulkanDevice& device);
  FrameRing(const FrameRing&) = delete;
  FrameRing& operator=(const FrameRing&) = delete;
  /// Waits until the device is idle.
  ~FrameRing();

  /// A frame whose command buffer is open for recording. An error when too many are in flight. To be submitted or
  /// abandoned.
  [[nodiscard]] Result<GpuFrame*> begin();
  /// Ends and submits the commands; answers the timeline's value at their end. `fence`: export_fence follows. After an
  /// error the frame is abandoned.
  [[nodiscard]] Result<std::uint64_t> submit(GpuFrame& frame, bool fence);
  void abandon(GpuFrame& frame);
  /// A sync file that signals when the submitted frame is done. Once a submission, right after it. After an error the
  /// frame's end can still be waited for, and later frames may have one again.
  [[nodiscard]] Result<UniqueFd> export_fence(GpuFrame& frame);

  /// Holds `thing` until the frames that are in flight now are done; lets go of it at once when none is. For what a
  /// frame does not use itself: some drivers (lavapipe) let who destroys anything wait for the work that runs.
  void keep(std::shared_ptr<const void> thing);
  /// Told of each frame that is done, before it is used again. Not to use the ring in there.
  void on_done(std::function<void(const GpuFrame&)> done) { done_ = std::move(done); }
  /// Lets go of what finished frames kept. Returns the value that the timeline has reached.
  std::uint64_t collect();
  /// Whether anything is in flight, as of the last collect.
  [[nodiscard]] bool busy() const;
  /// Blocks until the value is reached: true; false: not within `timeout_ns`. An error when the device is lost. Any
  /// thread.
  [[nodiscard]] Result<bool> wait(std::uint64_t value, std::uint64_t timeout_ns) const;

 private:
  explicit FrameRing(const VulkanDevice& device) : device_(device) {}
  [[nodiscard]] Result<GpuFrame*> idle_frame();
  /// Leaves it null when memory is short: the frame is drawn all the same.
  void make_exported(GpuFrame& frame) const;

  const VulkanDevice& device_;
  VkSemaphore timeline_ = VK_NULL_HANDLE;
  std::uint64_t last_value_ = 0;
  std::uint64_t reached_ = 0;
  bool lost_ = false; // The device was, when it was last asked how far it is.
  std::vector<std::unique_ptr<GpuFrame>> frames_;
  std::function<void(const GpuFrame&)> done_;
};

} // namespace fenceline
