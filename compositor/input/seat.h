#pragma once
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "compositor/base/geometry.h"
#include "compositor/base/log.h"
#include "compositor/input/device_area.h"
#include "compositor/input/key_bindings.h"
#include "compositor/input/keymap.h"
#include "compositor/input/pointer_constraint.h"
#include "compositor/input/seat_sink.h"
#include "compositor/input/theme_cursor.h"
#include "compositor/input/touch_contacts.h"
#include "compositor/scene/scene.h"
#include "compositor/scene/snapshot_builder.h"

namespace fenceline {

/// One seat: where the pointer is, which surface it and the keyboard are on, what the cursor looks like. Devices call
/// in, wl_seat is called. Without a pointer device there is no cursor. What happens by itself (a window moves under the
/// pointer, a device goes with a key held) has the time of the last event.
class Seat final : public StackProvider, public SceneListener {
 public:
  Seat(Scene& scene, Log& log, Keymap keymap, SeatPolicy& policy);
  ~Seat() override;

  void set_sink(SeatSink* sink);
  [[nodiscard]] const Keymap& keymap() const { return keymap_; }
  [[nodiscard]] const KeyboardSettings& keyboard_settings() const { return keyboard_settings_; }
  /// Another layout reaches all keyboards at once, with what is held and locked. An error where it can't be compiled:
  /// all stays as it was.
  [[nodiscard]] Result<void> apply(const KeyboardSettings& settings);
  /// Where the pointer may be: the outputs' areas. It is put into the middle of the first at the start, and when it
  /// lies in none. `names`, `transforms`: of the outputs, in the same order.
  void set_areas(std::vector<Rect> areas, std::vector<std::string> names = {}, std::vector<Transform> transforms = {});
  /// Where the output of this name lies; none when there is no such one.
  [[nodiscard]] std::optional<DeviceArea> area_named(const std::string& output) const;
  /// Where a touch screen lies that nobody has said anything of: over a built-in panel if there is one, else over the
  /// first output.
  [[nodiscard]] DeviceArea touch_area() const;
  /// Called at each event of a device, before anything else comes of it.
  void on_input(std::function<void()> callback) { input_seen_ = std::move(callback); }
  /// As on_input, for what is done with a pointer: it is moved, a button or a wheel of it is used.
  void on_pointer_used(std::function<void()> callback) { pointer_used_ = std::move(callback); }
  /// The user may not want to see it while nobody uses it. The pointer is where it was, and clients know of nothing.
  void show_cursor(bool shown);
  /// Called when the cursor has moved or looks different.
  void on_cursor_changed(std::function<void()> callback) { cursor_changed_ = std::move(callback); }
  /// The defaults, until others are set. A key that is held keeps what its press has done.
  void set_bindings(KeyBindings bindings) { bindings_ = std::move(bindings); }
  /// Called for a key that is bound. No client hears of it.
  void on_binding(std::function<void(const KeyBinding&)> callback) { bound_ = std::move(callback); }
  /// Called when the modifiers of the last binding that was called, Shift aside, are not all held any more.
  void on_binding_released(std::function<void()> callback) { binding_released_ = std::move(callback); }

  // From devices. Times are the events' own, on CLOCK_MONOTONIC.
  void pointer_added() { count_devices(pointers_, 1); }
  void pointer_removed() { count_devices(pointers_, -1); }
  void keyboard_added() { count_devices(keyboards_, 1); }
  void keyboard_removed() { count_devices(keyboards_, -1); }
  void touch_added() { count_devices(touch_screens_, 1); }
  void touch_removed() { count_devices(touch_screens_, -1); }
  [[nodiscard]] SeatCapabilities capabilities() const { return {pointers_ > 0, keyboards_ > 0, touch_screens_ > 0}; }
  [[nodiscard]] bool has_pointer() const { return pointers_ > 0; }
  [[nodiscard]] bool has_keyboard() const { return keyboards_ > 0; }
  [[nodiscard]] bool has_touch() const { return touch_screens_ > 0; }
  void move_by(TimePoint time, const RelativeMotion& motion);
  void move_by(TimePoint time, double dx, double dy) { move_by(time, {dx, dy, dx, dy}); }
  /// `x`, `y`: 0 to 1 over all areas; over the display as it hangs where there is one.
  void move_to_fraction(TimePoint time, double x, double y);
  void move_to(TimePoint time, double x, double y);
  void button(TimePoint time, std::uint32_t button, bool pressed);
  void scroll(TimePoint time, const ScrollEvent& scroll);
  void key(TimePoint time, std::uint32_t evdev_key, bool pressed);
  /// `id`: unique among the contacts that are down, as libinput's seat slots are. Global coordinates, px.
  void touch_down(TimePoint time, std::int32_t id, double x, double y);
  void touch_motion(TimePoint time, std::int32_t id, double x, double y);
  void touch_up(TimePoint time, std::int32_t id);
  /// What the screen has told since the last frame belongs together.
  void touch_frame() { contacts_.frame(sink_); }
  void touch_cancel() { contacts_.cancel(sink_); }
  /// Input is taken away (a VT switch): all that is held is let go.
  void release_all(TimePoint time);

