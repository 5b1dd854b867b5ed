#include "renderer/frame_ring.h"

#include <algorithm>
#include <utility>

namespace fenceline {

Result<std::unique_ptr<FrameRing>> FrameRing::create(const VulkanDevice& device) {
  std::unique_ptr<FrameRing> self(new FrameRing(device));
  VkSemaphoreTypeCreateInfo type{};
  type.sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO;
  type.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
  VkSemaphoreCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO;
  info.pNext = &type;
  if (const VkResult r = vkCreateSemaphore(device.handle(), &info, nullptr, &self->timeline_); r != VK_SUCCESS)
    return vk_error("cannot make a timeline semaphore", r);
  return self;
}

FrameRing::~FrameRing() {
  vkDeviceWaitIdle(device_.handle());
  for (const auto& frame : frames_) {
    frame->keeps.clear();
    vkDestroySemaphore(device_.handle(), frame->exported, nullptr);
    vkDestroyCommandPool(device_.handle(), frame->pool, nullptr);
  }
  vkDestroySemaphore(device_.handle(), timeline_, nullptr);
}

Result<GpuFrame*> FrameRing::idle_frame() {
  for (const auto& frame : frames_)
    if (!frame->recording && frame->value == 0)
      return frame.get();
  if (frames_.size() == max_frames)
    return Error{"too many compositions are in flight"};

  auto frame = std::make_unique<GpuFrame>();
  const VkDevice device = device_.handle();
  VkCommandPoolCreateInfo pool{};
  pool.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
  pool.flags = VK_COMMAND_POOL_CREATE_TRANSIENT_BIT;
  pool.queueFamilyIndex = device_.queue_family();
  if (const VkResult r = vkCreateCommandPool(device, &pool, nullptr, &frame->pool); r != VK_SUCCESS)
    return vk_error("cannot make a command pool", r);
  VkCommandBufferAllocateInfo buffer{};
  buffer.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
  buffer.commandPool = frame->pool;
  buffer.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
  buffer.commandBufferCount = 1;
  if (const VkResult r = vkAllocateCommandBuffers(device, &buffer, &frame->commands); r != VK_SUCCESS) {
    vkDestroyCommandPool(device, frame->pool, nullptr);
    return vk_error("cannot make a command buffer", r);
  }
  frame->slot = frames_.size();
  frames_.push_back(std::move(frame));
  return frames_.back().get();
}

void FrameRing::make_exported(GpuFrame& frame) const {
  VkExportSemaphoreCreateInfo exportable{};
  exportable.sType = VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO;
  exportable.handleTypes = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT;
  VkSemaphoreCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO;
  info.pNext = &exportable;
  if (vkCreateSemaphore(device_.handle(), &info, nullptr, &frame.exported) != VK_SUCCESS)
    frame.exported = VK_NULL_HANDLE;
}

Result<GpuFrame*> FrameRing::begin() {
  collect();
  if (lost_)
    return vk_error("cannot record commands", VK_ERROR_DEVICE_LOST);
  auto idle = idle_frame();
  if (!idle)
    return idle;
  GpuFrame& frame = **idle;
  VkResult result = vkResetCommandPool(device_.handle(), frame.pool, 0);
  if (result == VK_SUCCESS) {
    VkCommandBufferBeginInfo info{};
    info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
    info.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
    result = vkBeginCommandBuffer(frame.commands, &info);
  }
  if (result != VK_SUCCESS)
    return vk_error("cannot record commands", result);
  if (device_.facts().sync_file && frame.exported == VK_NULL_HANDLE)
    make_exported(frame);
  frame.recording = true;
  return &frame;
}

Result<std::uint64_t> FrameRing::submit(GpuFrame& frame, bool fence) {
  if (const VkResult r = vkEndCommandBuffer(frame.commands); r != VK_SUCCESS) {
    abandon(frame);
    return vk_error("cannot record commands", r);
  }
  const std::uint64_t value = last_value_ + 1;
  VkSemaphoreSubmitInfo signals[2] = {};
  signals[0].sType = VK_STRUCTURE_TYPE_SEMAPHORE_SUBMIT_INFO;
  signals[0].semaphore = timeline_;
  signals[0].value = value;
  signals[0].stageMask = VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT;
  signals[1] = signals[0];
  signals[1].semaphore = frame.exported;
  signals[1].value = 0;
  VkCommandBufferSubmitInfo commands{};
  commands.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_SUBMIT_INFO;
  commands.commandBuffer = frame.commands;
  VkSubmitInfo2 info{};
  info.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO_2;
  info.commandBufferInfoCount = 1;
  info.pCommandBufferInfos = &commands;
  info.signalSemaphoreInfoCount = fence && frame.exported != VK_NULL_HANDLE ? 2 : 1;
  info.pSignalSemaphoreInfos = signals;
  if (const VkResult r = vkQueueSubmit2(device_.queue(), 1, &info, VK_NULL_HANDLE); r != VK_SUCCESS) {
    abandon(frame);
    return vk_error("cannot submit a composition", r);
  }
  last_value_ = value;
  frame.value = value;
  frame.recording = false;
  return value;
}

void FrameRing::abandon(GpuFrame& frame) {
  frame.keeps.clear();
  frame.timed.reset();
  frame.recording = false;
}

Result<UniqueFd> FrameRing::export_fence(GpuFrame& frame) {
  if (frame.exported == VK_NULL_HANDLE)
    return Error{"there is no semaphore to export a fence from"};
  VkSemaphoreGetFdInfoKHR info{};
  info.sType = VK_STRUCTURE_TYPE_SEMAPHORE_GET_FD_INFO_KHR;
  info.semaphore = frame.exported;
  info.handleType = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT;
  int fd = -1;
  const VkResult result = device_.functions().get_semaphore_fd(device_.handle(), &info, &fd);
  if (result == VK_SUCCESS)
    return UniqueFd(fd); // -1 means that it has signalled already.
  // Not exported, the semaphore stays signalled and may not be signalled again: the frame's next use makes another. The
  // submission that signals it may still run, so the frame keeps it until then.
  const VkDevice device = device_.handle();
  const VkSemaphore stale = std::exchange(frame.exported, VkSemaphore{VK_NULL_HANDLE});
  frame.keeps.push_back(std::shared_ptr<const void>(
      static_cast<const void*>(nullptr), [device, stale](const void*) { vkDestroySemaphore(device, stale, nullptr); }));
  return vk_error("cannot export a fence", result);
}

void FrameRing::keep(std::shared_ptr<const void> thing) {
  const auto newest = std::max_element(frames_.begin(), frames_.end(),
                                       [](const auto& a, const auto& b) { return a->value < b->value; });
  if (thing && newest != frames_.end() && (*newest)->value != 0)
    (*newest)->keeps.push_back(std::move(thing));
}

std::uint64_t FrameRing::collect() {
  std::uint64_t value = reached_;
  const VkResult result = vkGetSemaphoreCounterValue(device_.handle(), timeline_, &value);
  if (result == VK_SUCCESS)
    reached_ = value;
  lost_ = lost_ || result == VK_ERROR_DEVICE_LOST;
  for (const auto& frame : frames_) {
    if (frame->value != 0 && frame->value <= reached_) {
      if (done_)
        done_(*frame);
      frame->timed.reset();
      frame->keeps.clear();
      frame->value = 0;
    }
  }
  return reached_;
}

bool FrameRing::busy() const {
  return std::any_of(frames_.begin(), frames_.end(), [](const auto& frame) { return frame->value != 0; });
}

Result<bool> FrameRing::wait(std::uint64_t value, std::uint64_t timeout_ns) const {
  VkSemaphoreWaitInfo info{};
  info.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO;
  info.semaphoreCount = 1;
  info.pSemaphores = &timeline_;
  info.pValues = &value;
  const VkResult result = vkWaitSemaphores(device_.handle(), &info, timeout_ns);
  if (result == VK_SUCCESS)
    return true;
  if (result == VK_TIMEOUT)
    return false;
  return vk_error("cannot wait for a composition", result);
}

} // namespace fenceline
