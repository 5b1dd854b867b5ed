#include "compositor/backends/nested/parent_keyboard.h"

#include <algorithm>
#include <utility>

#include "compositor/backends/nested/parent_time.h"
#include "compositor/base/fd.h"

namespace fenceline {

ParentKeyboard::ParentKeyboard(wl_seat* parent, Seat& seat, const Clock& clock)
    : seat_(seat), clock_(clock), keyboard_(wl_seat_get_keyboard(parent)) {
  static constexpr wl_keyboard_listener listener = [] {
    wl_keyboard_listener slots{};
    slots.keymap = EventThunk<&ParentKeyboard::keymap>::call;
    // What is held already was not meant for us.
    slots.enter = IgnoredEvent::call;
    slots.leave = EventThunk<&ParentKeyboard::leave>::call;
    slots.key = EventThunk<&ParentKeyboard::key>::call;
    slots.modifiers = IgnoredEvent::call;
    slots.repeat_info = IgnoredEvent::call;
    return slots;
  }();
  wl_keyboard_add_listener(keyboard_.get(), &listener, this);
  seat_.keyboard_added();
}

ParentKeyboard::~ParentKeyboard() {
  seat_.keyboard_removed();
}

void ParentKeyboard::keymap(std::uint32_t, std::int32_t fd, std::uint32_t) {
  const UniqueFd unused(fd);
}

void ParentKeyboard::leave(std::uint32_t, wl_surface*) {
  // Their releases are the parent's next window's.
  for (const std::uint32_t key : std::exchange(pressed_, {}))
    seat_.key(clock_.now(), key, false);
}

void ParentKeyboard::key(std::uint32_t, std::uint32_t time, std::uint32_t key, std::uint32_t state) {
  const bool pressed = state == WL_KEYBOARD_KEY_STATE_PRESSED;
  // A key that was held when the keyboard came to us is let go: it was never pressed here.
  if (!pressed && std::erase(pressed_, key) == 0)
    return;
  if (pressed)
    pressed_.push_back(key);
  seat_.key(input_time(time, clock_.now()), key, pressed);
}

} // namespace fenceline
