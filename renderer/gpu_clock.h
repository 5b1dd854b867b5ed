#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "compositor/base/clock.h"
#include "renderer/vulkan_device.h"

namespace fenceline {

/// When submissions began and ended on the GPU, on CLOCK_MONOTONIC. Main thread.
class GpuClock {
 public:
  struct Span {
    TimePoint begin;
    Nanoseconds took{};
  };
  /// The two clocks are compared again when that was so long ago: what they drift apart in a second is some 50 us.
  static constexpr Nanoseconds compared_for = std::chrono::seconds(1);

  /// For `slots` submissions at a time. An error where the device has no time stamps that can be compared with our
  /// clock (DeviceCandidate::calibrated).
  [[nodiscard]] static Result<std::unique_ptr<GpuClock>> create(const VulkanDevice& device, std::size_t slots);
  GpuClock(const GpuClock&) = delete;
  GpuClock& operator=(const GpuClock&) = delete;
  /// Nothing that was recorded with it runs any more.
  ~GpuClock();

  /// The first and the last commands of a submission.
  void record_begin(VkCommandBuffer commands, std::size_t slot) const;
  void record_end(VkCommandBuffer commands, std::size_t slot) const;
  /// Of a submission that is done. Nothing where the device has written none, or the clocks can't be compared now.
  [[nodiscard]] std::optional<Span> read(std::size_t slot, TimePoint now);

 private:
  explicit GpuClock(const VulkanDevice& device) : device_(device) {}
  [[nodiscard]] bool compare();
  /// Ticks from b to a, on a counter that may go round between them.
  [[nodiscard]] std::int64_t ticks_between(std::uint64_t a, std::uint64_t b) const;
  [[nodiscard]] Nanoseconds as_time(std::int64_t ticks) const;

  const VulkanDevice& device_;
  VkQueryPool pool_ = VK_NULL_HANDLE;
  bool compared_ = false;
  std::uint64_t device_ticks_ = 0; ///< Both are of one moment.
  TimePoint our_time_;
};

} // namespace fenceline
