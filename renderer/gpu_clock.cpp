#include "renderer/gpu_clock.h"

#include <array>
#include <cmath>

namespace fenceline {

namespace {

constexpr std::uint32_t first_query(std::size_t slot) {
  return static_cast<std::uint32_t>(2 * slot);
}

} // namespace

Result<std::unique_ptr<GpuClock>> GpuClock::create(const VulkanDevice& device, std::size_t slots) {
  if (!device.facts().calibrated || device.functions().get_calibrated_timestamps == nullptr)
    return Error{"the device has no time stamps on CLOCK_MONOTONIC"};
  std::unique_ptr<GpuClock> self(new GpuClock(device));
  VkQueryPoolCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO;
  info.queryType = VK_QUERY_TYPE_TIMESTAMP;
  info.queryCount = first_query(slots);
  if (const VkResult r = vkCreateQueryPool(device.handle(), &info, nullptr, &self->pool_); r != VK_SUCCESS)
    return vk_error("cannot make a pool of time stamps", r);
  if (!self->compare())
    return Error{"the device's clock cannot be read"};
  return self;
}

GpuClock::~GpuClock() {
  vkDestroyQueryPool(device_.handle(), pool_, nullptr);
}

void GpuClock::record_begin(VkCommandBuffer commands, std::size_t slot) const {
  vkCmdResetQueryPool(commands, pool_, first_query(slot), 2);
  vkCmdWriteTimestamp2(commands, VK_PIPELINE_STAGE_2_TOP_OF_PIPE_BIT, pool_, first_query(slot));
}

void GpuClock::record_end(VkCommandBuffer commands, std::size_t slot) const {
  vkCmdWriteTimestamp2(commands, VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT, pool_, first_query(slot) + 1);
}

std::optional<GpuClock::Span> GpuClock::read(std::size_t slot, TimePoint now) {
  std::array<std::uint64_t, 2> stamps{};
  if (vkGetQueryPoolResults(device_.handle(), pool_, first_query(slot), 2, sizeof stamps, stamps.data(),
                            sizeof stamps[0], VK_QUERY_RESULT_64_BIT) != VK_SUCCESS)
    return std::nullopt;
  if (!compared_ || now - our_time_ > compared_for)
    compared_ = compare();
  const std::int64_t took = ticks_between(stamps[1], stamps[0]);
  if (!compared_ || took < 0)
    return std::nullopt;
  return Span{our_time_ + as_time(ticks_between(stamps[0], device_ticks_)), as_time(took)};
}

bool GpuClock::compare() {
  std::array<VkCalibratedTimestampInfoEXT, 2> clocks{};
  for (auto& clock : clocks)
    clock.sType = VK_STRUCTURE_TYPE_CALIBRATED_TIMESTAMP_INFO_EXT;
  clocks[0].timeDomain = VK_TIME_DOMAIN_DEVICE_EXT;
  clocks[1].timeDomain = VK_TIME_DOMAIN_CLOCK_MONOTONIC_EXT;
  std::array<std::uint64_t, 2> stamps{};
  std::uint64_t deviation = 0;
  if (device_.functions().get_calibrated_timestamps(device_.handle(), 2, clocks.data(), stamps.data(), &deviation) !=
      VK_SUCCESS)
    return false;
  device_ticks_ = stamps[0];
  our_time_ = TimePoint{static_cast<std::int64_t>(stamps[1])};
  compared_ = true;
  return true;
}

std::int64_t GpuClock::ticks_between(std::uint64_t a, std::uint64_t b) const {
  const unsigned unused = 64U - device_.facts().timestamp_bits;
  // The difference of two counters of fewer bits, its sign where theirs is.
  return static_cast<std::int64_t>((a - b) << unused) >> unused;
}

Nanoseconds GpuClock::as_time(std::int64_t ticks) const {
  return Nanoseconds(std::llround(static_cast<double>(ticks) * device_.properties().limits.timestampPeriod));
}

} // namespace fenceline
