#pragma once
#include <memory>
#include <span>
#include <vector>

#include "renderer/vulkan_device.h"

namespace fenceline {

/// The one descriptor layout (up to three pictures with the linear sampler) and the sets made of it: one for each
/// texture, written once, from pools of 64.
class TextureDescriptors {
 public:
  [[nodiscard]] static Result<std::unique_ptr<TextureDescriptors>> create(const VulkanDevice& device);
  TextureDescriptors(const TextureDescriptors&) = delete;
  TextureDescriptors& operator=(const TextureDescriptors&) = delete;
  ~TextureDescriptors();

  [[nodiscard]] VkDescriptorSetLayout layout() const { return layout_; }

  /// A set for a view; goes back to its pool when it is destroyed. The TextureDescriptors outlive it.
  class Set {
   public:
    Set() = default;
    Set(TextureDescriptors& owner, VkDescriptorSet set, std::size_t pool) : owner_(&owner), set_(set), pool_(pool) {}
    Set(const Set&) = delete;
    Set& operator=(const Set&) = delete;
    Set(Set&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), set_(other.set_), pool_(other.pool_) {}
    Set& operator=(Set&& other) noexcept {
      std::swap(owner_, other.owner_);
      std::swap(set_, other.set_);
      std::swap(pool_, other.pool_);
      return *this;
    }
    ~Set() {
      if (owner_)
        owner_->free(set_, pool_);
    }
    [[nodiscard]] VkDescriptorSet handle() const { return set_; }

   private:
    TextureDescriptors* owner_ = nullptr;
    VkDescriptorSet set_ = VK_NULL_HANDLE;
    std::size_t pool_ = 0;
  };
  static constexpr std::uint32_t most_views = 3;
  /// The views are sampled in layout SHADER_READ_ONLY_OPTIMAL; one, or Y, Cb and Cr.
  [[nodiscard]] Result<Set> make(std::span<const VkImageView> views);
  [[nodiscard]] Result<Set> make(VkImageView view) { return make(std::span(&view, 1)); }

 private:
  struct Pool {
    VkDescriptorPool handle = VK_NULL_HANDLE;
    std::uint32_t used = 0;
  };
  explicit TextureDescriptors(const VulkanDevice& device) : device_(device) {}
  void free(VkDescriptorSet set, std::size_t pool);

  const VulkanDevice& device_;
  VkSampler sampler_ = VK_NULL_HANDLE;
  VkDescriptorSetLayout layout_ = VK_NULL_HANDLE;
  std::vector<Pool> pools_;
};

} // namespace fenceline
