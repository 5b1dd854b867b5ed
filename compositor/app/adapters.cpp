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

SurfaceHit DesktopPolicy::hit_test(double x, double y) const {
  return desktop_.hit_test(x, y).value_or(SurfaceHit{});
}

bool DesktopPolicy::origin_of(SurfaceId surface, double& x, double& y) const {
  const std::optional<Point> origin = desktop_.origin_of(surface);
  if (!origin)
    return false;
  x = origin->x;
  y = origin->y;
  return true;
}

SurfaceId DesktopPolicy::keyboard_focus() const {
  return desktop_.keyboard_focus().value_or(SurfaceId{});
}

void DesktopPolicy::clicked(SurfaceId surface) {
  if (surface == SurfaceId{})
    desktop_.dismiss_popups();
  else
    desktop_.clicked(surface);
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
