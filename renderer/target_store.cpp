#include "renderer/target_store.h"

#include <drm_fourcc.h>
#include <fmt/format.h>

#include <algorithm>

namespace fenceline {

/// VK_FORMAT_UNDEFINED: blending is in encoded values.
VkFormat TargetStore::linear_format(const PixelFormat& format, std::uint64_t modifier) const {
  const VkFormat linear = linear_ ? srgb_sibling(format.vk) : VK_FORMAT_UNDEFINED;
  return linear != VK_FORMAT_UNDEFINED && draws_as(device_, format.vk, linear, modifier) ? linear : VK_FORMAT_UNDEFINED;
}

void TargetStore::not_linear(const std::string& why) {
  if (said_.insert(why).second)
    log_.warn("what is translucent is blended in encoded values, not in linear light: {}", why);
}

template <class Make>
auto TargetStore::made(VkFormat& linear, Make make) -> decltype(make(linear)) {
  auto image = make(linear);
  if (image || linear == VK_FORMAT_UNDEFINED)
    return image;
  linear = VK_FORMAT_UNDEFINED;
  auto plain = make(linear);
  if (plain)
    not_linear(image.error().text());
  return plain;
}

void TargetStore::see_as(Target& target, VkFormat linear) {
  if (linear == VK_FORMAT_UNDEFINED) {
    if (linear_)
      not_linear(fmt::format("the Vulkan device does not draw so to {}", fourcc_text(target.format.fourcc)));
    return;
  }
  if (auto ready = pipelines_.prepare_linear(linear); !ready)
    return not_linear(ready.error().text());
  auto view = target.image->add_attachment_view(linear);
  if (!view)
    return not_linear(view.error().text());
  target.linear_view = *view;
  target.linear_format = linear;
}

Result<void> TargetStore::add(BufferId buffer, std::unique_ptr<GpuImage> image, const PixelFormat& format,
                              VkFormat linear) {
  if (auto ready = pipelines_.prepare(format.vk); !ready)
    return ready;
  auto target = std::make_shared<Target>();
  target->image = std::move(image);
  target->format = format;
  target->foreign = true;
  see_as(*target, linear);
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
    // The driver picks: of those that can be drawn to in linear light, where that is wanted and some can.
    std::vector<std::uint64_t> linear;
    for (const std::uint64_t modifier : modifiers)
      if (linear_format(*format, modifier) != VK_FORMAT_UNDEFINED)
        linear.push_back(modifier);
    VkFormat also = linear.empty() ? VK_FORMAT_UNDEFINED : srgb_sibling(format->vk);
    auto exported = made(also, [&](VkFormat seen_as) {
      return export_dmabuf_image(device_, formats_, size, *format, seen_as == VK_FORMAT_UNDEFINED ? modifiers : linear,
                                 seen_as);
    });
    if (!exported) {
      why = exported.error().text();
      continue;
    }
    if (auto added = add(buffer, std::move(exported->image), *format, also); !added)
      return added.error();
    return std::move(exported->attributes);
  }
  return Error{fmt::format("no {}x{} image can be made for the display: {}", size.width, size.height, why)};
}

Result<std::shared_ptr<Target>> TargetStore::make_offscreen(Size size, VkImageUsageFlags usage) {
  if (!device_.takes_size(size))
    return Error{fmt::format("{}x{} is not a size that the Vulkan device draws to", size.width, size.height)};
  const PixelFormat* format = find_pixel_format(DRM_FORMAT_XRGB8888);
  const VkFormat srgb = srgb_sibling(format->vk);
  VkFormat also = linear_ && usage == 0 && draws_as(device_, srgb) ? srgb : VK_FORMAT_UNDEFINED;
  auto image = made(also, [&](VkFormat seen_as) {
    return GpuImage::create_local(device_, size, format->vk, target_usage(device_) | usage, VkComponentMapping{},
                                  seen_as);
  });
  if (!image)
    return image.error();
  if (auto ready = pipelines_.prepare(format->vk); !ready)
    return ready.error();
  auto target = std::make_shared<Target>();
  target->image = std::move(*image);
  target->format = *format;
  if (usage == 0)
    see_as(*target, also);
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
  const PixelFormat* format = find_pixel_format(attributes.format.fourcc);
  VkFormat also = format ? linear_format(*format, attributes.format.modifier) : VK_FORMAT_UNDEFINED;
  auto image = made(also, [&](VkFormat seen_as) {
    return import_dmabuf_image(device_, formats_, attributes, DmabufUse::Target, seen_as);
  });
  if (!image)
    return image.error();
  return add(buffer, std::move(*image), *format, also);
}

std::shared_ptr<Target> TargetStore::find(BufferId buffer) const {
  const auto found = targets_.find(buffer);
  return found == targets_.end() ? nullptr : found->second;
}

} // namespace fenceline
