#pragma once
#include "compositor/frame/frame_event.h"
#include "compositor/wl/display.h"

namespace fenceline {

/// Who a wl_client is in the scene and in the trace.
[[nodiscard]] inline ClientId client_id(const wl::Display& display, wl_client* client) {
  return static_cast<ClientId>(display.info(client).number);
}

/// Tells the observer the name of each client that connects, and when it is gone.
inline void describe_clients(wl::Display& display, FrameObserver& observer) {
  display.on_client_connected([&observer](const wl::ClientInfo& info) {
    observer.describe(static_cast<ClientId>(info.number), info.name, info.pid);
  });
  display.on_client_gone(
      [&observer](const wl::ClientInfo& info) { observer.gone(static_cast<ClientId>(info.number)); });
}

} // namespace fenceline
