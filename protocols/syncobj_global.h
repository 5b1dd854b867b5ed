#pragma once
#include <map>
#include <memory>

#include "compositor/frame/ids.h"
#include "compositor/wl/display.h"
#include "protocols/point_waits.h"
#include "protocols/sync_objects.h"

namespace fenceline {

/// wp_linux_drm_syncobj_manager_v1 1. Made only where sync objects can be used.
class SyncobjGlobal {
 public:
  /// `objects` outlives every surface's content: leases signal through it.
  /// `looks`: see PointWaits.
  SyncobjGlobal(wl::Display& display, SyncObjects& objects, LatchLooks* looks = nullptr);

  [[nodiscard]] SyncObjects& objects() { return objects_; }
  /// What the client's updates wait in, whichever of its managers it uses.
  [[nodiscard]] std::shared_ptr<PointWaits> waits_of(wl_client* client);

 private:
  wl::Display& display_;
  SyncObjects& objects_;
  LatchLooks* looks_;
  std::map<ClientId, std::weak_ptr<PointWaits>> waits_;
  wl::Global global_;
};

} // namespace fenceline
