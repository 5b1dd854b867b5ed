#include "demos/spin/frame_renderer.h"

#include <array>

#include "demos/spin/image_barrier.h"

namespace fenceline::demos {

namespace {

VkSemaphoreSubmitInfo submit_info(VkSemaphore semaphore, std::uint64_t value, VkPipelineStageFlags2 stages) {
  VkSemaphoreSubmitInfo info{};
  info.sType = VK_STRUCTURE_TYPE_SEMAPHORE_SUBMIT_INFO;
  info.semaphore = semaphore;
  info.value = value;
  info.stageMask = stages;
  return info;
}

} // namespace

FrameRenderer::FrameRenderer(const Gpu& gpu, SceneRenderer::Choice choice, int slots)
    : gpu_(gpu), scene_(gpu, choice, slots), slots_(static_cast<std::size_t>(slots)) {
  VkCommandPoolCreateInfo pool_info{};
  pool_info.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
  pool_info.flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT;
  pool_info.queueFamilyIndex = gpu.queue_family();
  VkCommandPool pool = VK_NULL_HANDLE;
  vk_check(vkCreateCommandPool(gpu.device(), &pool_info, nullptr, &pool), "vkCreateCommandPool");
  pool_ = {gpu.device(), pool};

  VkSemaphoreTypeCreateInfo timeline{};
  timeline.sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO;
  timeline.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
  timeline_ = make_semaphore(&timeline);

  for (Slot& slot : slots_) {
    VkCommandBufferAllocateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
    info.commandPool = pool;
    info.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
    info.commandBufferCount = 1;
    vk_check(vkAllocateCommandBuffers(gpu.device(), &info, &slot.commands), "vkAllocateCommandBuffers");
    if (gpu.has_sync_files()) {
      VkExportSemaphoreCreateInfo exported{};
      exported.sType = VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO;
      exported.handleTypes = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT;
      slot.done = make_semaphore(&exported);
      slot.wait = make_semaphore(nullptr);
    }
  }
}

FrameRenderer::~FrameRenderer() {
  vkDeviceWaitIdle(gpu_.device());
}

OwnedSemaphore FrameRenderer::make_semaphore(const void* next) const {
  VkSemaphoreCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO;
  info.pNext = next;
  VkSemaphore semaphore = VK_NULL_HANDLE;
  vk_check(vkCreateSemaphore(gpu_.device(), &info, nullptr, &semaphore), "vkCreateSemaphore");
  return {gpu_.device(), semaphore};
}

VkCommandBuffer FrameRenderer::begin(Slot& slot) const {
  // The compositor may give a buffer back without having waited for its drawing, when it discarded the frame.
  wait(slot.last);
  VkCommandBufferBeginInfo info{};
  info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
  info.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
  vk_check(vkBeginCommandBuffer(slot.commands, &info), "vkBeginCommandBuffer");
  return slot.commands;
}

void FrameRenderer::submit(Slot& slot, bool wait, bool signal) {
  vk_check(vkEndCommandBuffer(slot.commands), "vkEndCommandBuffer");
  const std::uint64_t value = submitted_ + 1;
  const std::array<VkSemaphoreSubmitInfo, 2> signals = {
      submit_info(timeline_.get(), value, VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT),
      submit_info(slot.done.get(), 0, VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT),
  };
  const VkSemaphoreSubmitInfo wait_info = submit_info(slot.wait.get(), 0, VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT);
  VkCommandBufferSubmitInfo commands{};
  commands.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_SUBMIT_INFO;
  commands.commandBuffer = slot.commands;
  VkSubmitInfo2 info{};
  info.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO_2;
  info.waitSemaphoreInfoCount = wait ? 1 : 0;
  info.pWaitSemaphoreInfos = &wait_info;
  info.commandBufferInfoCount = 1;
  info.pCommandBufferInfos = &commands;
  info.signalSemaphoreInfoCount = signal ? 2 : 1;
  info.pSignalSemaphoreInfos = signals.data();
  vk_check(vkQueueSubmit2(gpu_.queue(), 1, &info, VK_NULL_HANDLE), "vkQueueSubmit2");
  submitted_ = value;
  slot.last = value;
}

UniqueFd FrameRenderer::take_fence(const Slot& slot) const {
  VkSemaphoreGetFdInfoKHR info{};
  info.sType = VK_STRUCTURE_TYPE_SEMAPHORE_GET_FD_INFO_KHR;
  info.semaphore = slot.done.get();
  info.handleType = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT;
  int fd = -1; // stays so where the work is done already
  vk_check(gpu_.get_semaphore_fd(gpu_.device(), &info, &fd), "vkGetSemaphoreFdKHR");
  return UniqueFd(fd);
}

FrameRenderer::Drawing FrameRenderer::draw(const TargetImage& target, int slot, std::uint32_t frame,
                                           UniqueFd not_before, bool want_fence) {
  Slot& s = slots_[static_cast<std::size_t>(slot)];
  const VkCommandBuffer commands = begin(s);
  // What others leave in it is not wanted, so the image is not acquired from them, only handed over.
  scene_.record(commands, target, slot, frame);
  record_barrier(commands, target, attached, outside, gpu_.queue_family(), VK_QUEUE_FAMILY_FOREIGN_EXT);
  const bool waits = not_before.valid();
  if (waits) {
    VkImportSemaphoreFdInfoKHR info{};
    info.sType = VK_STRUCTURE_TYPE_IMPORT_SEMAPHORE_FD_INFO_KHR;
    info.semaphore = s.wait.get();
    info.flags = VK_SEMAPHORE_IMPORT_TEMPORARY_BIT; // all that a sync file allows
    info.handleType = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT;
    info.fd = not_before.get();
    vk_check(gpu_.import_semaphore_fd(gpu_.device(), &info), "vkImportSemaphoreFdKHR");
    (void)not_before.release(); // Vulkan's now
  }
  submit(s, waits, want_fence);
  return {s.last, want_fence ? take_fence(s) : UniqueFd()};
}

const std::uint32_t* FrameRenderer::read(const TargetImage& target, std::uint32_t frame) {
  const Size size = target.size();
  if (!read_buffer_ || read_size_ != size) {
    const std::size_t pixels = static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height);
    read_buffer_.emplace(gpu_, 4 * pixels, VK_BUFFER_USAGE_TRANSFER_DST_BIT);
    read_size_ = size;
  }
  Slot& slot = slots_.front();
  const VkCommandBuffer commands = begin(slot);
  scene_.record(commands, target, 0, frame);
  record_barrier(commands, target, attached, copied_from);
  VkBufferImageCopy region{};
  region.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
  region.imageExtent = {static_cast<std::uint32_t>(size.width), static_cast<std::uint32_t>(size.height), 1};
  vkCmdCopyImageToBuffer(commands, target.image(), copied_from.layout, read_buffer_->buffer(), 1, &region);
  VkMemoryBarrier2 to_host{};
  to_host.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER_2;
  to_host.srcStageMask = VK_PIPELINE_STAGE_2_COPY_BIT;
  to_host.srcAccessMask = VK_ACCESS_2_TRANSFER_WRITE_BIT;
  to_host.dstStageMask = VK_PIPELINE_STAGE_2_HOST_BIT;
  to_host.dstAccessMask = VK_ACCESS_2_HOST_READ_BIT;
  VkDependencyInfo dependency{};
  dependency.sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO;
  dependency.memoryBarrierCount = 1;
  dependency.pMemoryBarriers = &to_host;
  vkCmdPipelineBarrier2(commands, &dependency);
  submit(slot, false, false);
  wait(slot.last);
  return reinterpret_cast<const std::uint32_t*>(read_buffer_->data());
}

void FrameRenderer::wait(std::uint64_t value) const {
  const VkSemaphore semaphore = timeline_.get();
  VkSemaphoreWaitInfo info{};
  info.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO;
  info.semaphoreCount = 1;
  info.pSemaphores = &semaphore;
  info.pValues = &value;
  vk_check(vkWaitSemaphores(gpu_.device(), &info, UINT64_MAX), "vkWaitSemaphores");
}

} // namespace fenceline::demos
