#pragma once
#include <optional>

#include "compositor/app/deferred_composer.h"
#include "compositor/base/clock.h"
#include "compositor/frame/frame_event.h"
#include "compositor/output/cursor_store.h"
#include "compositor/output/output_set.h"
#include "compositor/scene/scene.h"

namespace fenceline {

struct RendererWatchParts {
  DeferredComposer& composer;
  Scene& scene;
  CursorStore& cursors;
  OutputSet& outputs;
  FrameObserver& observer;
  const Clock& clock;
};

/// Tells everybody who has to know when the renderer comes, is lost and comes back, and the trace what the GPU did.
class RendererWatch {
 public:
  /// The parts outlive it.
  explicit RendererWatch(const RendererWatchParts& parts);
  RendererWatch(const RendererWatch&) = delete;
  RendererWatch& operator=(const RendererWatch&) = delete;
  ~RendererWatch();

 private:
  void lost();
  void changed();

  RendererWatchParts parts_;
  std::optional<TimePoint> lost_at_; ///< Since then there is no renderer.
};

} // namespace fenceline
