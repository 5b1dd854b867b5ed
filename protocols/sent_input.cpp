#include "protocols/sent_input.h"

#include <algorithm>

namespace fenceline {

void SentInput::told(InputKind kind, ClientId client, SurfaceId surface, TimePoint time) {
  if (time <= newest_)
    return;
  newest_ = time;
  auto entry = std::find_if(told_.begin(), told_.end(), [kind, surface](const Told& other) {
    return other.kind == kind && other.surface == surface;
  });
  if (entry == told_.end())
    entry = told_.insert(told_.end(), {.kind = kind, .client = client, .surface = surface, .newest = {}});
  entry->newest = time;
  ++entry->events;
}

void SentInput::flushed() {
  for (const Told& told : told_)
    observer_.record({.kind = FrameEventKind::Input,
                      .detail = static_cast<std::uint8_t>(told.kind),
                      .client = told.client,
                      .surface = told.surface,
                      .value = told.events,
                      .time = told.newest});
  told_.clear();
}

} // namespace fenceline
