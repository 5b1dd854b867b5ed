#pragma once
#include <set>
#include <string>
#include <unordered_map>

#include "compositor/base/log.h"
#include "compositor/frame/ids.h"
#include "renderer/dmabuf_image.h"
#include "renderer/pipelines.h"
#include "renderer/texture.h"

namespace fenceline {

/// The images that are drawn to, by their ids. A target's pipelines are made with it.
///
/// `linear`: targets have views that what is blended is drawn to in linear light, where their format and the device
/// can. One that cannot have it is blended in encoded values; the log says so, once a reason.
class TargetStore {
 public:
  TargetStore(const VulkanDevice& device, const FormatSupport& formats, Pipelines& pipelines, Log& log, bool linear)
      : device_(device), formats_(formats), pipelines_(pipelines), log_(log), linear_(linear) {}

  [[nodiscard]] Result<DmabufAttributes> create(BufferId buffer, Size size, std::span<const FormatModifier> formats);
  [[nodiscard]] Result<void> create_offscreen(BufferId buffer, Size size);
  [[nodiscard]] Result<void> import(BufferId buffer, const DmabufAttributes& attributes);
  void forget(BufferId buffer) { targets_.erase(buffer); }
  /// Null when there is none.
  [[nodiscard]] std::shared_ptr<Target> find(BufferId buffer) const;
  /// An image of this device alone, XRGB8888 (the X byte may be anything), known to nobody.
  [[nodiscard]] Result<std::shared_ptr<Target>> make_offscreen(Size size, VkImageUsageFlags usage);

 private:
  [[nodiscard]] Result<void> add(BufferId buffer, std::unique_ptr<GpuImage> image, const PixelFormat& format,
                                 VkFormat linear);
  void see_as(Target& target, VkFormat linear);
  /// Makes an image that can be seen as `linear` too; where that fails, one that cannot, and `linear` is none.
  template <class Make>
  [[nodiscard]] auto made(VkFormat& linear, Make make) -> decltype(make(linear));
  void not_linear(const std::string& why);
  [[nodiscard]] VkFormat linear_format(const PixelFormat& format, std::uint64_t modifier) const;

  const VulkanDevice& device_;
  const FormatSupport& formats_;
  Pipelines& pipelines_;
  Log& log_;
  bool linear_;
  std::set<std::string> said_; ///< Why not in linear light.
  std::unordered_map<BufferId, std::shared_ptr<Target>> targets_;
};

} // namespace fenceline
