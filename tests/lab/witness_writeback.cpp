#include "tests/lab/witness_writeback.h"

#include <drm_fourcc.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <thread>

#include "tests/lab/witness_session.h"

namespace fenceline::lab {

namespace {

// Far beyond what the display needs: who waits so long waits for what never comes.
constexpr std::chrono::milliseconds patience(30'000), a_while(5);
constexpr std::chrono::milliseconds lost_after(3000);
constexpr int tries_to_write = 10;
constexpr int tries_until_settled = 20;

bool signals_within(const UniqueFd& fence, std::chrono::milliseconds time) {
  pollfd waiting{.fd = fence.get(), .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, static_cast<int>(time.count())) == 1;
}

template <class T>
using Drm = std::unique_ptr<T, void (*)(T*)>;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

Drm<drmModeObjectProperties> properties_of(int card, std::uint32_t object, std::uint32_t type) {
  return {drmModeObjectGetProperties(card, object, type), drmModeFreeObjectProperties};
}

std::map<std::string, std::uint32_t> property_ids(int card, const drmModeObjectProperties& list) {
  std::map<std::string, std::uint32_t> ids;
  for (std::uint32_t i = 0; i < list.count_props; ++i) {
    const Drm<drmModePropertyRes> property(drmModeGetProperty(card, list.props[i]), drmModeFreeProperty);
    ids[property->name] = property->prop_id;
  }
  return ids;
}

bool is_primary(int card, std::uint32_t plane) {
  const auto list = properties_of(card, plane, DRM_MODE_OBJECT_PLANE);
  const std::uint32_t type = property_ids(card, *list).at("type");
  for (std::uint32_t i = 0; i < list->count_props; ++i)
    if (list->props[i] == type)
      return list->prop_values[i] == DRM_PLANE_TYPE_PRIMARY;
  return false;
}

void set_cap(int card, std::uint64_t capability) {
  if (drmSetClientCap(card, capability, 1) != 0)
    fail("no DRM capability " + std::to_string(capability));
}

} // namespace

Writeback::Writeback(pid_t compositor, std::string node, std::size_t display)
    : node_(std::move(node)), display_(display), card_(::open(node_.c_str(), O_RDWR | O_CLOEXEC)) {
  if (!card_.valid())
    fail(node_);
  drmDropMaster(card_.get());
  find_objects();
  wait_until_lit();
  make_lease(compositor);
  make_buffer();
  commit({{"CRTC_ID", crtc_}}, DRM_MODE_ATOMIC_ALLOW_MODESET);
}

Writeback::~Writeback() {
  try {
    commit({{"CRTC_ID", 0}}, DRM_MODE_ATOMIC_ALLOW_MODESET);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "the writeback connector stays attached: %s\n", error.what());
  }
  ::munmap(const_cast<std::uint32_t*>(buffer_.pixels), buffer_.bytes);
}

void Writeback::find_objects() {
  set_cap(card_.get(), DRM_CLIENT_CAP_ATOMIC);
  set_cap(card_.get(), DRM_CLIENT_CAP_WRITEBACK_CONNECTORS);
  const Drm<drmModeRes> resources(drmModeGetResources(card_.get()), drmModeFreeResources);
  crtc_ = resources->crtcs[display_];
  const std::uint32_t its_bit = 1U << display_;
  for (int i = 0; i < resources->count_connectors; ++i) {
    const Drm<drmModeConnector> connector(drmModeGetConnectorCurrent(card_.get(), resources->connectors[i]),
                                          drmModeFreeConnector);
    if (connector->connector_type != DRM_MODE_CONNECTOR_WRITEBACK || connector->count_encoders == 0)
      continue;
    const Drm<drmModeEncoder> encoder(drmModeGetEncoder(card_.get(), connector->encoders[0]), drmModeFreeEncoder);
    if ((encoder->possible_crtcs & its_bit) != 0)
      connector_ = connector->connector_id;
  }
  if (connector_ == 0)
    throw std::runtime_error("no writeback connector: the kernel's own card needs vkms.enable_writeback=1");
  properties_ = property_ids(card_.get(), *properties_of(card_.get(), connector_, DRM_MODE_OBJECT_CONNECTOR));
  const Drm<drmModePlaneRes> planes(drmModeGetPlaneResources(card_.get()), drmModeFreePlaneResources);
  for (std::uint32_t i = 0; i < planes->count_planes; ++i) {
    const Drm<drmModePlane> plane(drmModeGetPlane(card_.get(), planes->planes[i]), drmModeFreePlane);
    if ((plane->possible_crtcs & its_bit) != 0 && is_primary(card_.get(), plane->plane_id))
      primary_ = plane->plane_id;
  }
}

void Writeback::wait_until_lit() {
  Drm<drmModeCrtc> crtc(nullptr, drmModeFreeCrtc);
  for (auto left = patience; left.count() > 0 && (!crtc || crtc->mode_valid == 0); left -= a_while) {
    std::this_thread::sleep_for(a_while);
    crtc.reset(drmModeGetCrtc(card_.get(), crtc_));
  }
  if (crtc->mode_valid == 0)
    throw std::runtime_error("the display stays off");
  size_ = {static_cast<std::int32_t>(crtc->width), static_cast<std::int32_t>(crtc->height)};
}

void Writeback::make_lease(pid_t compositor) {
  const UniqueFd owner = borrow_fd(compositor, fd_of(compositor, node_));
  const std::array<std::uint32_t, 3> objects{crtc_, primary_, connector_};
  std::uint32_t lessee = 0;
  const int leased = drmModeCreateLease(owner.get(), objects.data(), objects.size(), O_CLOEXEC, &lessee);
  if (leased < 0) {
    errno = -leased;
    fail("no lease");
  }
  lease_.reset(leased);
  set_cap(leased, DRM_CLIENT_CAP_ATOMIC);
  set_cap(leased, DRM_CLIENT_CAP_WRITEBACK_CONNECTORS);
}

void Writeback::make_buffer() {
  const auto width = static_cast<std::uint32_t>(size_.width), height = static_cast<std::uint32_t>(size_.height);
  std::uint32_t handle = 0, pitch = 0;
  std::uint64_t bytes = 0, offset = 0;
  if (drmModeCreateDumbBuffer(lease_.get(), width, height, 32, 0, &handle, &pitch, &bytes) != 0 ||
      drmModeMapDumbBuffer(lease_.get(), handle, &offset) != 0)
    fail("no buffer");
  const std::uint32_t handles[4] = {handle}, pitches[4] = {pitch}, offsets[4] = {0};
  if (drmModeAddFB2(lease_.get(), width, height, DRM_FORMAT_XRGB8888, handles, pitches, offsets, &buffer_.framebuffer,
                    0) != 0)
    fail("no framebuffer");
  void* map = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, lease_.get(), static_cast<off_t>(offset));
  if (map == MAP_FAILED)
    fail("mmap");
  buffer_.pixels = static_cast<const std::uint32_t*>(map);
  buffer_.words_per_row = pitch / 4;
  buffer_.bytes = bytes;
}

