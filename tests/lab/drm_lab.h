#pragma once
// The lab's side of the KMS tests: images, fences, and a second pair of eyes on the card.

#include <fcntl.h>
#include <linux/types.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "compositor/base/fd.h"
#include "compositor/frame/dmabuf.h"

namespace fenceline::lab {

constexpr const char* card_node = "/dev/dri/card1";

inline std::uint64_t inode_of(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 ? status.st_ino : 0;
}

/// A linear 32-bit image in a udmabuf.
inline DmabufAttributes make_image(Size size, std::uint32_t fourcc) {
  const std::uint32_t stride = static_cast<std::uint32_t>(size.width) * 4;
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t bytes =
      (std::uint64_t{stride} * static_cast<std::uint64_t>(size.height) + page - 1) / page * page;
  const UniqueFd memory(::memfd_create("image", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  const UniqueFd maker(::open("/dev/udmabuf", O_RDWR | O_CLOEXEC));
  if (::ftruncate(memory.get(), static_cast<off_t>(bytes)) != 0 ||
      ::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK) != 0)
    throw std::runtime_error("no sealed memory");
  udmabuf_create create{
      .memfd = static_cast<__u32>(memory.get()), .flags = UDMABUF_FLAGS_CLOEXEC, .offset = 0, .size = bytes};
  DmabufAttributes image;
  image.size = size;
  image.format = {fourcc, 0};
  image.plane_count = 1;
  image.planes[0].fd.reset(::ioctl(maker.get(), UDMABUF_CREATE, &create));
  image.planes[0].stride = stride;
  if (!image.planes[0].fd.valid())
    throw std::runtime_error("no udmabuf");
  return image;
}

/// A timeline of the kernel's software fences (sw_sync; its header is not installed by any package).
class SwTimeline {
 public:
  SwTimeline() : fd_(::open("/sys/kernel/debug/sync/sw_sync", O_RDWR | O_CLOEXEC)) {
    if (!fd_.valid())
      throw std::runtime_error("no sw_sync");
  }
  /// A sync file that signals when the timeline has been advanced to `value`.
  [[nodiscard]] UniqueFd fence(std::uint32_t value) {
    CreateFence create{.value = value, .name = "late", .fence = -1};
    if (::ioctl(fd_.get(), _IOWR('W', 0, CreateFence), &create) != 0)
      throw std::runtime_error("no fence");
    return UniqueFd(create.fence);
  }
  void advance(std::uint32_t by) { ::ioctl(fd_.get(), _IOW('W', 1, __u32), &by); }

 private:
  struct CreateFence {
    __u32 value;
    char name[32];
    __s32 fence;
  };
  UniqueFd fd_;
};

/// Looks at the card through a descriptor of its own.
class Witness {
 public:
  Witness() : fd_(::open(card_node, O_RDWR | O_CLOEXEC)) {
    if (!fd_.valid())
      throw std::runtime_error("no card");
    drmDropMaster(fd_.get());
    drmSetClientCap(fd_.get(), DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1);
    const std::unique_ptr<drmModeRes, decltype(&drmModeFreeResources)> resources(drmModeGetResources(fd_.get()),
                                                                                 drmModeFreeResources);
    crtc_ = resources->crtcs[0];
    connector_ = resources->connectors[0];
  }
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::uint32_t crtc_id() const { return crtc_; }
  [[nodiscard]] std::uint32_t connector_id() const { return connector_; }

  using Crtc = std::unique_ptr<drmModeCrtc, decltype(&drmModeFreeCrtc)>;
  [[nodiscard]] Crtc crtc() const { return {drmModeGetCrtc(fd_.get(), crtc_), drmModeFreeCrtc}; }

  /// The framebuffer on a plane; 0: none.
  [[nodiscard]] std::uint32_t framebuffer_on(std::uint32_t plane) const {
    const std::unique_ptr<drmModePlane, decltype(&drmModeFreePlane)> got(drmModeGetPlane(fd_.get(), plane),
                                                                         drmModeFreePlane);
    return got ? got->fb_id : 0;
  }
  /// The inode of the dma-buf behind a framebuffer; 0: none.
  [[nodiscard]] std::uint64_t inode_behind(std::uint32_t framebuffer) const {
    const std::unique_ptr<drmModeFB2, decltype(&drmModeFreeFB2)> got(drmModeGetFB2(fd_.get(), framebuffer),
                                                                     drmModeFreeFB2);
    if (!got || got->handles[0] == 0)
      return 0;
    int dmabuf = -1;
    drmPrimeHandleToFD(fd_.get(), got->handles[0], DRM_CLOEXEC, &dmabuf);
    const UniqueFd owned(dmabuf);
    drmCloseBufferHandle(fd_.get(), got->handles[0]);
    return inode_of(dmabuf);
  }

 private:
  UniqueFd fd_;
  std::uint32_t crtc_ = 0, connector_ = 0;
};

} // namespace fenceline::lab
