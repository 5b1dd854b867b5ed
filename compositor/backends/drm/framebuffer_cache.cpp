#include "compositor/backends/drm/framebuffer_cache.h"

#include <drm_fourcc.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace fenceline {
namespace {

std::string describe(const DmabufAttributes& image, std::uint32_t fourcc) {
  std::string letters;
  for (unsigned shift = 0; shift < 32; shift += 8) {
    const char letter = static_cast<char>(fourcc >> shift & 0xff);
    letters += letter > ' ' && letter <= '~' ? letter : '.';
  }
  return fmt::format("{}x{} {} image with modifier {:#x}", image.size.width, image.size.height, letters,
                     image.format.modifier);
}

// Handles being imported, each closed once.
class HandleGuard {
 public:
  explicit HandleGuard(DrmApi& drm) : drm_(drm) {}
  HandleGuard(const HandleGuard&) = delete;
  HandleGuard& operator=(const HandleGuard&) = delete;
  ~HandleGuard() {
    for (const auto handle : handles_)
      drm_.close_handle(handle);
  }
  void keep(std::uint32_t handle) {
    if (std::find(handles_.begin(), handles_.end(), handle) == handles_.end())
      handles_.push_back(handle);
  }

 private:
  DrmApi& drm_;
  std::vector<std::uint32_t> handles_;
};

} // namespace

FramebufferCache::~FramebufferCache() {
  for (const auto& [buffer, entry] : entries_) {
    // Closed before removed, since a removal waits for the flip that is under way.
    for (const std::uint32_t framebuffer : {entry.framebuffer, entry.opaque})
      if (!close(framebuffer))
        drm_.remove_framebuffer(framebuffer);
    if (entry.dumb.handle != 0)
      drm_.destroy_dumb(entry.dumb, entry.mapping);
  }
  for (const auto framebuffer : waiting_)
    drm_.remove_framebuffer(framebuffer);
}

Result<void> FramebufferCache::check_new(BufferId buffer) const {
  if (entries_.contains(buffer))
    return Error{fmt::format("buffer {} is known to the display already", static_cast<std::uint64_t>(buffer)), EEXIST};
  return {};
}

Result<std::uint32_t> FramebufferCache::make_framebuffer(const DmabufAttributes& attributes, std::uint32_t fourcc) {
  DrmFramebuffer request;
  request.size = attributes.size;
  request.format = {fourcc, attributes.format.modifier};
  request.with_modifier = attributes.format.modifier != DRM_FORMAT_MOD_INVALID && with_modifiers_;
  if (!request.with_modifier && attributes.format.modifier != DRM_FORMAT_MOD_INVALID &&
      attributes.format.modifier != DRM_FORMAT_MOD_LINEAR)
    return Error{"the driver takes no modifiers", EINVAL};
  HandleGuard handles(drm_);
  for (std::size_t i = 0; i < attributes.plane_count; ++i) {
    const auto handle = drm_.import_handle(attributes.planes[i].fd.get());
    if (!handle)
      return handle.error();
    handles.keep(*handle);
    request.handles[i] = *handle;
    request.pitches[i] = attributes.planes[i].stride;
    request.offsets[i] = attributes.planes[i].offset;
  }
  return drm_.add_framebuffer(request);
}

bool FramebufferCache::close(std::uint32_t framebuffer) {
  return framebuffer == 0 || drm_.close_framebuffer(framebuffer);
}

Result<void> FramebufferCache::import(BufferId buffer, const DmabufAttributes& attributes, Kinds kinds) {
  if (auto fresh = check_new(buffer); !fresh)
    return fresh;
  if (attributes.plane_count == 0 || attributes.plane_count > DmabufAttributes::max_planes)
    return Error{fmt::format("an image with {} planes", attributes.plane_count), EINVAL};
  Entry entry{.format = attributes.format, .dumb = {}, .mapping = {}};
  std::optional<Error> refusal;
  const auto make = [&](std::uint32_t fourcc) {
    const auto made = make_framebuffer(attributes, fourcc);
    if (!made)
      refusal = Error{fmt::format("{} ({})", made.error().what, describe(attributes, fourcc)), made.error().code};
    return made ? *made : 0U;
  };
  if (kinds != Kinds::Opaque)
    entry.framebuffer = make(attributes.format.fourcc);
  if (kinds != Kinds::AsIs)
    entry.opaque = make(without_alpha(attributes.format.fourcc));
  // Either is enough to be shown somewhere.
  if (entry.framebuffer == 0 && entry.opaque == 0)
    return *refusal;
  entries_.emplace(buffer, entry);
  return {};
}