  // From the session.
  /// The windows have changed: what is under the pointer and where keys go is looked up anew.
  void refresh_focus();
  /// Takes the pointer from the surface that has it, until all buttons are up. False when none is down.
  [[nodiscard]] bool start_grab(PointerGrab& grab);
  /// Takes a finger that is down from its surface, until it is up. False when there is none of this id. end_grab ends
  /// it, too.
  [[nodiscard]] bool start_touch_grab(std::int32_t contact, PointerGrab& grab) {
    return contacts_.start_grab(contact, grab);
  }
  /// Where a finger that is down is now, in global coordinates.
  [[nodiscard]] SurfacePosition contact_position(std::int32_t contact) const { return contacts_.position(contact); }
  /// Nothing happens when another has the pointer, or nobody.
  void end_grab(const PointerGrab& grab);
  /// The buttons that are down.
  [[nodiscard]] std::size_t held_buttons() const { return buttons_.size(); }
  /// What takes input at a point: SeatPolicy::hit_test.
  [[nodiscard]] SurfaceHit hit_test(double x, double y) const { return policy_.hit_test(x, y); }
  /// Offers to hold the pointer while it is on a surface; withdrawn by remove_constraint. One a surface at most.
  void add_constraint(PointerConstraint& constraint);
  /// It is not told that it ends. The pointer goes where it says.
  void remove_constraint(PointerConstraint& constraint);
  /// Whether this one holds the pointer now.
  [[nodiscard]] bool constrained_by(const PointerConstraint& constraint) const { return held_by_ == &constraint; }
  /// A surface that is carried along under the cursor, 0: none; it lies with its upper left corner where the grab is.
  void set_drag_icon(SurfaceId icon);
  void move_drag_icon(double x, double y);
  [[nodiscard]] SurfaceId pointer_focus() const { return pointer_focus_; }
  [[nodiscard]] SurfaceId keyboard_focus() const { return keyboard_focus_; }

  /// wl_pointer.set_cursor of the client that has the pointer: 0 for no cursor. The hotspot is in surface coordinates.
  void set_cursor(SurfaceId surface, Point hotspot);
  /// A shape of the theme instead.
  void set_cursor(CursorShape shape);
  /// Back to the theme's usual cursor.
  void reset_cursor() { set_cursor(CursorShape::Default); }
  /// Where in the cursor's picture its hotspot is, once that is turned: the pixel, px.
  [[nodiscard]] Point hotspot(Transform transform) const;
  /// None while a client's cursor is shown, or none at all.
  [[nodiscard]] std::optional<CursorShape> cursor_shape() const {
    return cursor_ == own_cursor_.surface() ? std::optional(own_cursor_.shape()) : std::nullopt;
  }
  /// The built-in arrow, until another is set, which is read when it is first seen: many sessions have no pointer. An
  /// error where its cursors stand still.
  [[nodiscard]] Result<void> set_cursor_theme(std::function<CursorTheme()> load, EventLoop& loop);
  [[nodiscard]] double x() const { return x_; }
  [[nodiscard]] double y() const { return y_; }

  void append_roots(OutputId output, std::vector<RootPlacement>& roots) const override;
  void surface_changed(Surface& surface) override;
  void settled() override;
  void surface_gone(SurfaceId surface) override;

 private:
  [[nodiscard]] DeviceArea device_area(std::size_t index) const;
  void count_devices(int& count, int by);
  void seen(TimePoint time);
  void pointer_seen(TimePoint time);
  [[nodiscard]] bool own_cursor_seen() const {
    return has_pointer() && cursor_shown_ && cursor_ == own_cursor_.surface();
  }
  void place_pointer(double x, double y);
  /// Tells the surface that has the pointer, or gets it now, where on it the pointer is.
  void update_hover();
  void enter(SurfaceHit hit);
  /// Who may hold the pointer does, and who may not any more does not.
  void update_constraint();
  void release_constraint();
  [[nodiscard]] bool may_hold(const PointerConstraint& constraint) const;
  void tell_position(double x, double y);
  void show_shape(CursorShape shape);
  void release_buttons();
  void release_keys();
  void focus_keyboard();
  void finish_grab();
  [[nodiscard]] bool shortcut(std::uint32_t evdev_key, bool pressed);
  void check_binding_released();
  void cursor_changed() const;

  Scene& scene_;
  Log& log_;
  Keymap keymap_;
  KeyboardSettings keyboard_settings_;
  SeatPolicy& policy_;
  SeatSink* sink_ = nullptr;
  std::vector<Rect> areas_;
  std::vector<std::string> area_names_;
  std::vector<Transform> area_transforms_;
  int pointers_ = 0, keyboards_ = 0, touch_screens_ = 0;
  bool placed_ = false;
  double x_ = 0, y_ = 0;
  TimePoint last_event_;
  SurfaceId pointer_focus_{}, keyboard_focus_{};
  double told_x_ = 0, told_y_ = 0; ///< Of the last enter or motion.
  std::unordered_set<std::uint32_t> buttons_;
  std::vector<std::uint32_t> keys_;
  PointerGrab* grab_ = nullptr;
  KeyBindings bindings_ = KeyBindings::defaults();
  KeyModifiers binding_held_ = 0; ///< Of the last binding, until one of them is let go.
  /// Keys whose press was a shortcut: their release is nobody else's either.
  std::unordered_set<std::uint32_t> swallowed_;
  Modifiers sent_modifiers_;
  TouchContacts contacts_;
  std::vector<PointerConstraint*> constraints_;
  PointerConstraint* held_by_ = nullptr;
  bool frame_due_ = false;  ///< Something was told of the pointer that no frame has ended yet.
  bool letting_go_ = false; ///< What is held is let go because its device goes, not by the user.
  SurfaceId icon_{};
  Point icon_at_, icon_offset_;
  ThemeCursor own_cursor_;
  SurfaceId cursor_;
  bool cursor_shown_ = true;
  Point hotspot_;
  std::function<void()> input_seen_, pointer_used_, cursor_changed_, binding_released_;
  std::function<void(const KeyBinding&)> bound_;
};

} // namespace fenceline
