#pragma once
#include <xkbcommon/xkbcommon.h>

#include <cstdint>
#include <memory>
#include <span>

#include "compositor/base/fd.h"
#include "compositor/base/result.h"
#include "compositor/input/input_settings.h"

namespace fenceline {

struct XkbDelete {
  void operator()(xkb_context* context) const { xkb_context_unref(context); }
  void operator()(xkb_keymap* keymap) const { xkb_keymap_unref(keymap); }
  void operator()(xkb_state* state) const { xkb_state_unref(state); }
};

/// What wl_keyboard.modifiers says.
struct Modifiers {
  std::uint32_t depressed = 0, latched = 0, locked = 0, group = 0;
  friend bool operator==(const Modifiers&, const Modifiers&) = default;
};

/// The keyboard's layout and the state of its modifiers (xkbcommon). What the settings do not name
/// comes from XKB_DEFAULT_* in the environment.
class Keymap {
 public:
  [[nodiscard]] static Result<Keymap> create(const KeyboardSettings& settings = {});

  /// The keymap's text in a sealed file (no write, no shrink, no grow), open for reading only: clients map it, none can
  /// change it under another.
  [[nodiscard]] int fd() const { return file_.get(); }
  /// Bytes, the closing NUL included.
  [[nodiscard]] std::uint32_t size() const { return size_; }

  /// `evdev_key`: a code of linux/input-event-codes.h. The modifiers after it.
  Modifiers update(std::uint32_t evdev_key, bool pressed);
  [[nodiscard]] Modifiers modifiers() const;
  /// The symbol of a key in the present state.
  [[nodiscard]] xkb_keysym_t symbol(std::uint32_t evdev_key) const;
  /// Goes on where another keymap ends: what is locked there and has the same name here is locked, the layout of the
  /// same number is in use if there is one, and `held` keys are pressed.
  void continue_from(const Keymap& before, std::span<const std::uint32_t> held);
  [[nodiscard]] bool active(const char* modifier) const;
  /// How many layouts there are to switch between.
  [[nodiscard]] std::uint32_t layouts() const;
  /// The symbol of a key in one of the layouts, whatever modifiers are held.
  [[nodiscard]] xkb_keysym_t base_symbol(std::uint32_t evdev_key, std::uint32_t layout) const;

 private:
  Keymap() = default;
  std::unique_ptr<xkb_context, XkbDelete> context_;
  std::unique_ptr<xkb_keymap, XkbDelete> keymap_;
  std::unique_ptr<xkb_state, XkbDelete> state_;
  UniqueFd file_;
  std::uint32_t size_ = 0;
};

} // namespace fenceline
