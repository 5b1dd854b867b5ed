#include "compositor/output/fallback_device.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace fenceline {

FallbackDevice::FallbackDevice(std::unique_ptr<ScanoutDevice> first, std::unique_ptr<ScanoutDevice> second)
    : first_(std::move(first)), second_(std::move(second)) {
  first_->set_listener(this);
  second_->set_listener(this);
}

FallbackDevice::~FallbackDevice() {
  listener_ = nullptr;
}

ScanoutDevice& FallbackDevice::owner(OutputId output) const {
  for (ScanoutDevice* device : {first_.get(), second_.get()}) {
    const auto outputs = device->outputs();
    if (std::any_of(outputs.begin(), outputs.end(), [output](const OutputInfo& info) { return info.id == output; }))
      return *device;
  }
  return used();
}

Result<void> FallbackDevice::import_buffer(BufferId buffer, const DmabufAttributes& attributes) {
  auto shown = first_->import_buffer(buffer, attributes);
  auto fallback = second_->import_buffer(buffer, attributes);
  return first_->outputs().empty() ? std::move(fallback) : std::move(shown);
}

Result<DmabufAttributes> FallbackDevice::allocate(BufferId buffer, Size size, std::span<const FormatModifier> formats) {
  return used().allocate(buffer, size, formats);
}

Result<MappedImage> FallbackDevice::allocate_cursor(BufferId buffer, OutputId output) {
  return owner(output).allocate_cursor(buffer, output);
}

void FallbackDevice::forget_buffer(BufferId buffer) {
  first_->forget_buffer(buffer);
  second_->forget_buffer(buffer);
}

Result<void> FallbackDevice::accepts(const OutputState& state) const {
  return owner(state.output).accepts(state);
}

Result<void> FallbackDevice::submit(OutputState&& state) {
  return owner(state.output).submit(std::move(state));
}

Result<UniqueFd> FallbackDevice::submit_with_fence(OutputState&& state) {
  return owner(state.output).submit_with_fence(std::move(state));
}

void FallbackDevice::abandon(OutputId output) {
  owner(output).abandon(output);
}

void FallbackDevice::flipped(const FlipEvent& event) {
  if (listener_ != nullptr)
    listener_->flipped(event);
}

void FallbackDevice::outputs_changed() {
  if (listener_ != nullptr)
    listener_->outputs_changed();
}

void FallbackDevice::needs_modeset(OutputId output) {
  if (listener_ != nullptr)
    listener_->needs_modeset(output);
}

void FallbackDevice::ready(OutputId output, FrameId frame, TimePoint time) {
  if (listener_ != nullptr)
    listener_->ready(output, frame, time);
}

void FallbackDevice::released(BufferId buffer) {
  if (listener_ != nullptr && !reads(buffer))
    listener_->released(buffer);
}

} // namespace fenceline
