#pragma once
#include <cstdint>
#include <span>

#include "compositor/base/clock.h"
#include "compositor/frame/ids.h"
#include "compositor/input/cursor_theme.h"
#include "compositor/input/key_bindings.h"
#include "compositor/input/keymap.h"
#include "compositor/scene/surface_hit.h"

namespace fenceline {

enum class AxisSource : std::uint8_t { Wheel, Finger, Continuous };

/// One scroll along one or both axes, in surface pixels, positive to the right and down.
struct ScrollEvent {
  AxisSource source = AxisSource::Wheel;
  double horizontal = 0, vertical = 0;
  int horizontal_120 = 0, vertical_120 = 0; ///< Wheel clicks in 120ths.
  bool stop_horizontal = false, stop_vertical = false;
  bool inverted = false; ///< Natural scrolling: against the fingers' or the wheel's own direction.
};

/// How far a mouse has moved: px.
struct RelativeMotion {
  double dx = 0, dy = 0;
  double raw_dx = 0, raw_dy = 0; ///< Before acceleration.
};

/// What devices a seat has at the time.
struct SeatCapabilities {
  bool pointer = false, keyboard = false, touch = false;
  friend bool operator==(const SeatCapabilities&, const SeatCapabilities&) = default;
};

/// Where a seat's events go: wl_seat. Coordinates are the surface's.
class SeatSink {
 public:
  virtual ~SeatSink() = default;
  virtual void capabilities(const SeatCapabilities& now) = 0;
  virtual void pointer_enter(SurfaceId surface, double x, double y) = 0;
  virtual void pointer_leave(SurfaceId surface) = 0;
  virtual void pointer_motion(TimePoint time, double x, double y) = 0;
  /// A mouse has moved by so much, whatever becomes of the pointer: px, as accelerated and as the device has said it.
  /// pointer_frame follows.
  virtual void pointer_moved_by(TimePoint time, const RelativeMotion& motion) = 0;
  virtual void pointer_button(TimePoint time, std::uint32_t button, bool pressed) = 0;
  virtual void pointer_scroll(TimePoint time, const ScrollEvent& scroll) = 0;
  /// Ends a group of pointer events.
  virtual void pointer_frame() = 0;
  virtual void keyboard_enter(SurfaceId surface, std::span<const std::uint32_t> pressed,
                              const Modifiers& modifiers) = 0;
  virtual void keyboard_leave(SurfaceId surface) = 0;
  virtual void key(TimePoint time, std::uint32_t evdev_key, bool pressed) = 0;
  virtual void modifiers(const Modifiers& modifiers) = 0;
  /// Seat::keymap() is another one.
  virtual void keymap_changed() = 0;
  /// Seat::keyboard_settings() has another rate or delay of repeats.
  virtual void repeat_changed() = 0;
  /// `id`: unique among the contacts that are down.
  virtual void touch_down(TimePoint time, SurfaceId surface, std::int32_t id, double x, double y) = 0;
  virtual void touch_motion(TimePoint time, std::int32_t id, double x, double y) = 0;
  virtual void touch_up(TimePoint time, std::int32_t id) = 0;
  /// Ends a group of touch events.
  virtual void touch_frame() = 0;
  /// All contacts are up, and have meant nothing.
  virtual void touch_cancel() = 0;
};

/// Whoever has taken the pointer, or a finger, from all windows: a window that is moved or resized, a drag. Coordinates
/// are global.
class PointerGrab {
 public:
  virtual ~PointerGrab() = default;
  virtual void pointer_moved(TimePoint time, double x, double y) = 0;
  /// The user lets go: grab_ended follows. It does not come first when the grab ends otherwise.
  virtual void released(TimePoint time) { (void)time; }
  /// The last button is up, the pointer is gone, input was taken away, another grab has begun, or end_grab was called.
  virtual void grab_ended() = 0;
  /// What the pointer looks like while it has it.
  [[nodiscard]] virtual CursorShape cursor() const { return CursorShape::Default; }
};

/// The first button that goes down, or a finger: BTN_LEFT without modifiers.
struct PointerPress {
  double x = 0, y = 0; ///< Global.
  std::uint32_t button = 0;
  KeyModifiers modifiers = 0;
};

/// What a seat asks of the windows.
class SeatPolicy {
 public:
  virtual ~SeatPolicy() = default;
  /// The surface that takes input at a point of the global coordinates; id 0: none.
  [[nodiscard]] virtual SurfaceHit hit_test(double x, double y) const = 0;
  /// Where a surface's origin lies; false when it is not shown. `x`, `y`: the origin, and before that a place near
  /// which the surface is meant: it may be shown at several.
  [[nodiscard]] virtual bool origin_of(SurfaceId surface, double& x, double& y) const = 0;
  /// Where keys go; 0: nowhere.
  [[nodiscard]] virtual SurfaceId keyboard_focus() const = 0;
  /// A button goes down, and no other is, or a finger. Not null: it is no client's, and the pointer is the grab's until
  /// all buttons are up, or the finger is.
  [[nodiscard]] virtual PointerGrab* take_press(const PointerPress& press) {
    (void)press;
    return nullptr;
  }
  /// What the pointer looks like over a surface of the session's own.
  [[nodiscard]] virtual CursorShape cursor_at(double x, double y) const {
    (void)x;
    (void)y;
    return CursorShape::Default;
  }
  /// A button or a finger went down there (0: on nothing).
  virtual void clicked(SurfaceId surface) = 0;
};

} // namespace fenceline
