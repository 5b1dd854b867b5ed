#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "renderer/vk.h"

namespace fenceline {

/// A Vulkan device as it was found, and what speaks for or against it.
struct DeviceCandidate {
  VkPhysicalDevice handle = VK_NULL_HANDLE;
  std::string name;
  std::string flaw; ///< Why it can't be used; empty when it can.
  std::uint32_t queue_family = 0;
  bool cpu = false;                         ///< It renders on the CPU (lavapipe).
  bool dmabuf = false;                      ///< Has the extensions that dma-bufs with modifiers need.
  bool sync_file = false;                   ///< Can export a binary semaphore as a sync file.
  bool calibrated = false;                  ///< Its time stamps can be compared with CLOCK_MONOTONIC.
  unsigned timestamp_bits = 0;              ///< Of a time stamp on that queue; 0: there are none.
  const char* priority_extension = nullptr; ///< By which a queue is given a priority over other programs'.
  std::optional<dev_t> primary;             ///< Its DRM nodes, where VK_EXT_physical_device_drm tells.
  std::optional<dev_t> render;
};

/// The extensions without which no dma-buf with a modifier can be shared.
[[nodiscard]] std::span<const char* const> dmabuf_extensions();

/// All devices of the instance.
[[nodiscard]] std::vector<DeviceCandidate> find_devices(VkInstance instance);

/// The best one: the display's own device, else a GPU that shares dma-bufs, else a CPU device, else any. An error names
/// what was looked for and what is wrong with each that was found.
[[nodiscard]] Result<DeviceCandidate> choose_device(const std::vector<DeviceCandidate>& found,
                                                    std::optional<dev_t> display);

} // namespace fenceline
