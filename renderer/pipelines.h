#pragma once
#include <array>
#include <memory>
#include <vector>

#include "renderer/pipeline_cache.h"

namespace fenceline {

/// How a layer is drawn.
struct DrawMode {
  bool blend = false;   ///< Premultiplied alpha over what is there; else it replaces it.
  bool nearest = false; ///< 1:1: the texel itself; else filtered.
  bool solid = false;   ///< One colour, no texture; `nearest` says nothing then.
  bool linear = false;  ///< With `blend`: in linear light, to a view that decodes and encodes (sRGB).
  bool yuv = false;     ///< Three pictures, Y, Cb and Cr; `nearest` says nothing then either.
};

/// The graphics pipelines: six for each format that is drawn to, made when the first target of the format is, and two
/// more once there is video.
class Pipelines {
 public:
  /// `pictures`: the descriptor layout of a layer's texture. `cache` outlives the pipelines.
  [[nodiscard]] static Result<std::unique_ptr<Pipelines>> create(const VulkanDevice& device, PipelineCache& cache,
                                                                 VkDescriptorSetLayout pictures);
  Pipelines(const Pipelines&) = delete;
  Pipelines& operator=(const Pipelines&) = delete;
  ~Pipelines();

  [[nodiscard]] VkPipelineLayout layout() const { return layout_; }
  /// Makes those of a format, which may take long (shaders are compiled): when a target is made, never in a frame.
  [[nodiscard]] Result<void> prepare(VkFormat format);
  /// Those that blend in linear light, three and one more for video, to views of that sRGB format; the same.
  [[nodiscard]] Result<void> prepare_linear(VkFormat format);
  /// Makes those for YCbCr, of all formats; the same.
  [[nodiscard]] Result<void> prepare_yuv();
  /// Of a format that has been prepared.
  [[nodiscard]] VkPipeline get(VkFormat format, DrawMode mode) const;

 private:
  struct Set {
    VkFormat format = VK_FORMAT_UNDEFINED;
    bool linear = false;
    std::array<VkPipeline, 8> pipelines{}; // blend * 4, and 0: filtered, 1: nearest, 2: solid, 3: YCbCr
  };
  Pipelines(const VulkanDevice& device, PipelineCache& cache) : device_(device), cache_(cache) {}
  [[nodiscard]] Result<void> prepare(Set set);
  [[nodiscard]] Result<VkPipeline> make(VkFormat format, DrawMode mode) const;
  [[nodiscard]] Result<void> add_yuv(Set& set) const;

  const VulkanDevice& device_;
  PipelineCache& cache_;
  VkShaderModule vertex_ = VK_NULL_HANDLE;
  VkShaderModule fragment_ = VK_NULL_HANDLE;
  VkShaderModule solid_ = VK_NULL_HANDLE;
  VkShaderModule yuv_ = VK_NULL_HANDLE;
  VkPipelineLayout layout_ = VK_NULL_HANDLE;
  std::vector<Set> sets_;
  bool with_yuv_ = false;
};

} // namespace fenceline
