#include "compositor/backends/drm/direct_session.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <xf86drm.h>

#include <cerrno>

#include "compositor/base/fd.h"

namespace fenceline {
namespace {

class DirectDevice final : public SessionDevice {
 public:
  explicit DirectDevice(UniqueFd fd) : fd_(std::move(fd)) {}
  [[nodiscard]] int fd() const override { return fd_.get(); }

 private:
  UniqueFd fd_;
};

} // namespace

Result<std::unique_ptr<SessionDevice>> DirectSession::open_device(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd.valid())
    return Error::from_errno(fmt::format("cannot open {}", path));
  // The first to open a card is its master by that; later ones have to ask.
  if (drmGetNodeTypeFromFd(fd.get()) == DRM_NODE_PRIMARY && drmIsMaster(fd.get()) == 0 && drmSetMaster(fd.get()) != 0)
    return Error::from_errno(
        fmt::format("{} is in use by another display server: stop that, or use --backend headless", path));
  return std::unique_ptr<SessionDevice>(std::make_unique<DirectDevice>(std::move(fd)));
}

Result<void> DirectSession::switch_vt(int vt) {
  return Error{fmt::format("cannot switch to terminal {}: the session has no seat", vt), ENOSYS};
}

} // namespace fenceline
