#include "protocols/seat_global.h"

#include <algorithm>

#include "compositor/wl/thunk.h"

namespace fenceline {
namespace {

constexpr std::uint32_t newest = 9;
constexpr int max_steps = 1'000'000; ///< 120ths in one event; a device that says more is wrong.

std::uint32_t wire_time(TimePoint time) {
  return static_cast<std::uint32_t>(time.ns / 1'000'000);
}

template <class List, class Item>
void drop(List& list, Item* item) {
  list.erase(std::remove(list.begin(), list.end(), item), list.end());
}

} // namespace

// wl_pointer

const void* PointerResource::implementation() {
  static constexpr struct wl_pointer_interface requests {
    .set_cursor = wl::thunk<&PointerResource::set_cursor>, .release = wl::destroy,
  };
  return &requests;
}

PointerResource::PointerResource(wl_client* client, std::uint32_t version, wl::NewId id, SeatGlobal& seat)
    : Resource(client, version, id), seat_(seat) {
  seat_.pointer_added(*this);
}

PointerResource::~PointerResource() {
  drop(seat_.pointers_, this);
}

void PointerResource::set_cursor(std::uint32_t serial, SurfaceResource* surface, std::int32_t x, std::int32_t y) {
  if (surface && !surface->surface().give_role(SurfaceRole::Cursor))
    return post_error(WL_POINTER_ERROR_ROLE, "wl_surface#{} has another role", surface->object_id());
  if (!seat_.may_set_cursor(client(), serial))
    return;
  seat_.seat_.set_cursor(surface ? surface->surface_id() : SurfaceId{}, {x, y});
}

// wl_keyboard

const void* KeyboardResource::implementation() {
  static constexpr struct wl_keyboard_interface requests { .release = wl::destroy, };
  return &requests;
}

KeyboardResource::KeyboardResource(wl_client* client, std::uint32_t version, wl::NewId id, SeatGlobal& seat)
    : Resource(client, version, id), seat_(seat) {
  seat_.keyboard_added(*this);
}

KeyboardResource::~KeyboardResource() {
  drop(seat_.keyboards_, this);
}

// wl_seat

const void* SeatResource::implementation() {
  static constexpr struct wl_seat_interface requests {
    .get_pointer = wl::thunk<&SeatResource::get_pointer>, .get_keyboard = wl::thunk<&SeatResource::get_keyboard>,
    .get_touch = wl::thunk<&SeatResource::get_touch>, .release = wl::destroy,
  };
  return &requests;
}

SeatResource::SeatResource(wl_client* client, std::uint32_t version, wl::NewId id, SeatGlobal& seat)
    : Resource(client, version, id), seat_(seat) {
  seat_.seats_.push_back(this);
  if (version >= WL_SEAT_NAME_SINCE_VERSION)
    wl_seat_send_name(resource(), "seat0");
  wl_seat_send_capabilities(resource(), seat_.capability_bits());
}

SeatResource::~SeatResource() {
  drop(seat_.seats_, this);
}

bool SeatResource::permits(std::uint32_t serial) const {
  return seat_.permits(client(), serial);
}

std::optional<PressGrab> SeatResource::grab_of(std::uint32_t serial) const {
  return seat_.grab_of(client(), serial);
}

void SeatResource::get_pointer(wl::NewId id) {
  if (!seat_.had_pointer_)
    return post_error(WL_SEAT_ERROR_MISSING_CAPABILITY, "the seat has never had a pointer");
  new PointerResource(client(), version(), id, seat_);
}

void SeatResource::get_keyboard(wl::NewId id) {
  if (!seat_.had_keyboard_)
    return post_error(WL_SEAT_ERROR_MISSING_CAPABILITY, "the seat has never had a keyboard");
  new KeyboardResource(client(), version(), id, seat_);
}

void SeatResource::get_touch(wl::NewId id) {
  if (!seat_.had_touch_)
    return post_error(WL_SEAT_ERROR_MISSING_CAPABILITY, "the seat has never had a touch screen");
  new TouchResource(client(), version(), id, seat_.touch_);
}

// The seat

SeatGlobal::SeatGlobal(wl::Display& display, CompositorGlobal& compositor, Seat& seat)
    : display_(display), compositor_(compositor), seat_(seat), sent_(compositor.scene().observer()),
      touch_(display, compositor, sent_), global_(display, wl_seat_interface, newest, wl::binds<SeatResource>(*this)) {
  seat_.set_sink(this);
  display_.on_flushed([this] { sent_.flushed(); });
}

SeatGlobal::~SeatGlobal() {
  seat_.set_sink(nullptr);
  display_.on_flushed({});
}

wl_client* SeatGlobal::client_of(SurfaceId surface) const {
  const SurfaceResource* found = surface == SurfaceId{} ? nullptr : compositor_.find(surface);
  return found ? found->client() : nullptr;
}

bool SeatGlobal::is_since(std::uint32_t serial, std::uint32_t first) const {
  // Serials go round.
  return serial - first <= display_.serial() - first;
}

bool SeatGlobal::permits(wl_client* client, std::uint32_t serial) const {
  const std::uint32_t number = display_.info(client).number;
  if (client_of(keyboard_surface_) == client && keyboard_owner_ == number && is_since(serial, keyboard_since_))
    return true;
  if (client_of(pointer_surface_) == client && pressed_owner_ == number && is_since(serial, pressed_since_))
    return true;
  return touched_owner_ == number && is_since(serial, touched_since_);
}

std::optional<PressGrab> SeatGlobal::grab_of(wl_client* client, std::uint32_t serial) const {
  if (const auto contact = touch_.contact_of(client, serial))
    return PressGrab{.surface = contact->surface, .touch = contact->id};
  if (buttons_held_ > 0 && client_of(pointer_surface_) == client && grab_owner_ == display_.info(client).number &&
      is_since(serial, grab_since_))
    return PressGrab{.surface = pointer_surface_, .touch = std::nullopt};
  return std::nullopt;
}

std::uint32_t SeatGlobal::capability_bits() const {
  std::uint32_t bits = 0;
  if (seat_.has_pointer())
    bits |= WL_SEAT_CAPABILITY_POINTER;
  if (seat_.has_keyboard())
    bits |= WL_SEAT_CAPABILITY_KEYBOARD;
  if (seat_.has_touch())
    bits |= WL_SEAT_CAPABILITY_TOUCH;
  return bits;
}

void SeatGlobal::capabilities(const SeatCapabilities& now) {
  had_pointer_ |= now.pointer;
  had_keyboard_ |= now.keyboard;
  had_touch_ |= now.touch;
  // Those that are left over from before never hear of the seat again.
  if (!now.pointer)
    pointers_.clear();
  if (!now.keyboard)
    keyboards_.clear();
  touch_.available(now.touch);
  for (const SeatResource* seat : seats_)
    wl_seat_send_capabilities(seat->resource(), capability_bits());
}

template <class Send>
bool SeatGlobal::to_pointers(Send&& send) const {
  const wl_client* client = client_of(pointer_surface_);
  bool any = false;
  for (const PointerResource* pointer : pointers_)
    if (client && pointer->client() == client) {
      any = true;
      send(pointer->resource(), pointer->version());
    }
  return any;
}

template <class Send>
bool SeatGlobal::to_keyboards(Send&& send) const {
  const wl_client* client = client_of(keyboard_surface_);
  bool any = false;
  for (const KeyboardResource* keyboard : keyboards_)
    if (client && keyboard->client() == client) {
      any = true;
      send(*keyboard);
    }
  return any;
}

void SeatGlobal::told(InputKind kind, SurfaceId surface, TimePoint time) {
  if (const Surface* target = scene().find(surface))
    sent_.told(kind, target->client(), surface, time);
}

void SeatGlobal::pointer_added(PointerResource& pointer) {
  if (!seat_.has_pointer())
    return;
  pointers_.push_back(&pointer);
  const SurfaceResource* surface = pointer_surface_ == SurfaceId{} ? nullptr : compositor_.find(pointer_surface_);
  if (!surface || surface->client() != pointer.client())
    return;
  wl_pointer_send_enter(pointer.resource(), pointer_serial_, surface->resource(), wl_fixed_from_double(pointer_x_),
                        wl_fixed_from_double(pointer_y_));
  if (pointer.version() >= WL_POINTER_FRAME_SINCE_VERSION)
    wl_pointer_send_frame(pointer.resource());
}

void SeatGlobal::touch_down(TimePoint time, SurfaceId surface, std::int32_t id, double x, double y) {
  const std::optional<std::uint32_t> serial = touch_.down(time, surface, id, x, y);
  wl_client* client = client_of(surface);
  if (!serial || !client)
    return;
  // The serials of one client's touches count from the first one on, until another is touched, clicked or typed into.
  const std::uint32_t number = display_.info(client).number;
  if (std::exchange(touched_owner_, number) != number)
    touched_since_ = *serial;
  if (pressed_owner_ != number)
    pressed_owner_ = 0;
}

void SeatGlobal::pointer_enter(SurfaceId surface, double x, double y) {
  pointer_surface_ = surface;
  pointer_x_ = x;
  pointer_y_ = y;
  pointer_serial_ = display_.next_serial();
  click_rests_ = {};
  // A press that its surface did not live to see released is over.
  buttons_held_ = 0;
  const SurfaceResource* target = compositor_.find(surface);
  if (!target)
    return;
  if (display_.info(target->client()).number != pressed_owner_)
    pressed_owner_ = 0;
  to_pointers([&](wl_resource* pointer, std::uint32_t) {
    wl_pointer_send_enter(pointer, pointer_serial_, target->resource(), wl_fixed_from_double(x),
                          wl_fixed_from_double(y));
  });
}

void SeatGlobal::pointer_leave(SurfaceId surface) {
  const SurfaceResource* target = compositor_.find(surface);
  if (target) {
    const std::uint32_t serial = display_.next_serial();
    to_pointers([&](wl_resource* pointer, std::uint32_t version) {
      wl_pointer_send_leave(pointer, serial, target->resource());
      // The next group may be another client's: this one is closed here.
      if (version >= WL_POINTER_FRAME_SINCE_VERSION)
        wl_pointer_send_frame(pointer);
    });
  }
  pointer_surface_ = {};
}

void SeatGlobal::pointer_motion(TimePoint time, double x, double y) {
  pointer_x_ = x;
  pointer_y_ = y;
  if (to_pointers([&](wl_resource* pointer, std::uint32_t) {
        wl_pointer_send_motion(pointer, wire_time(time), wl_fixed_from_double(x), wl_fixed_from_double(y));
      }))
    told(InputKind::Pointer, pointer_surface_, time);
}

void SeatGlobal::pointer_moved_by(TimePoint time, const RelativeMotion& motion) {
  wl_client* client = client_of(pointer_surface_);
  if (client && moved_by_ && moved_by_(client, time, motion))
    told(InputKind::Pointer, pointer_surface_, time);
}

void SeatGlobal::pointer_button(TimePoint time, std::uint32_t button, bool pressed) {
  const std::uint32_t serial = display_.next_serial();
  buttons_held_ = std::max(0, buttons_held_ + (pressed ? 1 : -1));
  if (wl_client* client = client_of(pointer_surface_); client && pressed) {
    pressed_owner_ = display_.info(client).number;
    pressed_since_ = serial;
    if (touched_owner_ != pressed_owner_)
      touched_owner_ = 0;
    if (buttons_held_ == 1) {
      grab_owner_ = pressed_owner_;
      grab_since_ = serial;
    }
  }
  if (to_pointers([&](wl_resource* pointer, std::uint32_t) {
        wl_pointer_send_button(pointer, serial, wire_time(time), button,
                               pressed ? WL_POINTER_BUTTON_STATE_PRESSED : WL_POINTER_BUTTON_STATE_RELEASED);
      }))
    told(InputKind::Pointer, pointer_surface_, time);
}

int SeatGlobal::whole_clicks(std::uint32_t axis, int steps_120) {
  int& rest = click_rests_.at(axis);
  // A wheel that turns back begins anew.
  if ((rest < 0) != (steps_120 < 0))
    rest = 0;
  rest += std::clamp(steps_120, -max_steps, max_steps);
  const int whole = rest / wheel_unit;
  rest -= whole * wheel_unit;
  return whole;
}

void SeatGlobal::send_axis(wl_resource* pointer, std::uint32_t time, const Axis& axis) {
  const auto version = static_cast<std::uint32_t>(wl_resource_get_version(pointer));
  if (axis.stop) {
    if (version >= WL_POINTER_AXIS_STOP_SINCE_VERSION)
      wl_pointer_send_axis_stop(pointer, time, axis.number);
    return;
  }
  if (axis.value == 0)
    return;
  if (version >= WL_POINTER_AXIS_RELATIVE_DIRECTION_SINCE_VERSION)
    wl_pointer_send_axis_relative_direction(pointer, axis.number,
                                            axis.inverted ? WL_POINTER_AXIS_RELATIVE_DIRECTION_INVERTED
                                                          : WL_POINTER_AXIS_RELATIVE_DIRECTION_IDENTICAL);
  if (version >= WL_POINTER_AXIS_VALUE120_SINCE_VERSION) {
    if (axis.steps_120 != 0)
      wl_pointer_send_axis_value120(pointer, axis.number, axis.steps_120);
  } else if (version >= WL_POINTER_AXIS_DISCRETE_SINCE_VERSION && axis.clicks != 0) {
    wl_pointer_send_axis_discrete(pointer, axis.number, axis.clicks);
  }
  wl_pointer_send_axis(pointer, time, axis.number, wl_fixed_from_double(axis.value));
}

void SeatGlobal::pointer_scroll(TimePoint time, const ScrollEvent& scroll) {
  const std::uint32_t source = scroll.source == AxisSource::Wheel    ? WL_POINTER_AXIS_SOURCE_WHEEL
                               : scroll.source == AxisSource::Finger ? WL_POINTER_AXIS_SOURCE_FINGER
                                                                     : WL_POINTER_AXIS_SOURCE_CONTINUOUS;
  Axis vertical{.number = WL_POINTER_AXIS_VERTICAL_SCROLL,
                .value = scroll.vertical,
                .steps_120 = scroll.vertical_120,
                .stop = scroll.stop_vertical,
                .inverted = scroll.inverted};
  Axis horizontal{.number = WL_POINTER_AXIS_HORIZONTAL_SCROLL,
                  .value = scroll.horizontal,
                  .steps_120 = scroll.horizontal_120,
                  .stop = scroll.stop_horizontal,
                  .inverted = scroll.inverted};
  for (Axis* axis : {&vertical, &horizontal})
    if (axis->steps_120 != 0)
      axis->clicks = whole_clicks(axis->number, axis->steps_120);
  if (to_pointers([&](wl_resource* pointer, std::uint32_t version) {
        if (version >= WL_POINTER_AXIS_SOURCE_SINCE_VERSION)
          wl_pointer_send_axis_source(pointer, source);
        send_axis(pointer, wire_time(time), vertical);
        send_axis(pointer, wire_time(time), horizontal);
      }))
    told(InputKind::Pointer, pointer_surface_, time);
}

void SeatGlobal::pointer_frame() {
  to_pointers([](wl_resource* pointer, std::uint32_t version) {
    if (version >= WL_POINTER_FRAME_SINCE_VERSION)
      wl_pointer_send_frame(pointer);
  });
}

void SeatGlobal::send_enter(const KeyboardResource& keyboard, wl_resource* surface, std::uint32_t serial) const {
  std::vector<std::uint32_t> keys = pressed_;
  wl_array array{.size = keys.size() * sizeof(std::uint32_t), .alloc = 0, .data = keys.data()};
  wl_keyboard_send_enter(keyboard.resource(), serial, surface, &array);
  wl_keyboard_send_modifiers(keyboard.resource(), serial, modifiers_.depressed, modifiers_.latched, modifiers_.locked,
                             modifiers_.group);
}

void SeatGlobal::send_keymap(const KeyboardResource& keyboard) const {
  wl_keyboard_send_keymap(keyboard.resource(), WL_KEYBOARD_KEYMAP_FORMAT_XKB_V1, seat_.keymap().fd(),
                          seat_.keymap().size());
}

void SeatGlobal::send_repeat(const KeyboardResource& keyboard) const {
  const KeyboardSettings& settings = seat_.keyboard_settings();
  if (keyboard.version() >= WL_KEYBOARD_REPEAT_INFO_SINCE_VERSION)
    wl_keyboard_send_repeat_info(keyboard.resource(), settings.repeat_rate, settings.repeat_delay);
}

void SeatGlobal::keymap_changed() {
  for (const KeyboardResource* keyboard : keyboards_)
    send_keymap(*keyboard);
}

void SeatGlobal::repeat_changed() {
  for (const KeyboardResource* keyboard : keyboards_)
    send_repeat(*keyboard);
}

void SeatGlobal::keyboard_added(KeyboardResource& keyboard) {
  if (!seat_.has_keyboard())
    return;
  keyboards_.push_back(&keyboard);
  send_keymap(keyboard);
  send_repeat(keyboard);
  const SurfaceResource* surface = keyboard_surface_ == SurfaceId{} ? nullptr : compositor_.find(keyboard_surface_);
  if (surface && surface->client() == keyboard.client())
    send_enter(keyboard, surface->resource(), display_.next_serial());
}

void SeatGlobal::keyboard_enter(SurfaceId surface, std::span<const std::uint32_t> pressed, const Modifiers& modifiers) {
  keyboard_surface_ = surface;
  pressed_.assign(pressed.begin(), pressed.end());
  modifiers_ = modifiers;
  const SurfaceResource* target = compositor_.find(surface);
  if (!target)
    return;
  for (const auto& hook : keyboard_client_)
    hook(target->client());
  const std::uint32_t serial = display_.next_serial();
  const std::uint32_t number = display_.info(target->client()).number;
  if (std::exchange(keyboard_owner_, number) != number)
    keyboard_since_ = serial;
  to_keyboards([&](const KeyboardResource& keyboard) { send_enter(keyboard, target->resource(), serial); });
}

void SeatGlobal::keyboard_leave(SurfaceId surface) {
  if (const SurfaceResource* target = compositor_.find(surface)) {
    const std::uint32_t serial = display_.next_serial();
    to_keyboards([&](const KeyboardResource& keyboard) {
      wl_keyboard_send_leave(keyboard.resource(), serial, target->resource());
    });
  }
  keyboard_surface_ = {};
  pressed_.clear();
}

void SeatGlobal::key(TimePoint time, std::uint32_t evdev_key, bool pressed) {
  if (pressed)
    pressed_.push_back(evdev_key);
  else
    std::erase(pressed_, evdev_key);
  // The user types elsewhere: what was clicked before is not what they want now.
  if (pressed && client_of(keyboard_surface_)) {
    if (keyboard_owner_ != pressed_owner_)
      pressed_owner_ = 0;
    if (keyboard_owner_ != touched_owner_)
      touched_owner_ = 0;
  }
  const std::uint32_t serial = display_.next_serial();
  if (to_keyboards([&](const KeyboardResource& keyboard) {
        wl_keyboard_send_key(keyboard.resource(), serial, wire_time(time), evdev_key,
                             pressed ? WL_KEYBOARD_KEY_STATE_PRESSED : WL_KEYBOARD_KEY_STATE_RELEASED);
      }))
    told(InputKind::Keyboard, keyboard_surface_, time);
}

void SeatGlobal::modifiers(const Modifiers& now) {
  modifiers_ = now;
  const std::uint32_t serial = display_.next_serial();
  to_keyboards([&](const KeyboardResource& keyboard) {
    wl_keyboard_send_modifiers(keyboard.resource(), serial, now.depressed, now.latched, now.locked, now.group);
  });
}

} // namespace fenceline
