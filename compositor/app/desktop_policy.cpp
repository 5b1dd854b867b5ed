#include "compositor/app/desktop_policy.h"

#include <linux/input-event-codes.h>

#include <utility>

namespace fenceline {

void DesktopPolicy::attach(Seat& seat) {
  desktop_.on_grab_wanted([this, &seat](WindowId window, WindowEdges edges) {
    if (seat.held_buttons() > 0 && desktop_.begin_grab(window, edges, seat.x(), seat.y()) && !seat.start_grab(*this))
      desktop_.finish_grab();
  });
  desktop_.on_grab_lost([this, &seat] { seat.end_grab(*this); });
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

PointerGrab* DesktopPolicy::take_press(const PointerPress& press) {
  const std::optional<Desktop::FrameHit> frame =
      press.modifiers == 0 ? desktop_.frame_hit(press.x, press.y) : std::nullopt;
  if (frame)
    return take_frame(press, *frame);
  // Super drags the window that is under the pointer: the left button its place, the right one its size.
  if (press.modifiers != key_modifier::super || (press.button != BTN_LEFT && press.button != BTN_RIGHT))
    return nullptr;
  const Window* w = desktop_.window_at(press.x, press.y);
  if (!w)
    return nullptr;
  const WindowId window = w->id;
  const WindowEdges edges =
      press.button == BTN_RIGHT ? edges_near(desktop_.frame_of(*w), press.x, press.y) : window_edge::none;
  desktop_.dismiss_popups();
  desktop_.activate(window);
  return desktop_.begin_grab(window, edges, press.x, press.y) ? this : nullptr;
}

PointerGrab* DesktopPolicy::take_frame(const PointerPress& press, const Desktop::FrameHit& hit) {
  desktop_.dismiss_popups();
  desktop_.activate(hit.window);
  if (press.button != BTN_LEFT)
    return nullptr;
  if (hit.part == FramePart::Title || hit.part == FramePart::Border)
    return desktop_.begin_grab(hit.window, hit.edges, press.x, press.y) ? this : nullptr;
  button_ = hit;
  x_ = press.x;
  y_ = press.y;
  return this;
}

void DesktopPolicy::pointer_moved(TimePoint, double x, double y) {
  x_ = x;
  y_ = y;
  desktop_.grab_moved(x, y);
}

void DesktopPolicy::grab_ended() {
  // A button does what it says when it is let go over itself.
  if (const auto button = std::exchange(button_, std::nullopt); button && desktop_.frame_hit(x_, y_) == button)
    desktop_.press(button->window, button->part);
  desktop_.finish_grab();
}

void DesktopPolicy::clicked(SurfaceId surface) {
  if (surface == SurfaceId{})
    desktop_.dismiss_popups();
  else
    desktop_.clicked(surface);
}

} // namespace fenceline
