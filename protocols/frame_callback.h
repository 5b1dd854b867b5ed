#pragma once
#include <wayland-server-protocol.h>

#include <memory>

#include "compositor/frame/frame_source.h"
#include "compositor/wl/resource.h"

namespace fenceline {

/// Makes the wl_callback of a wl_surface.frame request. Dropped without done, it takes the wl_callback with it.
[[nodiscard]] std::unique_ptr<FrameCallback> make_frame_callback(wl_client* client, wl::NewId id);

} // namespace fenceline
