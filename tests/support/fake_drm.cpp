#include "tests/support/fake_drm.h"

#include <sys/stat.h>
#include <unistd.h>
#include <xf86drm.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

namespace fenceline::test {

Result<CardNodes> FakeDrm::nodes() const {
  return CardNodes{.primary = 0xe200, .render = card_.render_node};
}

Result<void> FakeDrm::set_client_cap(std::uint64_t capability, std::uint64_t value) {
  if (capability != DRM_CLIENT_CAP_ATOMIC || !card_.atomic)
    return Error{"no such client capability", EOPNOTSUPP};
  card_.atomic_enabled_ = value != 0;
  return {};
}

Result<std::uint64_t> FakeDrm::cap(std::uint64_t capability) const {
  if (const int error = card_.fails("cap"); error != 0)
    return Error{"no capability", error};
  switch (capability) {
  case DRM_CAP_TIMESTAMP_MONOTONIC:
    return std::uint64_t{card_.monotonic};
  case DRM_CAP_ADDFB2_MODIFIERS:
    return std::uint64_t{card_.modifiers};
  case DRM_CAP_SYNCOBJ_TIMELINE:
    return std::uint64_t{card_.sync_objects};
  case DRM_CAP_ASYNC_PAGE_FLIP:
  case DRM_CAP_ATOMIC_ASYNC_PAGE_FLIP:
    return std::uint64_t{card_.async_flips};
  case DRM_CAP_CURSOR_WIDTH:
    if (card_.cursor_size)
      return static_cast<std::uint64_t>(card_.cursor_size->width);
    break;
  case DRM_CAP_CURSOR_HEIGHT:
    if (card_.cursor_size)
      return static_cast<std::uint64_t>(card_.cursor_size->height);
    break;
  default:
    break;
  }
  return Error{"no such capability", EINVAL};
}

Result<DrmResources> FakeDrm::resources() const {
  if (const int error = card_.fails("resources"); error != 0)
    return Error{"no resources", error};
  return DrmResources{.crtcs = card_.crtcs_, .connectors = card_.connectors_};
}

Result<std::vector<std::uint32_t>> FakeDrm::planes() const {
  if (const int error = card_.fails("planes"); error != 0)
    return Error{"no planes", error};
  return card_.planes_;
}

Result<DrmConnector> FakeDrm::connector(std::uint32_t id) const {
  if (const int error = card_.fails("connector"); error != 0)
    return Error{"no connector", error};
  const auto found = card_.connector_specs_.find(id);
  if (found == card_.connector_specs_.end())
    return Error{"no such connector", ENOENT};
  const auto& spec = found->second;
  return DrmConnector{.id = id,
                      .name = spec.name,
                      .connected = spec.connected,
                      .physical_mm = {520, 320},
                      .possible_crtcs = spec.possible_crtcs,
                      .modes = spec.modes};
}

Result<DrmPlane> FakeDrm::plane(std::uint32_t id) const {
  if (const int error = card_.fails("plane"); error != 0)
    return Error{"no plane", error};
  const auto found = card_.plane_specs_.find(id);
  if (found == card_.plane_specs_.end())
    return Error{"no such plane", ENOENT};
  DrmPlane plane{.id = id, .possible_crtcs = found->second.possible_crtcs, .formats = {}};
  for (const auto& format : found->second.formats)
    if (std::find(plane.formats.begin(), plane.formats.end(), format.fourcc) == plane.formats.end())
      plane.formats.push_back(format.fourcc);
  return plane;
}

Result<std::vector<DrmProperty>> FakeDrm::properties(std::uint32_t object, std::uint32_t type) const {
  if (const int error = card_.fails("properties"); error != 0)
    return Error{"no properties", error};
  const auto found = card_.objects_.find(object);
  if (found == card_.objects_.end() || found->second.type != type)
    return Error{"no such object", ENOENT};
  ++card_.property_reads;
  std::vector<DrmProperty> all;
  for (const auto id : found->second.properties) {
    const auto& property = card_.properties_.at(id);
    all.push_back({.id = id,
                   .flags = property.flags,
                   .name = property.name,
                   .value = card_.values_.at({object, id}),
                   .enums = property.enums,
                   .least = property.least,
                   .most = property.most});
  }
  return all;
}

Result<std::vector<std::byte>> FakeDrm::blob(std::uint32_t id) const {
  if (const int error = card_.fails("blob"); error != 0)
    return Error{"no blob", error};
  if (auto content = card_.blob(id))
    return std::move(*content);
  return Error{"no such blob", ENOENT};
}

Result<std::uint32_t> FakeDrm::create_blob(std::span<const std::byte> content) {
  if (const int error = card_.fails("create_blob"); error != 0)
    return Error{"no new blob", error};
  const auto id = card_.foreign_blob({content.begin(), content.end()});
  card_.user_blobs_.insert(id);
  return id;
}

void FakeDrm::destroy_blob(std::uint32_t id) {
  // The content stays: a state may hold it.
  card_.user_blobs_.erase(id);
}

Result<std::uint32_t> FakeDrm::import_handle(int dmabuf) {
  if (const int error = card_.fails("import_handle"); error != 0)
    return Error{"no handle", error};
  struct stat status {};
  if (::fstat(dmabuf, &status) != 0 || !S_ISREG(status.st_mode))
    return Error{"not a dma-buf", EINVAL};
  const auto [entry, made] = card_.handles_.try_emplace(status.st_ino, 0);
  if (made)
    entry->second = ++card_.last_id_;
  return entry->second;
}

void FakeDrm::close_handle(std::uint32_t handle) {
  if (std::erase_if(card_.handles_, [&](const auto& entry) { return entry.second == handle; }) == 0)
    throw std::runtime_error("a GEM handle was closed twice");
}

Result<std::uint32_t> FakeDrm::add_framebuffer(const DrmFramebuffer& request) {
  if (const int error = card_.fails("add_framebuffer"); error != 0)
    return Error{"no framebuffer", error};
  const auto known = [&](std::uint32_t handle) {
    return card_.dumb_.contains(handle) ||
           std::any_of(card_.handles_.begin(), card_.handles_.end(), [&](const auto& e) { return e.second == handle; });
  };
  for (const auto handle : request.handles)
    if (handle != 0 && !known(handle))
      return Error{"no such handle", ENOENT};
  if (request.with_modifier && !card_.modifiers)
    return Error{"no modifiers", EINVAL};
  // Without a modifier the driver takes its own layout: linear, here.
  const FormatModifier format{request.format.fourcc, request.with_modifier ? request.format.modifier : 0};
  const bool taken = std::any_of(card_.plane_specs_.begin(), card_.plane_specs_.end(), [&](const auto& plane) {
    return std::find(plane.second.formats.begin(), plane.second.formats.end(), format) != plane.second.formats.end();
  });
  if (!taken || request.handles[0] == 0 || request.pitches[0] < static_cast<std::uint32_t>(request.size.width))
    return Error{"no such framebuffer", EINVAL};
  return card_.foreign_framebuffer(request.size, format);
}

bool FakeDrm::close_framebuffer(std::uint32_t framebuffer) {
  const auto found = card_.framebuffers_.find(framebuffer);
  if (!card_.can_close_framebuffers || found == card_.framebuffers_.end())
    return false;
  found->second.closed = true;
  card_.drop_unused();
  return true;
}

void FakeDrm::remove_framebuffer(std::uint32_t framebuffer) {
  card_.framebuffers_.erase(framebuffer);
  for (const auto plane : card_.planes_)
    if (card_.value(plane, "FB_ID") == framebuffer) {
      card_.set(plane, "FB_ID", 0);
      card_.set(plane, "CRTC_ID", 0);
    }
}

Result<DumbBuffer> FakeDrm::create_dumb(Size size, std::uint32_t bits_per_pixel) {
  if (const int error = card_.fails("create_dumb"); error != 0)
    return Error{"no dumb buffer", error};
  DumbBuffer made;
  made.handle = ++card_.last_id_;
  // Hardware likes its rows aligned.
  made.pitch = (static_cast<std::uint32_t>(size.width) * bits_per_pixel / 8 + 255) / 256 * 256;
  made.size = std::uint64_t{made.pitch} * static_cast<std::uint64_t>(size.height);
  card_.dumb_[made.handle].resize(made.size, std::byte{0xee});
  return made;
}

Result<std::span<std::byte>> FakeDrm::map_dumb(const DumbBuffer& buffer) {
  if (const int error = card_.fails("map_dumb"); error != 0)
    return Error{"no mapping", error};
  return std::span(card_.dumb_.at(buffer.handle));
}

void FakeDrm::destroy_dumb(const DumbBuffer& buffer, std::span<std::byte>) {
  if (card_.dumb_.erase(buffer.handle) == 0)
    throw std::runtime_error("a dumb buffer was destroyed twice");
}

Result<void> FakeDrm::commit(const AtomicRequest& request, std::uint32_t flags, std::uint64_t cookie) {
  if (const int error = card_.run_commit(request, flags, cookie); error != 0)
    return Error{"the display refuses the state", error};
  return {};
}

Result<void> FakeDrm::test(const AtomicRequest& request, std::uint32_t flags) const {
  if (const int error = card_.run_commit(request, flags | DRM_MODE_ATOMIC_TEST_ONLY); error != 0)
    return Error{"the display would refuse the state", error};
  return {};
}

Result<void> FakeDrm::read_events(std::vector<PageFlip>& flips) {
  std::uint64_t count = 0;
  if (::read(card_.event_fd_.get(), &count, sizeof count) < 0 && errno != EAGAIN)
    return Error::from_errno("eventfd");
  flips.insert(flips.end(), card_.events_.begin(), card_.events_.end());
  card_.events_.clear();
  return {};
}

bool FakeDrm::wait_for_events(int timeout_ms) {
  for (int i = 0; i < timeout_ms && card_.events_.empty(); ++i)
    card_.loop_.advance(std::chrono::milliseconds(1));
  return !card_.events_.empty();
}

} // namespace fenceline::test
