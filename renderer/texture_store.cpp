#include "renderer/texture_store.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <utility>

namespace fenceline {

namespace {

std::uint64_t bytes_of(Size size, const PixelFormat& format) {
  return std::uint64_t{format.bytes} * static_cast<std::uint32_t>(size.width) * static_cast<std::uint32_t>(size.height);
}

} // namespace

Result<void> TextureStore::import_dmabuf(BufferId buffer, const DmabufAttributes& attributes) {
  if (const YuvFormat* yuv = find_yuv_format(attributes.format.fourcc))
    return import_yuv(buffer, attributes, *yuv);
  auto image = import_dmabuf_image(device_, formats_, attributes, DmabufUse::Texture);
  if (!image)
    return image.error();
  auto descriptor = descriptors_.make((*image)->view());
  if (!descriptor)
    return descriptor.error();
  auto texture = std::make_shared<Texture>();
  texture->image = std::move(*image);
  texture->descriptor = std::move(*descriptor);
  texture->format = *find_pixel_format(attributes.format.fourcc);
  texture->foreign = true;
  texture->filled = true;
  dmabufs_[buffer] = std::move(texture);
  return {};
}

Result<void> TextureStore::import_yuv(BufferId buffer, const DmabufAttributes& attributes, const YuvFormat& yuv) {
  auto planes = import_yuv_planes(device_, formats_, attributes);
  if (!planes)
    return planes.error();
  // Where Cb and Cr lie side by side each gets a view of its own, so that the shader need not know.
  auto texture = std::make_shared<Texture>();
  texture->image = std::move(planes->front());
  for (std::size_t i = 1; i < planes->size(); ++i)
    texture->chroma.push_back(std::move((*planes)[i]));
  VkImageView first = texture->chroma.front()->view(), second = texture->chroma.back()->view();
  if (yuv.plane_count == 2) {
    VkComponentMapping green{};
    green.r = VK_COMPONENT_SWIZZLE_G;
    auto made = texture->chroma.front()->add_view(green);
    if (!made)
      return made.error();
    second = *made;
  }
  if (yuv.cr_first)
    std::swap(first, second);
  auto descriptor = descriptors_.make(std::array{texture->image->view(), first, second});
  if (!descriptor)
    return descriptor.error();
  texture->descriptor = std::move(*descriptor);
  texture->format = *find_pixel_format(yuv.planes[0].fourcc);
  texture->yuv = &yuv;
  texture->foreign = true;
  texture->filled = true;
  dmabufs_[buffer] = std::move(texture);
  return {};
}

Result<std::shared_ptr<Texture>> TextureStore::make_upload_texture(const PixelSource& pixels, std::uint64_t replaced) {
  const PixelFormat* format = find_pixel_format(pixels.fourcc());
  if (!format || !formats_.uploads(pixels.fourcc()))
    return Error{fmt::format("the Vulkan device cannot sample {}", fourcc_text(pixels.fourcc()))};
  const Size size = pixels.size();
  if (!device_.takes_size(size))
    return Error{fmt::format("{}x{} is not a size of a texture here (up to {})", size.width, size.height,
                             device_.properties().limits.maxImageDimension2D)};
  if (pixels.stride() < std::uint64_t{format->bytes} * static_cast<std::uint32_t>(size.width))
    return Error{fmt::format("stride {} is less than a row of {} pixels", pixels.stride(), size.width)};
  if (upload_bytes_ - replaced + bytes_of(size, *format) > upload_limit_)
    return Error{fmt::format("all windows together have no more than {} MiB for their pixels", upload_limit_ >> 20U),
                 ENOMEM};
  auto image = GpuImage::create_local(device_, size, format->vk,
                                      texture_usage(device_) | VK_IMAGE_USAGE_TRANSFER_DST_BIT, format->components());
  if (!image)
    return image.error();
  auto descriptor = descriptors_.make((*image)->view());
  if (!descriptor)
    return descriptor.error();
  auto texture = std::make_shared<Texture>();
  texture->image = std::move(*image);
  texture->descriptor = std::move(*descriptor);
  texture->format = *format;
  return texture;
}

Result<std::uint64_t> TextureStore::upload(SurfaceId surface, const PixelSource& pixels, const Region& damage,
                                           std::uint64_t reached) {
  const Size size = pixels.size();
  const auto known = surfaces_.find(surface);
  std::shared_ptr<Texture> texture = known == surfaces_.end() ? nullptr : known->second;
  const bool fresh = !texture || texture->image->size() != size || texture->format.fourcc != pixels.fourcc();
  if (fresh) {
    auto made = make_upload_texture(pixels, texture ? bytes_of(texture->image->size(), texture->format) : 0);
    if (!made)
      return made.error();
    texture = std::move(*made);
  }
  // A stride may differ from one buffer to the next.
  if (pixels.stride() < std::uint64_t{texture->format.bytes} * static_cast<std::uint32_t>(size.width))
    return Error{fmt::format("stride {} is less than a row of {} pixels", pixels.stride(), size.width)};

  const Rect all{0, 0, size.width, size.height};
  Region changed(all);
  if (!fresh)
    changed.intersect(damage);
  if (changed.empty())
    return std::uint64_t{0};
  auto read = uploads_.add(texture, pixels, changed, changed.covers(all), reached);
  if (!read)
    return read;
  if (fresh) {
    forget(surface);
    upload_bytes_ += bytes_of(size, texture->format);
    surfaces_.emplace(surface, std::move(texture));
  }
  return read;
}

void TextureStore::forget(SurfaceId surface) {
  const auto known = surfaces_.find(surface);
  if (known == surfaces_.end())
    return;
  uploads_.drop(known->second.get());
  upload_bytes_ -= bytes_of(known->second->image->size(), known->second->format);
  surfaces_.erase(known);
}

std::shared_ptr<Texture> TextureStore::find(BufferId dmabuf) const {
  const auto found = dmabufs_.find(dmabuf);
  return found == dmabufs_.end() ? nullptr : found->second;
}

std::shared_ptr<Texture> TextureStore::find(const Layer& layer) const {
  return layer.kind == BufferKind::Dmabuf ? find(layer.buffer) : find(layer.surface);
}

std::shared_ptr<Texture> TextureStore::find(SurfaceId surface) const {
  const auto found = surfaces_.find(surface);
  return found == surfaces_.end() ? nullptr : found->second;
}

} // namespace fenceline
