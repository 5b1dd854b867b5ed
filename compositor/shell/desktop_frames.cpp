// What the pointer does to windows on the desktop: dragging them, and the frames to do it by.
#include <algorithm>

#include "compositor/shell/desktop.h"

namespace fenceline {

void Desktop::want_grab(const GrabWish& wish) {
  if (grab_wanted_)
    grab_wanted_(wish);
}

bool Desktop::begin_grab(WindowId id, WindowEdges edges, double x, double y) {
  Window* w = windows_.find(id);
  if (!w || !w->visible() || w->wants_fullscreen || w->shown_fullscreen)
    return false;
  const bool moves = edges == window_edge::none;
  if (!w->wants_floating() || !w->shown_floating()) {
    if (!moves)
      return false;
    // It comes off under the pointer, which stays as far along it as it is.
    const Rect full = frame_of(*w);
    const Size size = w->floating_size.empty() ? full.size() : w->floating_size;
    const double along = full.width > 0 ? (x - full.x) / full.width : 0;
    w->place = Point{static_cast<std::int32_t>(std::clamp(x - along * size.width, -1e9, 1e9)), full.y};
    request_maximized(id, false);
    send_configure(*w, true);
    grab_.emplace(id, edges, Rect{w->place->x, w->place->y, size.width, size.height}, x, y);
    return true;
  }
  const Rect frame = frame_of(*w);
  w->place = frame.origin();
  w->dragged = edges;
  grab_.emplace(id, edges, frame, x, y);
  if (moves)
    return true;
  w->resizing = true;
  w->fixed = frame.origin() + Point{frame.width, frame.height};
  w->floating_size = grab_size_ = frame.size();
  send_configure(*w, true);
  return true;
}

void Desktop::grab_moved(double x, double y) {
  Window* w = grab_ ? windows_.find(grab_->window()) : nullptr;
  if (!w)
    return;
  if (!grab_->moves()) {
    grab_size_ = grab_->size_at(x, y, *w, {});
    return send_resize(*w);
  }
  const Point place = grab_->place_at(x, y);
  if (w->place == place)
    return;
  w->place = place;
  tell_popups(*w);
  changed();
}

void Desktop::send_resize(Window& w) {
  // One at a time: a client that is slow gets the newest size when it is done with the one before.
  if (w.awaits_answer() || w.floating_size == grab_size_)
    return;
  w.floating_size = grab_size_;
  send_configure(w, false);
}

void Desktop::finish_grab() {
  if (!grab_)
    return;
  Window* w = windows_.find(grab_->window());
  const bool resized = !grab_->moves();
  grab_.reset();
  if (!w)
    return;
  if (resized) {
    w->resizing = false;
    w->floating_size = grab_size_;
  }
  // It may be on another output now.
  if (w->mapped)
    send_configure(*w, false);
}

void Desktop::lose_grab(WindowId id) {
  if (!grab_ || grab_->window() != id)
    return;
  finish_grab();
  if (grab_lost_)
    grab_lost_();
}

void Desktop::update_frame(Window& w) {
  const bool framed = w.mapped && w.shown_decorated && !kiosk_;
  if (!framed) {
    w.decoration.reset();
    return;
  }
  // A fullscreen window's is not seen: it is as it was when it is again.
  if (w.shown_fullscreen)
    return;
  if (!w.decoration)
    w.decoration = std::make_unique<Decoration>(scene_, titles_);
  w.decoration->show({.content = layout_.geometry_of(w.surface).size(),
                      .title = w.title,
                      .active = focused_ == w.id,
                      .maximized = w.shown_maximized});
}

std::optional<Desktop::FrameHit> Desktop::frame_hit(double x, double y) const {
  const std::optional<SurfaceHit> hit = hit_test(x, y);
  if (!hit)
    return std::nullopt;
  for (const auto& w : windows_.all())
    if (const auto hold = w->decoration ? w->decoration->hold_of(hit->surface, hit->x, hit->y) : std::nullopt)
      return FrameHit{w->id, hold->part, hold->edges};
  return std::nullopt;
}

void Desktop::press(WindowId id, FramePart part) {
  Window* w = windows_.find(id);
  if (!w || !w->visible())
    return;
  if (part == FramePart::Close)
    return w->client->close();
  if (part == FramePart::Minimize)
    return set_minimized(id, true);
  if (part != FramePart::Maximize)
    return;
  request_maximized(id, !w->wants_maximized);
  reconfigure(id);
}

} // namespace fenceline
