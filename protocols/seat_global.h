#pragma once
#include <wayland-server-protocol.h>

#include <array>
#include <functional>
#include <optional>
#include <vector>

#include "compositor/input/seat.h"
#include "compositor/wl/display.h"
#include "protocols/compositor_global.h"
#include "protocols/seat_touch.h"
#include "protocols/sent_input.h"

namespace fenceline {

class SeatGlobal;

/// What is held down, and where.
struct PressGrab {
  SurfaceId surface{};
  std::optional<std::int32_t> touch{}; ///< The contact's id; none: it is the pointer's.
};

/// wl_pointer.
class PointerResource final : public wl::Resource<PointerResource> {
 public:
  PointerResource(wl_client* client, std::uint32_t version, wl::NewId id, SeatGlobal& seat);
  ~PointerResource() override;
  static const wl_interface& interface() { return wl_pointer_interface; }
  static const void* implementation();

 private:
  void set_cursor(std::uint32_t serial, SurfaceResource* surface, std::int32_t x, std::int32_t y);
  SeatGlobal& seat_;
};

/// wl_keyboard.
class KeyboardResource final : public wl::Resource<KeyboardResource> {
 public:
  KeyboardResource(wl_client* client, std::uint32_t version, wl::NewId id, SeatGlobal& seat);
  ~KeyboardResource() override;
  static const wl_interface& interface() { return wl_keyboard_interface; }
  static const void* implementation();

 private:
  SeatGlobal& seat_;
};

/// wl_seat, as one client has bound it.
class SeatResource final : public wl::Resource<SeatResource> {
 public:
  SeatResource(wl_client* client, std::uint32_t version, wl::NewId id, SeatGlobal& seat);
  ~SeatResource() override;
  static const wl_interface& interface() { return wl_seat_interface; }
  static const void* implementation();

  /// Whether a request of its client with this serial can be the user's wish: SeatGlobal::permits.
  [[nodiscard]] bool permits(std::uint32_t serial) const;
  /// What its client may move, resize or drag with: SeatGlobal::grab_of.
  [[nodiscard]] std::optional<PressGrab> grab_of(std::uint32_t serial) const;

 private:
  void get_pointer(wl::NewId id);
  void get_keyboard(wl::NewId id);
  void get_touch(wl::NewId id);
  SeatGlobal& seat_;
};

/// wl_seat 9: sends a seat's events to the clients whose surfaces have the focus.
///
/// A wl_pointer or wl_keyboard hears of the capability that it was made for until that goes; when it comes back the
/// client makes a new one (wl_seat.capabilities; version 5 asks for it, older versions allow it).
class SeatGlobal final : public SeatSink {
 public:
  /// One click of a wheel in wl_pointer.axis_value120.
  static constexpr int wheel_unit = 120;

  SeatGlobal(wl::Display& display, CompositorGlobal& compositor, Seat& seat);
  ~SeatGlobal() override;
  SeatGlobal(const SeatGlobal&) = delete;
  SeatGlobal& operator=(const SeatGlobal&) = delete;

  /// Called with the client that gets the keyboard, before its enter; null: nobody.
  void on_keyboard_client(std::function<void(wl_client*)> hook) { keyboard_client_.push_back(std::move(hook)); }
  /// Called with the client that has the pointer; answers whether it was told.
  void on_pointer_moved_by(std::function<bool(wl_client*, TimePoint, const RelativeMotion&)> hook) {
    moved_by_ = std::move(hook);
  }
  /// The client that keys go to now.
  [[nodiscard]] wl_client* keyboard_client() const { return client_of(keyboard_surface_); }
  /// Whether a request with this serial can be the user's wish: it is of an event since the client got the keyboard,
  /// which it has, or since a button was pressed on it or it was touched, and no other client had the pointer or a
  /// touch, or was typed into, in between.
  [[nodiscard]] bool permits(wl_client* client, std::uint32_t serial) const;

  /// The button or the finger that its client says, by a serial, it does something with: it is held down on the
  /// surface, and the serial is of its press, or for the pointer of any event since. None: the user holds nothing that
  /// the serial speaks of. What may start a move, a resize or a drag.
  [[nodiscard]] std::optional<PressGrab> grab_of(wl_client* client, std::uint32_t serial) const;
  /// Whether the client has the pointer, and the serial is of its present visit.
  [[nodiscard]] bool may_set_cursor(const wl_client* client, std::uint32_t serial) const {
    return client_of(pointer_surface_) == client && serial == pointer_serial_;
  }
  [[nodiscard]] Seat& seat() const { return seat_; }
  /// Null when it is gone.
  [[nodiscard]] SurfaceResource* find(SurfaceId surface) const { return compositor_.find(surface); }
  [[nodiscard]] wl::Display& display() const { return display_; }
  [[nodiscard]] Scene& scene() const { return compositor_.scene(); }