Result<FramebufferCache::Mapped> FramebufferCache::create_mapped(BufferId buffer, Size size) {
  if (auto fresh = check_new(buffer); !fresh)
    return fresh.error();
  auto dumb = drm_.create_dumb(size, 32);
  if (!dumb)
    return dumb.error();
  const auto mapping = drm_.map_dumb(*dumb);
  if (!mapping) {
    drm_.destroy_dumb(*dumb, {});
    return mapping.error();
  }
  const auto framebuffer = dumb_framebuffer(*dumb, size, DRM_FORMAT_ARGB8888);
  if (!framebuffer) {
    drm_.destroy_dumb(*dumb, *mapping);
    return framebuffer.error();
  }
  std::fill(mapping->begin(), mapping->end(), std::byte{0});
  entries_.emplace(buffer, Entry{.format = {DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR},
                                 .framebuffer = *framebuffer,
                                 .dumb = *dumb,
                                 .mapping = *mapping});
  return Mapped{.pixels = *mapping, .pitch = dumb->pitch};
}

Result<void> FramebufferCache::create_black(BufferId buffer, Size size) {
  if (auto fresh = check_new(buffer); !fresh)
    return fresh.error();
  auto dumb = drm_.create_dumb(size, 32);
  if (!dumb)
    return dumb.error();
  const auto framebuffer = dumb_framebuffer(*dumb, size, DRM_FORMAT_XRGB8888);
  if (!framebuffer) {
    drm_.destroy_dumb(*dumb, {});
    return framebuffer.error();
  }
  entries_.emplace(buffer, Entry{.format = {DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR},
                                 .framebuffer = *framebuffer,
                                 .dumb = *dumb,
                                 .mapping = {}});
  return {};
}

Result<std::uint32_t> FramebufferCache::dumb_framebuffer(const DumbBuffer& dumb, Size size, std::uint32_t fourcc) {
  DrmFramebuffer request;
  request.size = size;
  request.format = {fourcc, DRM_FORMAT_MOD_LINEAR};
  request.with_modifier = with_modifiers_;
  request.handles[0] = dumb.handle;
  request.pitches[0] = dumb.pitch;
  return drm_.add_framebuffer(request);
}

std::optional<std::uint32_t> FramebufferCache::find(BufferId buffer, const PlaneInfo& plane) const {
  const auto found = entries_.find(buffer);
  if (found == entries_.end())
    return std::nullopt;
  const Entry& entry = found->second;
  // Where it could be blended it is not shown without its alpha.
  const bool as_it_is = entry.opaque == 0 || plane.takes(entry.format);
  const std::uint32_t framebuffer = as_it_is ? entry.framebuffer : entry.opaque;
  return framebuffer == 0 ? std::nullopt : std::optional(framebuffer);
}

void FramebufferCache::forget(BufferId buffer, const InUse& in_use) {
  const auto found = entries_.find(buffer);
  if (found == entries_.end())
    return;
  const Entry entry = found->second;
  entries_.erase(found);
  if (entry.dumb.handle != 0)
    drm_.destroy_dumb(entry.dumb, entry.mapping);
  for (const std::uint32_t framebuffer : {entry.framebuffer, entry.opaque}) {
    if (close(framebuffer))
      continue;
    if (in_use(framebuffer))
      waiting_.push_back(framebuffer);
    else
      drm_.remove_framebuffer(framebuffer);
  }
}

void FramebufferCache::collect(const InUse& in_use) {
  std::erase_if(waiting_, [&](std::uint32_t framebuffer) {
    if (in_use(framebuffer))
      return false;
    drm_.remove_framebuffer(framebuffer);
    return true;
  });
}

} // namespace fenceline
