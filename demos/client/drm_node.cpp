#include "demos/client/drm_node.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <optional>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <vector>

#include <xf86drm.h>

#include "demos/client/failure.h"

namespace fenceline::demos {

namespace {

/// Paths to try, the best first. libdrm knows which nodes are one device's on the buses that it knows.
std::vector<std::string> paths_of(dev_t device) {
  std::vector<std::string> paths;
  drmDevicePtr info = nullptr;
  if (drmGetDeviceFromDevId(device, 0, &info) == 0) {
    for (const int node : {DRM_NODE_RENDER, DRM_NODE_PRIMARY})
      if ((info->available_nodes & 1 << node) != 0)
        paths.emplace_back(info->nodes[node]);
    drmFreeDevice(&info);
  }
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/dev/dri", ignored)) {
    struct stat status {};
    if (stat(entry.path().c_str(), &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == device)
      paths.push_back(entry.path());
  }
  return paths;
}

} // namespace

UniqueFd open_drm_node(dev_t device) {
  const std::string name = std::to_string(major(device)) + ":" + std::to_string(minor(device));
  int error = ENOENT;
  for (const std::string& path : paths_of(device)) {
    UniqueFd node(open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!node.valid()) {
      error = errno;
      continue;
    }
    // Whoever opens a display that has no master becomes its master. That place is the compositor's.
    if (drmIsMaster(node.get()) != 0)
      drmDropMaster(node.get());
    return node;
  }
  fail_errno("cannot open the compositor's DRM device " + name, error);
}

} // namespace fenceline::demos
