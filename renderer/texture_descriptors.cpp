#include "renderer/texture_descriptors.h"

namespace fenceline {

namespace {
constexpr std::uint32_t sets_a_pool = 64;
}

Result<std::unique_ptr<TextureDescriptors>> TextureDescriptors::create(const VulkanDevice& device) {
  std::unique_ptr<TextureDescriptors> self(new TextureDescriptors(device));
  VkSamplerCreateInfo sampler{};
  sampler.sType = VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO;
  sampler.magFilter = VK_FILTER_LINEAR;
  sampler.minFilter = VK_FILTER_LINEAR;
  sampler.mipmapMode = VK_SAMPLER_MIPMAP_MODE_NEAREST;
  sampler.addressModeU = sampler.addressModeV = sampler.addressModeW = VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE;
  if (const VkResult r = vkCreateSampler(device.handle(), &sampler, nullptr, &self->sampler_); r != VK_SUCCESS)
    return vk_error("cannot make a sampler", r);

  VkDescriptorSetLayoutBinding binding{};
  binding.descriptorType = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
  binding.descriptorCount = 1;
  binding.stageFlags = VK_SHADER_STAGE_FRAGMENT_BIT;
  binding.pImmutableSamplers = &self->sampler_;
  VkDescriptorSetLayoutCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO;
  info.bindingCount = 1;
  info.pBindings = &binding;
  if (const VkResult r = vkCreateDescriptorSetLayout(device.handle(), &info, nullptr, &self->layout_); r != VK_SUCCESS)
    return vk_error("cannot make a descriptor layout", r);
  return self;
}

TextureDescriptors::~TextureDescriptors() {
  for (const Pool& pool : pools_)
    vkDestroyDescriptorPool(device_.handle(), pool.handle, nullptr);
  vkDestroyDescriptorSetLayout(device_.handle(), layout_, nullptr);
  vkDestroySampler(device_.handle(), sampler_, nullptr);
}

Result<TextureDescriptors::Set> TextureDescriptors::make(VkImageView view) {
  std::size_t index = 0;
  while (index < pools_.size() && pools_[index].used == sets_a_pool)
    ++index;
  if (index == pools_.size()) {
    const VkDescriptorPoolSize size = {VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, sets_a_pool};
    VkDescriptorPoolCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO;
    info.flags = VK_DESCRIPTOR_POOL_CREATE_FREE_DESCRIPTOR_SET_BIT;
    info.maxSets = sets_a_pool;
    info.poolSizeCount = 1;
    info.pPoolSizes = &size;
    Pool pool;
    if (const VkResult r = vkCreateDescriptorPool(device_.handle(), &info, nullptr, &pool.handle); r != VK_SUCCESS)
      return vk_error("cannot make a descriptor pool", r);
    pools_.push_back(pool);
  }

  VkDescriptorSetAllocateInfo allocation{};
  allocation.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO;
  allocation.descriptorPool = pools_[index].handle;
  allocation.descriptorSetCount = 1;
  allocation.pSetLayouts = &layout_;
  VkDescriptorSet set = VK_NULL_HANDLE;
  if (const VkResult r = vkAllocateDescriptorSets(device_.handle(), &allocation, &set); r != VK_SUCCESS)
    return vk_error("cannot make a descriptor set", r);
  ++pools_[index].used;

  const VkDescriptorImageInfo image = {VK_NULL_HANDLE, view, VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL};
  VkWriteDescriptorSet write{};
  write.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET;
  write.dstSet = set;
  write.descriptorCount = 1;
  write.descriptorType = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
  write.pImageInfo = &image;
  vkUpdateDescriptorSets(device_.handle(), 1, &write, 0, nullptr);
  return Set(*this, set, index);
}

void TextureDescriptors::free(VkDescriptorSet set, std::size_t pool) {
  vkFreeDescriptorSets(device_.handle(), pools_[pool].handle, 1, &set);
  --pools_[pool].used;
}

} // namespace fenceline
