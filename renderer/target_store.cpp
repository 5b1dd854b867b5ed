#include "renderer/target_store.h"

#include <drm_fourcc.h>
#include <fmt/format.h>

#include <algorithm>

namespace fenceline {

Result<void> TargetStore::add(BufferId buffer, std::unique_ptr<GpuImage> image, const PixelFormat& format) {
  if (auto ready = pipelines_.prepare(format.vk); !ready)
    return ready;
  auto target = std::make_shared<Target>();
  target->image = std::move(image);
  target->format = format;
  target->foreign = true;
  targets_[buffer] = std::move(target);
  return {};
}

Result<DmabufAttributes> TargetStore::create(BufferId buffer, Size size, std::span<const FormatModifier> formats) {
  std::string why = "the display's formats and the Vulkan device's have none in common";
  std::vector<std::uint32_t> tried;
  for (const FormatModifier& best : formats) {
    if (std::find(tried.begin(), tried.end(), best.fourcc) != tried.end())
      continue;
    tried.push_back(best.fourcc);
    const PixelFormat* format = find_pixel_format(best.fourcc);
    std::vector<std::uint64_t> modifiers;
    for (const FormatModifier& f : formats) {
      const ModifierSupport* support = formats_.find(f);
      if (f.fourcc == best.fourcc && support && support->exportable && !size.empty() &&
          size.width <= support->max_target.width && size.height <= support->max_target.height)
        modifiers.push_back(f.modifier);
    }
    if (!format || modifiers.empty())
      continue;
    auto exported = export_dmabuf_image(device_, formats_, size, *format, modifiers);
    if (!exported) {
      why = exported.error().text();
      continue;
    }
    if (auto added = add(buffer, std::move(exported->image), *format); !added)
      return added.error();
    return std::move(exported->attributes);
  }
  return Error{fmt::format("no {}x{} image can be made for the display: {}", size.width, size.height, why)};
}

Result<std::shared_ptr<Target>> TargetStore::make_offscreen(Size size, VkImageUsageFlags usage) {
  if (!device_.takes_size(size))
    return Error{fmt::format("{}x{} is not a size that the Vulkan device draws to", size.width, size.height)};
  const PixelFormat* format = find_pixel_format(DRM_FORMAT_XRGB8888);
  auto image = GpuImage::create_local(device_, size, format->vk, target_usage(device_) | usage, VkComponentMapping{});
  if (!image)
    return image.error();
  if (auto ready = pipelines_.prepare(format->vk); !ready)
    return ready.error();
  auto target = std::make_shared<Target>();
  target->image = std::move(*image);
  target->format = *format;
  return target;
}

Result<void> TargetStore::create_offscreen(BufferId buffer, Size size) {
  auto target = make_offscreen(size, 0);
  if (!target)
    return target.error();
  targets_[buffer] = std::move(*target);
  return {};
}

Result<void> TargetStore::import(BufferId buffer, const DmabufAttributes& attributes) {
  auto image = import_dmabuf_image(device_, formats_, attributes, DmabufUse::Target);
  if (!image)
    return image.error();
  return add(buffer, std::move(*image), *find_pixel_format(attributes.format.fourcc));
}

std::shared_ptr<Target> TargetStore::find(BufferId buffer) const {
  const auto found = targets_.find(buffer);
  return found == targets_.end() ? nullptr : found->second;
}

} // namespace fenceline
