#include "tests/lab/witness_planes.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>

#include "tests/lab/drm_lab.h"
#include "tests/lab/witness_session.h"

namespace fenceline::lab {

std::ptrdiff_t planes_of(const Witness& eyes, pid_t client) {
  std::set<std::uint64_t> theirs;
  for (const HeldDmabuf& held : dmabufs_of(client))
    theirs.insert(held.inode);
  const std::unique_ptr<drmModePlaneRes, decltype(&drmModeFreePlaneResources)> planes(
      drmModeGetPlaneResources(eyes.fd()), drmModeFreePlaneResources);
  return std::count_if(planes->planes, planes->planes + planes->count_planes, [&](std::uint32_t plane) {
    const std::uint32_t framebuffer = eyes.framebuffer_on(plane);
    return framebuffer != 0 && theirs.contains(eyes.inode_behind(framebuffer));
  });
}

} // namespace fenceline::lab
