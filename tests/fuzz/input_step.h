#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fenceline::fuzz {

enum class InputKind : std::uint8_t {
  Move,   ///< the mouse to (a, b), each in 1/65536 of the screen
  Button, ///< of the mouse: evdev code a, pressed (b = 1) or released (0)
  Wheel,  ///< a notches up; down where that is negative
  Key,    ///< of the keyboard: evdev code a, pressed (b = 1) or released (0)
  Plug,   ///< device a (0: the mouse, 1: the keyboard) is plugged in (b = 1) or pulled out (0)
  kCount
};

/// One thing that happens to the mouse or the keyboard.
struct InputStep {
  InputKind kind = InputKind::Move;
  std::int32_t a = 0;
  std::int32_t b = 0;

  /// "move:32768:100"
  [[nodiscard]] std::string text() const;
  [[nodiscard]] static std::optional<InputStep> parse(std::string_view text);
  friend bool operator==(const InputStep&, const InputStep&) = default;
};

} // namespace fenceline::fuzz
