#pragma once
#include "compositor/wl/display.h"
#include "protocols/sync_objects.h"

namespace fenceline {

/// wp_linux_drm_syncobj_manager_v1 1. Made only where sync objects can be used.
class SyncobjGlobal {
 public:
  /// `objects` outlives every surface's content: leases signal through it.
  SyncobjGlobal(wl::Display& display, SyncObjects& objects);

 private:
  SyncObjects& objects_;
  wl::Global global_;
};

} // namespace fenceline
