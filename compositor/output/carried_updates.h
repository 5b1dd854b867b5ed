#pragma once
#include <memory>
#include <vector>

#include "compositor/frame/frame_event.h"
#include "compositor/frame/frame_source.h"

namespace fenceline {

/// Updates whose frame was never shown: their feedback and callbacks wait here for the next one.
class CarriedUpdates {
 public:
  using Callbacks = std::vector<std::unique_ptr<FrameCallback>>;

  explicit CarriedUpdates(FrameObserver& observer) : observer_(observer) {}

  void add(std::vector<LatchedUpdate> updates, Callbacks callbacks);
  /// Hands all over to a new frame. An update that is still what its surface shows becomes one of the frame's; of one
  /// that is not the feedback is discarded. Returns the callbacks of the latter: the clients still wait for them.
  [[nodiscard]] Callbacks join(LatchedFrame& frame);
  /// There will be no frame: the feedback is discarded, and the callbacks are done with now.
  void finish(TimePoint now);
  /// Whether there is something to hand over.
  [[nodiscard]] bool empty() const { return updates_.empty() && callbacks_.empty(); }

 private:
  FrameObserver& observer_;
  std::vector<LatchedUpdate> updates_; ///< Oldest first.
  Callbacks callbacks_;
};

/// Tells all feedback of an update that it was not shown.
void discard_feedback(LatchedUpdate& update, FrameObserver& observer);

} // namespace fenceline
