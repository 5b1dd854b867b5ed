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

LatchedFrame ShownSource::latch(OutputId output, FrameId frame) {
  LatchedFrame latched = builder_.latch(output, frame);
  if (compositor_) {
    shown_.clear();
    for (const Layer& layer : latched.snapshot.layers)
      shown_.push_back(layer.surface);
    compositor_->shown(output, shown_);
  }
  return latched;
}

} // namespace fenceline
