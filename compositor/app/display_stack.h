#pragma once
#include <memory>
#include <string>

#include "compositor/app/deferred_composer.h"
#include "compositor/app/options.h"
#include "compositor/app/renderer_cache.h"
#include "compositor/backends/drm/session.h"
#include "compositor/backends/nested/nested_device.h"
#include "compositor/base/event_loop.h"
#include "compositor/output/composer.h"
#include "compositor/output/frame_clock.h"
#include "compositor/output/scanout_device.h"

namespace fenceline {

/// The display and what draws for it. Destroyed from below: the composer first.
struct DisplayStack {
  std::string backend;              ///< "kms", "nested" or "headless", for people.
  std::unique_ptr<Session> session; ///< Null: no devices are taken (headless).
  std::unique_ptr<ScanoutDevice> device;
  NestedDevice* nested = nullptr;          ///< The device, when it is one.
  std::unique_ptr<FrameClock> clock;       ///< Of a display that sets its own pace; null: any will do.
  std::unique_ptr<Composer> composer;      ///< Null: no usable Vulkan device. What can be scanned out still is.
  DeferredComposer* deferred = nullptr;    ///< The composer.
  bool on_demand = false;                  ///< It is yet to be loaded.
  std::unique_ptr<RendererCache> cache;    ///< Of the display's device.
  std::optional<RendererFacts> remembered; ///< From the cache.
};

/// Opens what the options ask for. Errors are one line for the user.
[[nodiscard]] Result<DisplayStack> open_display(const Options& options, EventLoop& loop, Log& log);

} // namespace fenceline
