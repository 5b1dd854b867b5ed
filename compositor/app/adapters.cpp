#include "compositor/app/adapters.h"

namespace fenceline {

Result<int> SessionOpener::open_device(const std::string& path) {
  Result<std::unique_ptr<SessionDevice>> device = session_.open_device(path);
  if (!device)
    return device.error();
  const int fd = (*device)->fd();
  open_[fd] = std::move(*device);
  return fd;
}

void ShownSource::latch(OutputId output, FrameId frame, LatchedFrame& into) {
  builder_.latch(output, frame, into);
  if (compositor_) {
    shown_.clear();
    for (const Layer& layer : into.snapshot.layers)
      shown_.push_back(layer.surface);
    compositor_->shown(output, shown_);
  }
}

std::optional<OutputId> PaceByOutputs::output_of(SurfaceId surface) const {
  for (const OutputId id : outputs_of(surface))
    if (takes_pictures(id))
      return id;
  return std::nullopt;
}

std::span<const OutputId> PaceByOutputs::outputs_of(SurfaceId surface) const {
  const SurfaceResource* resource = compositor_ ? compositor_->find(surface) : nullptr;
  return resource ? std::span<const OutputId>(resource->shown_on()) : std::span<const OutputId>();
}

bool PaceByOutputs::takes_pictures(OutputId output) const {
  const OutputLoop* found = outputs_ ? outputs_->find(output) : nullptr;
  return found && found->takes_pictures();
}

TimePoint PaceByOutputs::ask_time(OutputId output, TimePoint target) const {
  const OutputLoop* found = outputs_ ? outputs_->find(output) : nullptr;
  return found ? found->time_to_schedule(target) : target;
}

TimePoint PaceByOutputs::next_latch(OutputId output) const {
  const OutputLoop* found = outputs_ ? outputs_->find(output) : nullptr;
  return found ? found->coming_latch() : TimePoint{};
}

void PaceByOutputs::ask(OutputId output) {
  if (outputs_)
    outputs_->schedule_in_time(output);
}

void PaceByOutputs::ask_to_look(OutputId output) {
  if (outputs_)
    outputs_->schedule_look(output);
}

} // namespace fenceline
