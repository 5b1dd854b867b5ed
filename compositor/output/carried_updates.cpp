#include "compositor/output/carried_updates.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace fenceline {

void discard_feedback(LatchedUpdate& update, FrameObserver& observer) {
  observer.record({.kind = FrameEventKind::Discarded,
                   .client = update.client,
                   .surface = update.surface,
                   .commit = update.commit,
                   .time = {}});
  for (const auto& feedback : std::exchange(update.feedback, {}))
    feedback->discarded();
}

void CarriedUpdates::add(std::vector<LatchedUpdate> updates, Callbacks callbacks) {
  std::move(updates.begin(), updates.end(), std::back_inserter(updates_));
  std::move(callbacks.begin(), callbacks.end(), std::back_inserter(callbacks_));
}

void CarriedUpdates::finish(TimePoint now) {
  const Callbacks callbacks = std::exchange(callbacks_, {});
  std::vector<LatchedUpdate> updates = std::exchange(updates_, {});
  for (const auto& callback : callbacks)
    callback->done(now);
  for (LatchedUpdate& update : updates) {
    discard_feedback(update, observer_);
    for (const auto& callback : update.callbacks)
      callback->done(now);
  }
}

CarriedUpdates::Callbacks CarriedUpdates::join(LatchedFrame& frame) {
  Callbacks callbacks = std::exchange(callbacks_, {});
  std::vector<LatchedUpdate> updates = std::exchange(updates_, {});
  const auto& layers = frame.snapshot.layers;
  for (LatchedUpdate& update : updates) {
    const bool shown = std::any_of(layers.begin(), layers.end(), [&update](const Layer& layer) {
      return layer.surface == update.surface && layer.commit == update.commit;
    });
    if (shown) {
      frame.updates.push_back(std::move(update));
      continue;
    }
    discard_feedback(update, observer_);
    std::move(update.callbacks.begin(), update.callbacks.end(), std::back_inserter(callbacks));
  }
  return callbacks;
}

} // namespace fenceline