  void capabilities(const SeatCapabilities& now) override;
  void pointer_enter(SurfaceId surface, double x, double y) override;
  void pointer_leave(SurfaceId surface) override;
  void pointer_motion(TimePoint time, double x, double y) override;
  void pointer_moved_by(TimePoint time, const RelativeMotion& motion) override;
  void pointer_button(TimePoint time, std::uint32_t button, bool pressed) override;
  void pointer_scroll(TimePoint time, const ScrollEvent& scroll) override;
  void pointer_frame() override;
  void keyboard_enter(SurfaceId surface, std::span<const std::uint32_t> pressed, const Modifiers& modifiers) override;
  void keyboard_leave(SurfaceId surface) override;
  void key(TimePoint time, std::uint32_t evdev_key, bool pressed) override;
  void modifiers(const Modifiers& modifiers) override;
  void keymap_changed() override;
  void repeat_changed() override;
  void touch_down(TimePoint time, SurfaceId surface, std::int32_t id, double x, double y) override;
  void touch_motion(TimePoint time, std::int32_t id, double x, double y) override { touch_.motion(time, id, x, y); }
  void touch_up(TimePoint time, std::int32_t id) override { touch_.up(time, id); }
  void touch_frame() override { touch_.frame(); }
  void touch_cancel() override { touch_.cancel(); }

 private:
  friend class PointerResource;
  friend class KeyboardResource;
  friend class SeatResource;
  [[nodiscard]] wl_client* client_of(SurfaceId surface) const;
  [[nodiscard]] std::uint32_t capability_bits() const;
  void pointer_added(PointerResource& pointer);
  void keyboard_added(KeyboardResource& keyboard);
  void send_keymap(const KeyboardResource& keyboard) const;
  void send_repeat(const KeyboardResource& keyboard) const;
  void send_enter(const KeyboardResource& keyboard, wl_resource* surface, std::uint32_t serial) const;
  /// Whether there was one.
  template <class Send>
  bool to_pointers(Send&& send) const;
  template <class Send>
  bool to_keyboards(Send&& send) const;
  /// A client was told of input, for the trace.
  void told(InputKind kind, SurfaceId surface, TimePoint time);
  struct Axis {
    std::uint32_t number = 0; ///< wl_pointer.axis
    double value = 0;
    int steps_120 = 0;
    int clicks = 0; ///< Whole ones, for versions before high resolution.
    bool stop = false;
    bool inverted = false;
  };
  [[nodiscard]] int whole_clicks(std::uint32_t axis, int steps_120);
  static void send_axis(wl_resource* pointer, std::uint32_t time, const Axis& axis);
  [[nodiscard]] bool is_since(std::uint32_t serial, std::uint32_t first) const;

  wl::Display& display_;
  CompositorGlobal& compositor_;
  Seat& seat_;
  SentInput sent_;
  SeatTouch touch_;
  wl::Global global_;
  std::vector<SeatResource*> seats_;
  std::vector<PointerResource*> pointers_;
  std::vector<KeyboardResource*> keyboards_;
  bool had_pointer_ = false, had_keyboard_ = false, had_touch_ = false;
  SurfaceId pointer_surface_{}, keyboard_surface_{};
  double pointer_x_ = 0, pointer_y_ = 0;
  std::uint32_t pointer_serial_ = 0;
  std::array<int, 2> click_rests_{}; ///< Of each axis, in 120ths.
  /// Client numbers (wl::ClientInfo): nobody's are 0.
  std::uint32_t keyboard_owner_ = 0, pressed_owner_ = 0, touched_owner_ = 0, grab_owner_ = 0;
  std::uint32_t keyboard_since_ = 0, pressed_since_ = 0, touched_since_ = 0, grab_since_ = 0; ///< Serials.
  int buttons_held_ = 0;
  std::vector<std::uint32_t> pressed_;
  Modifiers modifiers_;
  std::vector<std::function<void(wl_client*)>> keyboard_client_;
  std::function<bool(wl_client*, TimePoint, const RelativeMotion&)> moved_by_;
};

} // namespace fenceline
