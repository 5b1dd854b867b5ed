#include "compositor/input/theme_cursor.h"

#include <drm_fourcc.h>

#include <algorithm>
#include <utility>

namespace fenceline {
namespace {

/// A theme that wants to be faster would draw every frame for its own sake.
constexpr Nanoseconds fastest = std::chrono::milliseconds(10);

} // namespace

ThemeCursor::ThemeCursor(Scene& scene) : scene_(scene), surface_(scene.create_surface(ClientId{}).id()) {
  (void)scene_.find(surface_)->give_role(SurfaceRole::Cursor);
  draw();
}

Result<void> ThemeCursor::set_theme(std::function<CursorTheme()> load, EventLoop& loop) {
  loop_ = &loop;
  load_ = std::move(load);
  if (visible_)
    load_theme();
  if (!timer_) {
    Result<std::unique_ptr<Timer>> timer = loop.make_timer([this] { next(); });
    if (!timer)
      return timer.error();
    timer_ = std::move(*timer);
  }
  wait();
  return {};
}

void ThemeCursor::show(CursorShape shape) {
  if (shape == shape_)
    return;
  shape_ = shape;
  frame_ = 0;
  draw();
  wait();
}

void ThemeCursor::load_theme() {
  theme_ = std::exchange(load_, nullptr)();
  frame_ = 0;
  draw();
}

void ThemeCursor::set_visible(bool visible) {
  if (std::exchange(visible_, visible) == visible)
    return;
  if (visible && load_)
    load_theme();
  wait();
}

void ThemeCursor::draw() {
  const CursorFrame& frame = theme_.frames(shape_)[frame_];
  Surface& surface = *scene_.find(surface_);
  surface.pending().buffer = BufferAttachment{.id = BufferId{},
                                              .kind = BufferKind::Shm,
                                              .size = frame.size,
                                              .format = {DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR},
                                              .pixels = frame.pixels,
                                              .lease = nullptr};
  surface.pending().buffer_damage = Region(Rect{0, 0, frame.size.width, frame.size.height});
  // Nothing of it ever waits: it can't be refused.
  [[maybe_unused]] const Result<CommitId> committed = scene_.commit(surface, {});
}

void ThemeCursor::next() {
  frame_ = (frame_ + 1) % theme_.frames(shape_).size();
  draw();
  wait();
}

void ThemeCursor::wait() {
  if (!timer_)
    return;
  const Nanoseconds delay = theme_.frames(shape_)[frame_].delay;
  if (visible_ && delay > Nanoseconds{})
    timer_->arm(loop_->clock().now() + std::max(delay, fastest));
  else
    timer_->disarm();
}

} // namespace fenceline