void Writeback::commit(const std::map<std::string, std::uint64_t>& properties, std::uint32_t flags) const {
  const Drm<drmModeAtomicReq> request(drmModeAtomicAlloc(), drmModeAtomicFree);
  for (const auto& [name, value] : properties)
    drmModeAtomicAddProperty(request.get(), connector_, properties_.at(name), value);
  // A blocking commit waits for the compositor's; it is never refused for one.
  if (const int status = drmModeAtomicCommit(lease_.get(), request.get(), flags, nullptr); status != 0) {
    errno = -status;
    fail("the writeback's commit");
  }
}

void Writeback::write_once() {
  for (int i = 0; i < tries_to_write; ++i) {
    while (!written_.empty() && signals_within(written_.front(), std::chrono::milliseconds(0)))
      written_.pop_front();
    std::int32_t fence = -1;
    commit({{"WRITEBACK_FB_ID", buffer_.framebuffer},
            {"WRITEBACK_OUT_FENCE_PTR", static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&fence))}},
           0);
    written_.emplace_back(fence);
    if (signals_within(written_.front(), lost_after)) {
      written_.pop_front();
      return;
    }
    std::printf("the display lost a picture; it is asked again\n");
  }
  throw std::runtime_error("the display never wrote its picture");
}

Picture Writeback::capture() {
  write_once();
  const auto width = static_cast<std::size_t>(size_.width);
  Picture picture{size_, {}};
  for (std::size_t y = 0; y < static_cast<std::size_t>(size_.height); ++y) {
    const std::uint32_t* row = buffer_.pixels + y * buffer_.words_per_row;
    for (std::size_t x = 0; x < width; ++x)
      picture.words.push_back(row[x] & 0x00ffffffU);
  }
  return picture;
}

Picture Writeback::capture_settled() {
  Picture last = capture();
  for (int i = 0; i < tries_until_settled; ++i) {
    Picture next = capture();
    if (next == last)
      return next;
    last = std::move(next);
  }
  throw std::runtime_error("the display does not come to rest");
}

} // namespace fenceline::lab
