#include "renderer/texture_descriptors.h"

#include <array>
#include <cassert>

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

  std::array<VkDescriptorSetLayoutBinding, most_views> bindings{};
  for (std::uint32_t i = 0; i < most_views; ++i) {
    bindings[i].binding = i;
    bindings[i].descriptorType = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
    bindings[i].descriptorCount = 1;
    bindings[i].stageFlags = VK_SHADER_STAGE_FRAGMENT_BIT;
    bindings[i].pImmutableSamplers = &self->sampler_;
  }
  VkDescriptorSetLayoutCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO;
  info.bindingCount = most_views;
  info.pBindings = bindings.data();
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

Result<TextureDescriptors::Set> TextureDescriptors::make(std::span<const VkImageView> views) {
  std::size_t index = 0;
  while (index < pools_.size() && pools_[index].used == sets_a_pool)
    ++index;
  if (index == pools_.size()) {
    const VkDescriptorPoolSize size = {VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, sets_a_pool * most_views};
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

  assert(!views.empty() && views.size() <= most_views);
  std::array<VkDescriptorImageInfo, most_views> images{};
  std::array<VkWriteDescriptorSet, most_views> writes{};
  for (std::uint32_t i = 0; i < views.size(); ++i) {
    images[i] = {VK_NULL_HANDLE, views[i], VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL};
    writes[i].sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET;
    writes[i].dstSet = set;
    writes[i].dstBinding = i;
    writes[i].descriptorCount = 1;
    writes[i].descriptorType = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
    writes[i].pImageInfo = &images[i];
  }
  // The others stay unwritten: only the shader for YCbCr reads them.
  vkUpdateDescriptorSets(device_.handle(), static_cast<std::uint32_t>(views.size()), writes.data(), 0, nullptr);
  return Set(*this, set, index);
}

void TextureDescriptors::free(VkDescriptorSet set, std::size_t pool) {
  vkFreeDescriptorSets(device_.handle(), pools_[pool].handle, 1, &set);
  --pools_[pool].used;
}

} // namespace fenceline
