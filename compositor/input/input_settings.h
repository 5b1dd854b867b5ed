#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fenceline {

// What the configuration says about input. Plain values: whoever reads the file fills them in, Seat and LibinputDevices
// take them, at the start and live.

/// Layout and repeat, of all keyboards of the seat.
struct KeyboardSettings {
  // xkb's names; an empty one is XKB_DEFAULT_* of the environment, then the system's default.
  std::string rules{}, model{}, layout{}, variant{}, options{};
  std::int32_t repeat_rate = 25;   ///< Keys a second; 0: keys do not repeat.
  std::int32_t repeat_delay = 600; ///< ms until the first repeat.

  [[nodiscard]] bool same_keymap(const KeyboardSettings& o) const {
    return rules == o.rules && model == o.model && layout == o.layout && variant == o.variant && options == o.options;
  }
  friend bool operator==(const KeyboardSettings&, const KeyboardSettings&) = default;
};

enum class DeviceType : std::uint8_t { Keyboard, Mouse, Touchpad, Touch };
enum class AccelProfile : std::uint8_t { Adaptive, Flat };
enum class ScrollMethod : std::uint8_t { None, TwoFinger, Edge, OnButton };

/// What may be set of one device. What is not set is the device's own default (libinput's); what a device does not
/// have is passed over.
struct DeviceSettings {
  std::optional<bool> enabled{};
  std::optional<AccelProfile> accel_profile{};
  std::optional<double> accel_speed{}; ///< -1 (slowest) to 1, 0 is the device's own.
  std::optional<bool> natural_scroll{};
  std::optional<bool> tap{};      ///< A tap is a click.
  std::optional<bool> tap_drag{}; ///< A tap, then a finger that stays, drags.
  std::optional<bool> left_handed{};
  std::optional<bool> middle_emulation{}; ///< Left and right together are the middle button.
  std::optional<ScrollMethod> scroll_method{};
  std::optional<std::uint32_t> scroll_button{}; ///< BTN_* of linux/input-event-codes.h, for ScrollMethod::OnButton.
  std::optional<bool> disable_while_typing{};
  /// Touch screens, and pointers that tell absolute positions: the output that they lie over, by its name ("DP-1").
  std::optional<std::string> output{};
  friend bool operator==(const DeviceSettings&, const DeviceSettings&) = default;
};

/// Settings of the devices that match.
struct DeviceRule {
  std::string name;                 ///< As libinput has it ("fenceline --log-level debug" tells); empty: any.
  std::optional<DeviceType> type{}; ///< None: any.
  DeviceSettings settings;
  friend bool operator==(const DeviceRule&, const DeviceRule&) = default;
};

struct CursorSettings {
  std::string theme;     ///< Empty: XCURSOR_THEME, then "default".
  std::int32_t size = 0; ///< Nominal, px; 0: XCURSOR_SIZE, then 24.
  double hide_after = 0; ///< s without use of a pointer until it is not shown; 0: it always is.
  friend bool operator==(const CursorSettings&, const CursorSettings&) = default;
};

struct InputSettings {
  KeyboardSettings keyboard;
  /// All that match count; where two set the same thing, the later one does.
  std::vector<DeviceRule> devices;
  CursorSettings cursor;
  friend bool operator==(const InputSettings&, const InputSettings&) = default;
};

/// What the rules say of a device of this name and type together.
[[nodiscard]] DeviceSettings settings_for(const std::vector<DeviceRule>& rules, const std::string& name,
                                          DeviceType type);

} // namespace fenceline
