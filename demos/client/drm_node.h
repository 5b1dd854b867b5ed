#pragma once

#include <string>

#include <sys/types.h>

#include "demos/client/unique_fd.h"

namespace fenceline::demos {

/// Opens the DRM device that the compositor named, for the ioctls of sync objects. Its render node where it has one;
/// else the node itself, which may be a display's only one, without becoming its master. Throws where it cannot.
UniqueFd open_drm_node(dev_t device);

} // namespace fenceline::demos
