#include "demos/spin/host_buffer.h"

namespace fenceline::demos {

HostBuffer::HostBuffer(const Gpu& gpu, std::size_t bytes, VkBufferUsageFlags usage) {
  VkBufferCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
  info.size = bytes;
  info.usage = usage;
  info.sharingMode = VK_SHARING_MODE_EXCLUSIVE;
  VkBuffer buffer = VK_NULL_HANDLE;
  vk_check(vkCreateBuffer(gpu.device(), &info, nullptr, &buffer), "vkCreateBuffer");
  buffer_ = {gpu.device(), buffer};
  VkMemoryRequirements needs;
  vkGetBufferMemoryRequirements(gpu.device(), buffer, &needs);
  VkMemoryAllocateInfo allocation{};
  allocation.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
  allocation.allocationSize = needs.size;
  allocation.memoryTypeIndex =
      gpu.memory_type(needs.memoryTypeBits, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT);
  VkDeviceMemory memory = VK_NULL_HANDLE;
  vk_check(vkAllocateMemory(gpu.device(), &allocation, nullptr, &memory), "vkAllocateMemory");
  memory_ = {gpu.device(), memory};
  vk_check(vkBindBufferMemory(gpu.device(), buffer, memory, 0), "vkBindBufferMemory");
  void* mapped = nullptr;
  vk_check(vkMapMemory(gpu.device(), memory, 0, VK_WHOLE_SIZE, 0, &mapped), "vkMapMemory");
  data_ = static_cast<std::byte*>(mapped); // freeing the memory unmaps it
}

} // namespace fenceline::demos
