#include "compositor/backends/drm/libdrm_api.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xf86drm.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

namespace fenceline {
namespace {

// libdrm's objects each have a freeing function of their own.
template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <class T, auto Free>
using Owned = std::unique_ptr<T, FreeWith<Free>>;

// libdrm is not of one mind: some calls return -errno, others -1 with errno set.
Error failure(int returned, std::string what) {
  return Error{std::move(what), returned < -1 ? -returned : errno};
}

} // namespace

LibdrmApi::LibdrmApi(int fd) : fd_(fd), request_(drmModeAtomicAlloc()) {
  // Where it can't be set each read is asked for first.
  const int flags = ::fcntl(fd, F_GETFL);
  never_blocks_ = flags >= 0 && ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
  if (request_ == nullptr)
    throw std::bad_alloc();
}

bool LibdrmApi::is_master() const {
  return drmIsMaster(fd_) != 0;
}

std::string LibdrmApi::driver() const {
  const Owned<drmVersion, drmFreeVersion> version(drmGetVersion(fd_));
  return version ? std::string(version->name, static_cast<std::size_t>(version->name_len)) : std::string("unknown");
}

Result<CardNodes> LibdrmApi::nodes() const {
  struct stat status {};
  if (::fstat(fd_, &status) != 0)
    return Error::from_errno("cannot tell the display device's number");
  CardNodes nodes{.primary = status.st_rdev, .render = std::nullopt};
  drmDevicePtr raw = nullptr;
  // A card need not have a render node, and a neighbouring one need not be its own: only the kernel knows.
  if (drmGetDevice2(fd_, 0, &raw) == 0) {
    if ((raw->available_nodes & (1 << DRM_NODE_RENDER)) != 0 && ::stat(raw->nodes[DRM_NODE_RENDER], &status) == 0)
      nodes.render = status.st_rdev;
    drmFreeDevice(&raw);
  }
  return nodes;
}

Result<void> LibdrmApi::set_client_cap(std::uint64_t capability, std::uint64_t value) {
  if (const int got = drmSetClientCap(fd_, capability, value); got != 0)
    return failure(got, "the driver refuses a client capability");
  return {};
}

Result<std::uint64_t> LibdrmApi::cap(std::uint64_t capability) const {
  std::uint64_t value = 0;
  if (const int got = drmGetCap(fd_, capability, &value); got != 0)
    return failure(got, "the driver does not know a capability");
  return value;
}

bool LibdrmApi::timeline_eventfd_works() const {
  std::uint32_t handle = 0;
  if (drmSyncobjCreate(fd_, 0, &handle) != 0)
    return false;
  const UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  std::uint64_t point = 1;
  std::uint64_t count = 0;
  const bool works = event.valid() && drmSyncobjEventfd(fd_, handle, point, event.get(), 0) == 0 &&
                     drmSyncobjTimelineSignal(fd_, &handle, &point, 1) == 0 &&
                     ::read(event.get(), &count, sizeof count) == sizeof count;
  drmSyncobjDestroy(fd_, handle);
  return works;
}

Result<DrmResources> LibdrmApi::resources() const {
  const Owned<drmModeRes, drmModeFreeResources> got(drmModeGetResources(fd_));
  if (!got)
    return Error::from_errno("cannot read the display's resources");
  return DrmResources{.crtcs = {got->crtcs, got->crtcs + got->count_crtcs},
                      .connectors = {got->connectors, got->connectors + got->count_connectors}};
}

Result<std::vector<std::uint32_t>> LibdrmApi::planes() const {
  const Owned<drmModePlaneRes, drmModeFreePlaneResources> got(drmModeGetPlaneResources(fd_));
  if (!got)
    return Error::from_errno("cannot read the display's planes");
  return std::vector<std::uint32_t>(got->planes, got->planes + got->count_planes);
}

Result<DrmConnector> LibdrmApi::connector(std::uint32_t id) const {
  const Owned<drmModeConnector, drmModeFreeConnector> got(drmModeGetConnector(fd_, id));
  if (!got)
    return Error::from_errno(fmt::format("cannot read connector {}", id));
  DrmConnector data;
  data.id = id;
  const char* type = drmModeGetConnectorTypeName(got->connector_type);
  data.name = fmt::format("{}-{}", type != nullptr ? type : "Unknown", got->connector_type_id);
  data.connected = got->connection == DRM_MODE_CONNECTED;
  data.physical_mm = {static_cast<std::int32_t>(got->mmWidth), static_cast<std::int32_t>(got->mmHeight)};
  data.possible_crtcs = drmModeConnectorGetPossibleCrtcs(fd_, got.get());
  data.modes.assign(got->modes, got->modes + got->count_modes);
  return data;
}

Result<DrmPlane> LibdrmApi::plane(std::uint32_t id) const {
  const Owned<drmModePlane, drmModeFreePlane> got(drmModeGetPlane(fd_, id));
  if (!got)
    return Error::from_errno(fmt::format("cannot read plane {}", id));
  return DrmPlane{
      .id = id, .possible_crtcs = got->possible_crtcs, .formats = {got->formats, got->formats + got->count_formats}};
}

Result<const DrmProperty*> LibdrmApi::describe(std::uint32_t property) const {
  if (const auto found = known_.find(property); found != known_.end())
    return &found->second;
  const Owned<drmModePropertyRes, drmModeFreeProperty> got(drmModeGetProperty(fd_, property));
  if (!got)
    return Error::from_errno(fmt::format("cannot read property {}", property));
  DrmProperty made;
  made.id = property;
  made.flags = got->flags;
  made.name = got->name;
  for (int i = 0; i < got->count_enums; ++i)
    made.enums.push_back({got->enums[i].name, got->enums[i].value});
  if ((got->flags & DRM_MODE_PROP_RANGE) != 0 && got->count_values == 2) {
    made.least = got->values[0];
    made.most = got->values[1];
  }
  return &known_.emplace(property, std::move(made)).first->second;
}

Result<std::vector<DrmProperty>> LibdrmApi::properties(std::uint32_t object, std::uint32_t type) const {
  const Owned<drmModeObjectProperties, drmModeFreeObjectProperties> got(drmModeObjectGetProperties(fd_, object, type));
  if (!got)
    return Error::from_errno(fmt::format("cannot read the properties of object {}", object));
  std::vector<DrmProperty> all;
  all.reserve(got->count_props);
  for (std::uint32_t i = 0; i < got->count_props; ++i) {
    auto meta = describe(got->props[i]);
    if (!meta)
      return meta.error();
    all.push_back(**meta);
    all.back().value = got->prop_values[i];
  }
  return all;
}

Result<std::vector<std::byte>> LibdrmApi::blob(std::uint32_t id) const {
  const Owned<drmModePropertyBlobRes, drmModeFreePropertyBlob> got(drmModeGetPropertyBlob(fd_, id));
  if (!got)
    return Error::from_errno(fmt::format("cannot read property blob {}", id));
  const auto* bytes = static_cast<const std::byte*>(got->data);
  return std::vector<std::byte>(bytes, bytes + got->length);
}

Result<std::uint32_t> LibdrmApi::create_blob(std::span<const std::byte> content) {
  std::uint32_t id = 0;
  if (const int got = drmModeCreatePropertyBlob(fd_, content.data(), content.size(), &id); got != 0)
    return failure(got, "cannot create a property blob");
  return id;
}

void LibdrmApi::destroy_blob(std::uint32_t id) {
  drmModeDestroyPropertyBlob(fd_, id);
}

Result<std::uint32_t> LibdrmApi::import_handle(int dmabuf) {
  std::uint32_t handle = 0;
  if (const int got = drmPrimeFDToHandle(fd_, dmabuf, &handle); got != 0)
    return failure(got, "the display cannot import the dma-buf");
  return handle;
}

void LibdrmApi::close_handle(std::uint32_t handle) {
  drmCloseBufferHandle(fd_, handle);
}

Result<std::uint32_t> LibdrmApi::add_framebuffer(const DrmFramebuffer& request) {
  std::array<std::uint64_t, 4> modifiers{};
  for (std::size_t i = 0; i < modifiers.size(); ++i)
    modifiers[i] = request.handles[i] != 0 ? request.format.modifier : 0;
  std::uint32_t id = 0;
  const int got = drmModeAddFB2WithModifiers(
      fd_, static_cast<std::uint32_t>(request.size.width), static_cast<std::uint32_t>(request.size.height),
      request.format.fourcc, request.handles.data(), request.pitches.data(), request.offsets.data(),
      request.with_modifier ? modifiers.data() : nullptr, &id, request.with_modifier ? DRM_MODE_FB_MODIFIERS : 0);
  if (got != 0)
    return failure(got, "the display cannot make a framebuffer");
  return id;
}

bool LibdrmApi::close_framebuffer(std::uint32_t framebuffer) {
  return drmModeCloseFB(fd_, framebuffer) == 0;
}

void LibdrmApi::remove_framebuffer(std::uint32_t framebuffer) {
  drmModeRmFB(fd_, framebuffer);
}

Result<DumbBuffer> LibdrmApi::create_dumb(Size size, std::uint32_t bits_per_pixel) {
  DumbBuffer made;
  const int got =
      drmModeCreateDumbBuffer(fd_, static_cast<std::uint32_t>(size.width), static_cast<std::uint32_t>(size.height),
                              bits_per_pixel, 0, &made.handle, &made.pitch, &made.size);
  if (got != 0)
    return failure(got, "the display cannot make a dumb buffer");
  return made;
}

Result<std::span<std::byte>> LibdrmApi::map_dumb(const DumbBuffer& buffer) {
  std::uint64_t offset = 0;
  if (const int got = drmModeMapDumbBuffer(fd_, buffer.handle, &offset); got != 0)
    return failure(got, "cannot map a dumb buffer");
  void* address = ::mmap(nullptr, buffer.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, static_cast<off_t>(offset));
  if (address == MAP_FAILED)
    return Error::from_errno("cannot map a dumb buffer");
  return std::span(static_cast<std::byte*>(address), buffer.size);
}

void LibdrmApi::destroy_dumb(const DumbBuffer& buffer, std::span<std::byte> mapping) {
  if (!mapping.empty())
    ::munmap(mapping.data(), mapping.size());
  drmModeDestroyDumbBuffer(fd_, buffer.handle);
}

Result<void> LibdrmApi::atomic(const AtomicRequest& request, std::uint32_t flags, std::uint64_t cookie) const {
  drmModeAtomicSetCursor(request_.get(), 0);
  for (const auto& item : request.items)
    if (drmModeAtomicAddProperty(request_.get(), item.object, item.property, item.value) < 0)
      return Error{"out of memory for an atomic request", ENOMEM};
  if (const int got =
          drmModeAtomicCommit(fd_, request_.get(), flags, reinterpret_cast<void*>(static_cast<std::uintptr_t>(cookie)));
      got != 0)
    return failure(got, (flags & DRM_MODE_ATOMIC_TEST_ONLY) != 0 ? "the display would refuse the state"
                                                                 : "the display refuses the state");
  return {};
}

Result<void> LibdrmApi::commit(const AtomicRequest& request, std::uint32_t flags, std::uint64_t cookie) {
  return atomic(request, flags, cookie);
}

Result<void> LibdrmApi::test(const AtomicRequest& request, std::uint32_t flags) const {
  return atomic(request, flags | DRM_MODE_ATOMIC_TEST_ONLY, 0);
}

Result<void> LibdrmApi::read_events(std::vector<PageFlip>& flips) {
  if (!never_blocks_ && !wait_for_events(0))
    return {};
  // Whole events only are read; each says how long it is (drm.h).
  alignas(drm_event_vblank) std::array<std::byte, 4096> buffer{};
  const ssize_t got = ::read(fd_, buffer.data(), buffer.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR))
    return {};
  if (got < 0)
    return Error::from_errno("cannot read the display's events");
  for (std::size_t at = 0; at + sizeof(drm_event) <= static_cast<std::size_t>(got);) {
    drm_event head{};
    std::memcpy(&head, buffer.data() + at, sizeof head);
    if (head.length < sizeof head)
      break;
    if (head.type == DRM_EVENT_FLIP_COMPLETE && head.length >= sizeof(drm_event_vblank)) {
      drm_event_vblank flip{};
      std::memcpy(&flip, buffer.data() + at, sizeof flip);
      flips.push_back({.crtc = flip.crtc_id,
                       .sequence = flip.sequence,
                       .cookie = flip.user_data,
                       .time_ns = std::int64_t{flip.tv_sec} * 1'000'000'000 + std::int64_t{flip.tv_usec} * 1'000});
    }
    at += head.length;
  }
  return {};
}

bool LibdrmApi::wait_for_events(int timeout_ms) {
  pollfd ready{.fd = fd_, .events = POLLIN, .revents = 0};
  return ::poll(&ready, 1, timeout_ms) == 1 && (ready.revents & POLLIN) != 0;
}

} // namespace fenceline
