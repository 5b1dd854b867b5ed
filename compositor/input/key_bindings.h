#pragma once
#include <xkbcommon/xkbcommon.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compositor/base/result.h"

namespace fenceline {

class Keymap;

/// A set of the modifiers that bindings know, as bits.
using KeyModifiers = std::uint8_t;
namespace key_modifier {
inline constexpr KeyModifiers shift = 1, ctrl = 2, alt = 4, super = 8;
} // namespace key_modifier

/// What a key can make the session do.
enum class KeyAction : std::uint8_t {
  Quit,
  CloseWindow,
  CycleWindows,     ///< To the window that was used before; settled when the binding's modifiers are let go.
  CycleWindowsBack, ///< The other way round.
  Maximize,
  Restore, ///< Out of the maximised state; a window that is not maximised is minimised.
  Fullscreen,
  MoveToOutputLeft,
  MoveToOutputRight,
  SwitchVt, ///< To the argument, 1 to 12.
  Screenshot,
  Spawn, ///< Runs the command.
};

/// A key with the modifiers that are held with it: exactly these.
struct KeyChord {
  KeyModifiers modifiers = 0;
  xkb_keysym_t keysym = XKB_KEY_NoSymbol; ///< The key's without modifiers: q, not Q.
  friend bool operator==(const KeyChord&, const KeyChord&) = default;
};

struct KeyBinding {
  KeyChord chord;
  KeyAction action{};
  std::int32_t argument = 0; ///< SwitchVt's.
  std::string command{};     ///< Spawn's: for the shell.
  friend bool operator==(const KeyBinding&, const KeyBinding&) = default;
};

/// The session's key bindings: each chord does one thing.
class KeyBindings {
 public:
  /// More than anyone has keys for; find looks at each.
  static constexpr std::size_t max_bindings = 512;

  /// None at all.
  KeyBindings() = default;
  [[nodiscard]] static KeyBindings defaults();
  /// These without what the defaults do to windows and programs: of the defaults, what ends the session, switches VTs
  /// and takes screenshots is left. Whatever else is bound stays.
  [[nodiscard]] KeyBindings for_kiosk() const;
  /// A chord that is bound already does the new thing. ENOMEM beyond max_bindings.
  [[nodiscard]] Result<void> bind(const KeyBinding& binding);
  /// A chord that is not bound may be unbound.
  void unbind(const KeyChord& chord);
  /// Null: it is the clients'.
  [[nodiscard]] const KeyBinding* find(const KeyChord& chord) const;
  /// What a key does in the present state of the keyboard. The symbol without modifiers counts, that of the present
  /// layout first; where it has none of the bound ones the other layouts' do, so that Super+q is there on a keyboard
  /// that is switched to Greek.
  [[nodiscard]] const KeyBinding* find(const Keymap& keymap, std::uint32_t evdev_key) const;
  [[nodiscard]] const std::vector<KeyBinding>& all() const { return bindings_; }

 private:
  std::vector<KeyBinding> bindings_;
};

/// The modifiers that are held, or locked, now.
[[nodiscard]] KeyModifiers held_modifiers(const Keymap& keymap);

/// "Super+Shift+q": modifiers and one key by its XKB name, joined by +; case counts for no letter. The error says what
/// is wrong.
[[nodiscard]] Result<KeyChord> parse_key_chord(std::string_view text);
/// The words of a configuration: a chord, and "quit", "close-window", "switch-vt 3", "spawn foot" and so on.
[[nodiscard]] Result<KeyBinding> parse_key_binding(std::string_view chord, std::string_view action);
/// The word for it: "close-window".
[[nodiscard]] std::string_view name_of(KeyAction action);

} // namespace fenceline
