#include "compositor/input/seat.h"

#include <algorithm>
#include <cmath>

namespace fenceline {

Seat::Seat(Scene& scene, Log& log, Keymap keymap, SeatPolicy& policy)
    : scene_(scene), log_(log), keymap_(std::move(keymap)), policy_(policy), contacts_(policy), own_cursor_(scene),
      cursor_(own_cursor_.surface()), hotspot_(own_cursor_.hotspot()) {
  scene_.add_listener(*this);
}

Seat::~Seat() {
  scene_.remove_listener(*this);
}

void Seat::set_sink(SeatSink* sink) {
  sink_ = sink;
  if (sink_)
    sink_->capabilities(capabilities());
}

Result<void> Seat::apply(const KeyboardSettings& settings) {
  const KeyboardSettings before = keyboard_settings_;
  if (!settings.same_keymap(before)) {
    Result<Keymap> keymap = Keymap::create(settings);
    if (!keymap)
      return keymap.error();
    keymap->continue_from(keymap_, keys_);
    keymap_ = std::move(*keymap);
  }
  keyboard_settings_ = settings;
  if (!sink_)
    return {};
  if (settings.repeat_rate != before.repeat_rate || settings.repeat_delay != before.repeat_delay)
    sink_->repeat_changed();
  if (settings.same_keymap(before))
    return {};
  sink_->keymap_changed();
  if (keyboard_focus_ != SurfaceId{}) {
    sent_modifiers_ = keymap_.modifiers();
    sink_->modifiers(sent_modifiers_);
  }
  return {};
}

void Seat::set_areas(std::vector<Rect> areas, std::vector<std::string> names, std::vector<Transform> transforms) {
  areas_ = std::move(areas);
  area_names_ = std::move(names);
  area_transforms_ = std::move(transforms);
  if (areas_.empty())
    return;
  const Point at{static_cast<std::int32_t>(std::floor(x_)), static_cast<std::int32_t>(std::floor(y_))};
  const bool inside = std::any_of(areas_.begin(), areas_.end(), [at](const Rect& r) { return r.contains(at); });
  if (!placed_ || !inside)
    place_pointer(areas_.front().x + areas_.front().width / 2.0, areas_.front().y + areas_.front().height / 2.0);
  placed_ = true;
  cursor_changed();
  update_hover();
}

DeviceArea Seat::device_area(std::size_t index) const {
  return {areas_[index], index < area_transforms_.size() ? area_transforms_[index] : Transform::Normal};
}

std::optional<DeviceArea> Seat::area_named(const std::string& output) const {
  for (std::size_t i = 0; i < std::min(areas_.size(), area_names_.size()); ++i)
    if (area_names_[i] == output)
      return device_area(i);
  return std::nullopt;
}

DeviceArea Seat::touch_area() const {
  // The kernel's names of connectors that are soldered in (drm_connector.c).
  for (std::size_t i = 0; i < std::min(areas_.size(), area_names_.size()); ++i)
    for (const char* built_in : {"eDP-", "LVDS-", "DSI-", "DPI-"})
      if (area_names_[i].starts_with(built_in))
        return device_area(i);
  return areas_.empty() ? DeviceArea{} : device_area(0);
}

void Seat::count_devices(int& count, int by) {
  const SeatCapabilities before = capabilities();
  count += by;
  if (capabilities() == before)
    return;
  log_.debug("the seat has {} pointers, {} keyboards and {} touch screens", pointers_, keyboards_, touch_screens_);
  // What was held is let go and the focus left before the capability goes: nothing may be sent after that.
  if (before.pointer && !has_pointer()) {
    release_buttons();
    if (pointer_focus_ != SurfaceId{})
      enter({});
  }
  if (before.keyboard && !has_keyboard()) {
    release_keys();
    focus_keyboard();
  }
  if (before.touch && !has_touch())
    touch_cancel();
  own_cursor_.set_visible(own_cursor_seen());
  if (sink_)
    sink_->capabilities(capabilities());
  refresh_focus();
  cursor_changed();
}

void Seat::place_pointer(double x, double y) {
  if (areas_.empty())
    return;
  // The nearest point of any area: the pointer slides along edges and crosses where areas touch.
  double best = -1, best_x = x, best_y = y;
  for (const Rect& r : areas_) {
    const double cx = std::clamp<double>(x, r.x, r.x + r.width - 1.0 / 256),
                 cy = std::clamp<double>(y, r.y, r.y + r.height - 1.0 / 256);
    const double distance = (cx - x) * (cx - x) + (cy - y) * (cy - y);
    if (best < 0 || distance < best) {
      best = distance;
      best_x = cx;
      best_y = cy;
    }
  }
  x_ = best_x;
  y_ = best_y;
}

void Seat::move_by(TimePoint time, const RelativeMotion& motion) {
  if (!std::isfinite(motion.dx) || !std::isfinite(motion.dy))
    return;
  if (sink_ && pointer_focus_ != SurfaceId{}) {
    sink_->pointer_moved_by(time, motion);
    frame_due_ = true;
  }
  move_to(time, x_ + motion.dx, y_ + motion.dy);
  if (std::exchange(frame_due_, false) && sink_)
    sink_->pointer_frame();
}

void Seat::move_to_fraction(TimePoint time, double x, double y) {
  if (areas_.size() == 1) {
    const SurfacePosition place = device_area(0).at(x, y, 1, 1);
    return move_to(time, place.x, place.y);
  }
  Rect all;
  for (const Rect& r : areas_) {
    if (all.empty()) {
      all = r;
      continue;
    }
    const std::int32_t right = std::max(all.x + all.width, r.x + r.width),
                       bottom = std::max(all.y + all.height, r.y + r.height);
    all.x = std::min(all.x, r.x);
    all.y = std::min(all.y, r.y);
    all.width = right - all.x;
    all.height = bottom - all.y;
  }
  move_to(time, all.x + x * all.width, all.y + y * all.height);
}

void Seat::seen(TimePoint time) {
  last_event_ = time;
  if (input_seen_)
    input_seen_();
}

void Seat::pointer_seen(TimePoint time) {
  seen(time);
  if (pointer_used_)
    pointer_used_();
}

void Seat::move_to(TimePoint time, double x, double y) {
  if (!std::isfinite(x) || !std::isfinite(y))
    return;
  pointer_seen(time);
  if (held_by_ && held_by_->locks())
    return;
  double origin_x = x_, origin_y = y_;
  if (held_by_ && policy_.origin_of(pointer_focus_, origin_x, origin_y)) {
    const SurfacePosition inside = held_by_->nearest({x - origin_x, y - origin_y});
    x = inside.x + origin_x;
    y = inside.y + origin_y;
  }
  place_pointer(x, y);
  cursor_changed();
  if (grab_)
    grab_->pointer_moved(time, x_, y_);
  else
    update_hover();
}

void Seat::enter(SurfaceHit hit) {
  const SurfaceId old = std::exchange(pointer_focus_, hit.surface);
  const bool same_client = [&] {
    const Surface *a = scene_.find(old), *b = scene_.find(hit.surface);
    return a && b && a->client() == b->client();
  }();
  // The cursor of another client's window is nobody's until that client says; an own one stays while its client moves
  // about.
  if (!same_client)
    reset_cursor();
  release_constraint();
  frame_due_ = false;
  told_x_ = hit.x;
  told_y_ = hit.y;
  if (!sink_)
    return;
  if (old != SurfaceId{})
    sink_->pointer_leave(old);
  if (hit.surface != SurfaceId{})
    sink_->pointer_enter(hit.surface, hit.x, hit.y);
  sink_->pointer_frame();
}

void Seat::update_hover() {
  if (!has_pointer() || grab_)
    return;
  // While a button is held the surface that it went down on keeps the pointer (the implicit grab).
  if (buttons_.empty()) {
    const SurfaceHit hit = policy_.hit_test(x_, y_);
    if (hit.surface != pointer_focus_)
      enter(hit);
    else
      tell_position(hit.x, hit.y);
    if (const Surface* under = scene_.find(hit.surface); under && under->client() == ClientId{})
      show_shape(policy_.cursor_at(x_, y_));
    update_constraint();
    return;
  }
  double origin_x = x_, origin_y = y_;
  if (pointer_focus_ != SurfaceId{} && policy_.origin_of(pointer_focus_, origin_x, origin_y))
    tell_position(x_ - origin_x, y_ - origin_y);
  update_constraint();
}

bool Seat::may_hold(const PointerConstraint& constraint) const {
  if (grab_ || pointer_focus_ == SurfaceId{} || constraint.surface() != pointer_focus_)
    return false;
  // The user has to be with the window: one that comes up under the pointer does not take it, and one that is left for
  // another, also of its own client, lets go, or nothing there could be clicked.
  const Surface *under = scene_.find(pointer_focus_), *typed = scene_.find(keyboard_focus_);
  return !has_keyboard() || (under && typed && &scene_.root_of(*under) == &scene_.root_of(*typed));
}

void Seat::update_constraint() {
  if (held_by_ && !may_hold(*held_by_))
    release_constraint();
  double origin_x = x_, origin_y = y_;
  if (pointer_focus_ == SurfaceId{} || !policy_.origin_of(pointer_focus_, origin_x, origin_y))
    return;
  const SurfacePosition at{x_ - origin_x, y_ - origin_y};
  if (held_by_ && !held_by_->contains(at)) {
    // Its region, or its surface, has changed: a confined pointer follows, if there is anywhere left to go.
    const SurfacePosition inside = held_by_->nearest(at);
    if (held_by_->locks() || !held_by_->contains(inside))
      return release_constraint();
    place_pointer(inside.x + origin_x, inside.y + origin_y);
    cursor_changed();
    tell_position(x_ - origin_x, y_ - origin_y);
  }
  if (held_by_)
    return;
  for (PointerConstraint* constraint : constraints_)
    if (may_hold(*constraint) && constraint->contains(at)) {
      held_by_ = constraint;
      return constraint->activated();
    }
}

void Seat::release_constraint() {
  if (PointerConstraint* ended = std::exchange(held_by_, nullptr))
    ended->deactivated();
}

void Seat::add_constraint(PointerConstraint& constraint) {
  constraints_.push_back(&constraint);
  update_constraint();
}

void Seat::remove_constraint(PointerConstraint& constraint) {
  std::erase(constraints_, &constraint);
  if (held_by_ != &constraint)
    return;
  held_by_ = nullptr;
  double origin_x = x_, origin_y = y_;
  const std::optional<SurfacePosition> wanted = constraint.release_position();
  if (!wanted || !policy_.origin_of(pointer_focus_, origin_x, origin_y))
    return;
  place_pointer(wanted->x + origin_x, wanted->y + origin_y);
  cursor_changed();
  update_hover();
}

void Seat::set_drag_icon(SurfaceId icon) {
  if (Surface* image = scene_.find(icon))
    (void)image->take_offset();
  icon_ = icon;
  icon_offset_ = {};
  cursor_changed();
}

void Seat::move_drag_icon(double x, double y) {
  icon_at_ = {static_cast<std::int32_t>(std::floor(x)), static_cast<std::int32_t>(std::floor(y))};
  cursor_changed();
}

void Seat::tell_position(double x, double y) {
  // Also when it is the surface that has moved: a button's place is that of the last motion (wl_pointer.button).
  if (pointer_focus_ == SurfaceId{} || (x == told_x_ && y == told_y_) || (held_by_ && held_by_->locks()))
    return;
  told_x_ = x;
  told_y_ = y;
  if (!sink_)
    return;
  frame_due_ = false;
  sink_->pointer_motion(last_event_, x, y);
  sink_->pointer_frame();
}

void Seat::button(TimePoint time, std::uint32_t code, bool pressed) {
  pointer_seen(time);
  if (pressed) {
    const bool first = buttons_.empty();
    // A second mouse may press what is pressed already: one press, one release.
    if (!buttons_.insert(code).second)
      return;
    if (first) {
      PointerGrab* grab = policy_.take_press({.x = x_, .y = y_, .button = code, .modifiers = held_modifiers(keymap_)});
      if (grab && start_grab(*grab))
        return;
      policy_.clicked(pointer_focus_);
    }
  } else if (buttons_.erase(code) == 0) {
    return;
  }
  if (sink_ && pointer_focus_ != SurfaceId{}) {
    sink_->pointer_button(time, code, pressed);
    sink_->pointer_frame();
  }
  if (!buttons_.empty())
    return;
  if (grab_ && !letting_go_)
    grab_->released(time);
  if (grab_)
    finish_grab();
  else
    update_hover();
}

bool Seat::start_grab(PointerGrab& grab) {
  if (buttons_.empty())
    return false;
  if (grab_ == &grab)
    return true;
  if (PointerGrab* old = std::exchange(grab_, &grab))
    old->grab_ended();
  if (pointer_focus_ != SurfaceId{})
    enter({});
  show_shape(grab.cursor());
  return true;
}

void Seat::end_grab(const PointerGrab& grab) {
  contacts_.end_grab(grab);
  if (grab_ == &grab)
    finish_grab();
}

void Seat::finish_grab() {
  // The buttons that are still held are nobody's: no surface has seen them go down.
  std::exchange(grab_, nullptr)->grab_ended();
  reset_cursor();
  update_hover();
}

void Seat::scroll(TimePoint time, const ScrollEvent& event) {
  pointer_seen(time);
  const bool moves = event.horizontal != 0 || event.vertical != 0 || event.stop_horizontal || event.stop_vertical;
  if (!sink_ || !moves || pointer_focus_ == SurfaceId{})
    return;
  sink_->pointer_scroll(time, event);
  sink_->pointer_frame();
}

void Seat::touch_down(TimePoint time, std::int32_t id, double x, double y) {
  seen(time);
  contacts_.down(sink_, time, id, x, y);
}

void Seat::touch_motion(TimePoint time, std::int32_t id, double x, double y) {
  seen(time);
  contacts_.motion(sink_, time, id, x, y);
}

void Seat::touch_up(TimePoint time, std::int32_t id) {
  seen(time);
  contacts_.up(sink_, time, id);
}

bool Seat::shortcut(std::uint32_t evdev_key, bool pressed) {
  if (!pressed)
    return swallowed_.erase(evdev_key) > 0;
  const KeyBinding* found = bindings_.find(keymap_, evdev_key);
  if (!found)
    return false;
  swallowed_.insert(evdev_key);
  // Shift turns the way round, it does not end it.
  binding_held_ = static_cast<KeyModifiers>(found->chord.modifiers & ~key_modifier::shift);
  // What is called may set others.
  const KeyBinding binding = *found;
  if (bound_)
    bound_(binding);
  if (binding_held_ == 0 && binding_released_)
    binding_released_();
  return true;
}

void Seat::check_binding_released() {
  if (binding_held_ == 0 || (held_modifiers(keymap_) & binding_held_) == binding_held_)
    return;
  binding_held_ = 0;
  if (binding_released_)
    binding_released_();
}

void Seat::key(TimePoint time, std::uint32_t evdev_key, bool pressed) {
  seen(time);
  const auto held = std::find(keys_.begin(), keys_.end(), evdev_key);
  // A second keyboard may press what is pressed already: one press, one release.
  if (pressed == (held != keys_.end()))
    return;
  if (pressed)
    keys_.push_back(evdev_key);
  else
    keys_.erase(held);
  const bool taken = shortcut(evdev_key, pressed);
  const Modifiers now = keymap_.update(evdev_key, pressed);
  if (sink_ && keyboard_focus_ != SurfaceId{}) {
    if (!taken)
      sink_->key(time, evdev_key, pressed);
    if (now != sent_modifiers_) {
      sent_modifiers_ = now;
      sink_->modifiers(now);
    }
  }
  check_binding_released();
}

void Seat::release_keys() {
  for (const std::uint32_t evdev_key : std::vector(keys_))
    key(last_event_, evdev_key, false);
}

void Seat::release_buttons() {
  letting_go_ = true;
  for (const std::uint32_t code : std::vector<std::uint32_t>(buttons_.begin(), buttons_.end()))
    button(last_event_, code, false);
  letting_go_ = false;
}

void Seat::release_all(TimePoint time) {
  last_event_ = time;
  release_keys();
  release_buttons();
  touch_cancel();
}

void Seat::focus_keyboard() {
  const SurfaceId wanted = has_keyboard() ? policy_.keyboard_focus() : SurfaceId{};
  if (wanted == keyboard_focus_)
    return;
  const SurfaceId old = std::exchange(keyboard_focus_, wanted);
  if (!sink_)
    return;
  if (old != SurfaceId{})
    sink_->keyboard_leave(old);
  if (wanted == SurfaceId{})
    return;
  std::vector<std::uint32_t> pressed;
  std::copy_if(keys_.begin(), keys_.end(), std::back_inserter(pressed),
               [this](std::uint32_t key) { return !swallowed_.contains(key); });
  sent_modifiers_ = keymap_.modifiers();
  sink_->keyboard_enter(wanted, pressed, sent_modifiers_);
}

void Seat::refresh_focus() {
  focus_keyboard();
  update_hover();
}

void Seat::set_cursor(SurfaceId surface, Point hotspot) {
  // The hotspot is given anew: what the surface was moved by before counts no more.
  if (Surface* image = scene_.find(surface))
    (void)image->take_offset();
  cursor_ = surface;
  hotspot_ = hotspot;
  own_cursor_.set_visible(own_cursor_seen());
  cursor_changed();
}

void Seat::set_cursor(CursorShape shape) {
  own_cursor_.show(shape);
  set_cursor(own_cursor_.surface(), own_cursor_.hotspot());
}

void Seat::show_shape(CursorShape shape) {
  if (cursor_shape() != shape)
    set_cursor(shape);
}

Result<void> Seat::set_cursor_theme(std::function<CursorTheme()> load, EventLoop& loop) {
  Result<void> moves = own_cursor_.set_theme(std::move(load), loop);
  if (cursor_ == own_cursor_.surface())
    set_cursor(own_cursor_.shape());
  return moves;
}

void Seat::show_cursor(bool shown) {
  if (std::exchange(cursor_shown_, shown) == shown)
    return;
  own_cursor_.set_visible(own_cursor_seen());
  cursor_changed();
}

void Seat::cursor_changed() const {
  if (cursor_changed_)
    cursor_changed_();
}

Point Seat::hotspot(Transform transform) const {
  const Surface* picture = scene_.find(cursor_);
  return turned(transform, {hotspot_.x, hotspot_.y, 1, 1}, picture ? picture->current().size() : Size{}).origin();
}

void Seat::append_roots(OutputId, std::vector<RootPlacement>& roots) const {
  if (icon_ != SurfaceId{})
    roots.push_back({icon_, icon_at_ + icon_offset_, LayerRole::Content});
  if (!has_pointer() || !cursor_shown_ || cursor_ == SurfaceId{})
    return;
  const Point at{static_cast<std::int32_t>(std::floor(x_)), static_cast<std::int32_t>(std::floor(y_))};
  roots.push_back({cursor_, at - hotspot_, LayerRole::Cursor});
}

void Seat::surface_changed(Surface& surface) {
  if (surface.id() == icon_) {
    icon_offset_ = icon_offset_ + surface.take_offset();
    cursor_changed();
  }
  if (surface.id() == cursor_ && cursor_ == own_cursor_.surface()) {
    // Another picture of the theme's.
    hotspot_ = own_cursor_.hotspot();
    return cursor_changed();
  }
  if (surface.id() == cursor_) {
    // attach's offset moves the picture under the hotspot (wl_pointer.set_cursor).
    hotspot_ = hotspot_ - surface.take_offset();
    cursor_changed();
    return;
  }
}

// A window may have grown under the pointer, or its input region changed.
void Seat::settled() {
  update_hover();
}

void Seat::surface_gone(SurfaceId surface) {
  contacts_.surface_gone(surface);
  if (surface == icon_)
    icon_ = {};
  if (surface == cursor_)
    reset_cursor();
  if (surface == keyboard_focus_)
    keyboard_focus_ = {};
  if (surface != pointer_focus_)
    return;
  release_constraint();
  // Its resource is going: no leave can name it. Its grab ends with it: the buttons' releases are nobody else's.
  pointer_focus_ = {};
  buttons_.clear();
  reset_cursor();
  const SurfaceHit below = policy_.hit_test(x_, y_);
  if (has_pointer() && below.surface != surface && below.surface != SurfaceId{})
    enter(below);
}

} // namespace fenceline
