#include "renderer/gpu_buffer.h"

namespace fenceline {

Result<std::unique_ptr<GpuBuffer>> GpuBuffer::create(const VulkanDevice& device, std::size_t size,
                                                     VkBufferUsageFlags usage) {
  std::unique_ptr<GpuBuffer> self(new GpuBuffer(device));
  VkBufferCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
  info.size = size;
  info.usage = usage;
  if (const VkResult r = vkCreateBuffer(device.handle(), &info, nullptr, &self->buffer_); r != VK_SUCCESS)
    return vk_error("cannot make a staging buffer", r);

  VkMemoryRequirements needs{};
  vkGetBufferMemoryRequirements(device.handle(), self->buffer_, &needs);
  constexpr VkMemoryPropertyFlags mapped = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
  // Reading back from uncached memory is a hundred times slower, so cached is preferred where the CPU reads.
  auto type = (usage & VK_BUFFER_USAGE_TRANSFER_DST_BIT) != 0
                  ? device.memory_type(needs.memoryTypeBits, mapped | VK_MEMORY_PROPERTY_HOST_CACHED_BIT)
                  : std::nullopt;
  if (!type)
    type = device.memory_type(needs.memoryTypeBits, mapped);
  if (!type)
    return Error{"the Vulkan device has no memory that the CPU can write"};

  VkMemoryAllocateInfo allocation{};
  allocation.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
  allocation.allocationSize = needs.size;
  allocation.memoryTypeIndex = *type;
  if (const VkResult r = vkAllocateMemory(device.handle(), &allocation, nullptr, &self->memory_); r != VK_SUCCESS)
    return vk_error("no memory for a staging buffer", r);
  if (const VkResult r = vkBindBufferMemory(device.handle(), self->buffer_, self->memory_, 0); r != VK_SUCCESS)
    return vk_error("cannot bind a staging buffer", r);
  void* data = nullptr;
  if (const VkResult r = vkMapMemory(device.handle(), self->memory_, 0, VK_WHOLE_SIZE, 0, &data); r != VK_SUCCESS)
    return vk_error("cannot map a staging buffer", r);
  self->bytes_ = {static_cast<std::byte*>(data), size};
  return self;
}

GpuBuffer::~GpuBuffer() {
  vkDestroyBuffer(device_.handle(), buffer_, nullptr);
  vkFreeMemory(device_.handle(), memory_, nullptr); // Unmaps it.
}

} // namespace fenceline
