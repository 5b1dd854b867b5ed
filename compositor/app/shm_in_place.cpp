#include "compositor/app/shm_in_place.h"

#include <drm_fourcc.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

namespace fenceline {
namespace {

/// Nobody is a client of this number.
constexpr ClientId nobody{0};

/// Whether the display takes the memory, too: an error when nobody does.
Result<bool> try_out(ShmSharing& sharing, const ScanoutDevice& device, IdSource<BufferId>& ids) {
  // Rows of 256 bytes, which is what the pickiest devices want of them.
  const ShmPlace place{.file = -1, .offset = 0, .stride = 256, .size = {64, 64}, .fourcc = DRM_FORMAT_XRGB8888};
  const UniqueFd memory(::memfd_create("fenceline-probe", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory.valid() || ::ftruncate(memory.get(), std::int64_t{place.stride} * place.size.height) != 0)
    return Error::from_errno("a memory file");
  ShmPlace at = place;
  at.file = memory.get();
  const BufferId buffer = ids.next();
  const auto shared = sharing.share(nobody, buffer, at);
  if (!shared)
    return shared.error();
  return device.main_device() && device.knows(buffer);
}

} // namespace

ShmInPlace open_shm_in_place(bool wanted, ImportDoor& door, const ScanoutDevice& device, IdSource<BufferId>& ids,
                             Log& log) {
  ShmInPlace out;
  if (!wanted) {
    out.finding = "uploaded, as the configuration says";
    return out;
  }
  auto udmabuf = Udmabuf::open();
  if (!udmabuf) {
    out.finding = fmt::format("uploaded: {}", udmabuf.error().text());
    log.info("wl_shm: {}", out.finding);
    return out;
  }
  out.sharing = std::make_unique<ShmSharing>(std::make_unique<const Udmabuf>(std::move(*udmabuf)), door);
  const auto found = try_out(*out.sharing, device, ids);
  if (found) {
    out.on_planes = *found;
    out.finding = *found ? "read in place, by the renderer and on planes"
                         : "read in place by the renderer; the display takes no such memory";
  } else {
    out.sharing.reset();
    out.finding = fmt::format("uploaded: {}", found.error().text());
  }
  log.info("wl_shm: {}", out.finding);
  return out;
}

} // namespace fenceline
