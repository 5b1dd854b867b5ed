#include "compositor/app/desktop_policy.h"

#include <linux/input-event-codes.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace fenceline {
namespace {

/// For the edge or corner that would be dragged.
CursorShape shape_of(WindowEdges edges) {
  using namespace window_edge;
  switch (edges) {
  case top:
    return CursorShape::NResize;
  case bottom:
    return CursorShape::SResize;
  case left:
    return CursorShape::WResize;
  case right:
    return CursorShape::EResize;
  case top | left:
    return CursorShape::NwResize;
  case top | right:
    return CursorShape::NeResize;
  case bottom | left:
    return CursorShape::SwResize;
  case bottom | right:
    return CursorShape::SeResize;
  default:
    return CursorShape::Default;
  }
}

} // namespace

void DesktopPolicy::attach(Seat& seat) {
  desktop_.on_grab_wanted([this, &seat](const Desktop::GrabWish& wish) { start(seat, wish); });
  desktop_.on_grab_lost([this, &seat] { seat.end_grab(*this); });
}

void DesktopPolicy::start(Seat& seat, const Desktop::GrabWish& wish) {
  if (busy() || (!wish.contact && seat.held_buttons() == 0))
    return;
  const SurfacePosition at =
      wish.contact ? seat.contact_position(*wish.contact) : SurfacePosition{.x = seat.x(), .y = seat.y()};
  if (!drag(wish.window, wish.edges, {.x = at.x, .y = at.y, .button = BTN_LEFT, .modifiers = 0}))
    return;
  if (!(wish.contact ? seat.start_touch_grab(*wish.contact, *this) : seat.start_grab(*this)))
    desktop_.finish_grab();
}

PointerGrab* DesktopPolicy::drag(WindowId window, WindowEdges edges, const PointerPress& press) {
  edges_ = edges;
  return desktop_.begin_grab(window, edges, press.x, press.y) ? this : nullptr;
}

CursorShape DesktopPolicy::cursor() const {
  return button_ ? CursorShape::Default : edges_ == window_edge::none ? CursorShape::Grabbing : shape_of(edges_);
}

CursorShape DesktopPolicy::cursor_at(double x, double y) const {
  const std::optional<Desktop::FrameHit> hit = desktop_.frame_hit(x, y);
  return hit && hit->part == FramePart::Border ? shape_of(hit->edges) : CursorShape::Default;
}

SurfaceHit DesktopPolicy::hit_test(double x, double y) const {
  return desktop_.hit_test(x, y).value_or(SurfaceHit{});
}

bool DesktopPolicy::origin_of(SurfaceId surface, double& x, double& y) const {
  const auto whole = [](double value) { return static_cast<std::int32_t>(std::clamp(std::floor(value), -1e9, 1e9)); };
  const std::optional<Point> origin = desktop_.origin_near(surface, {whole(x), whole(y)});
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
  if (busy())
    return nullptr;
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
  return drag(window, edges, press);
}

PointerGrab* DesktopPolicy::take_frame(const PointerPress& press, const Desktop::FrameHit& hit) {
  desktop_.dismiss_popups();
  desktop_.activate(hit.window);
  if (press.button != BTN_LEFT)
    return nullptr;
  if (hit.part == FramePart::Title || hit.part == FramePart::Border)
    return drag(hit.window, hit.edges, press);
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

void DesktopPolicy::released(TimePoint) {
  // A button does what it says when it is let go over itself.
  if (const auto button = std::exchange(button_, std::nullopt); button && desktop_.frame_hit(x_, y_) == button)
    desktop_.press(button->window, button->part);
}

void DesktopPolicy::grab_ended() {
  button_.reset();
  desktop_.finish_grab();
}

void DesktopPolicy::clicked(SurfaceId surface) {
  if (surface == SurfaceId{})
    desktop_.dismiss_popups();
  else
    desktop_.clicked(surface);
}

} // namespace fenceline
