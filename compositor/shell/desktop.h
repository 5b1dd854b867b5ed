#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "compositor/base/log.h"
#include "compositor/base/result.h"
#include "compositor/scene/snapshot_builder.h"
#include "compositor/scene/surface_hit.h"
#include "compositor/shell/decoration.h"
#include "compositor/shell/layout.h"
#include "compositor/shell/output_areas.h"
#include "compositor/shell/placement.h"
#include "compositor/shell/popup_stack.h"
#include "compositor/shell/window.h"
#include "compositor/shell/window_cycle.h"
#include "compositor/shell/window_grab.h"
#include "compositor/shell/window_stack.h"

namespace fenceline {

/// Window policy: which windows there are, where they lie, which one has the focus. Windows are centred in a cascade; a
/// fullscreen one fills its output, or is in the middle of it as long as it is smaller. Popups are shown as long as all
/// that they stand on is, and are dismissed when it goes. Protocol objects call it, the seat asks it.
class Desktop final : public StackProvider, public SceneListener {
 public:
  /// Windows and popups together. Stacking them, and finding what is under the pointer, looks at each.
  static constexpr std::size_t max_per_client = 1000;

  Desktop(Scene& scene, Log& log);
  ~Desktop() override;

  /// From now on, before there are windows: each window without a parent is fullscreen, whatever it asks for, on the
  /// output that it has chosen or on the one with the fewest; an output without one shows what the first of them has.
  /// Those with a parent float over it. Nothing has a frame, nothing is minimised.
  void be_kiosk();

  /// Windows that this leaves on no output are placed anew; fullscreen ones are told their new size.
  void set_output(OutputId output, Rect area);
  void remove_output(OutputId output);
  [[nodiscard]] std::optional<Rect> output_area(OutputId output) const { return outputs_.area(output); }

  /// Whether a client may have one more window or popup.
  [[nodiscard]] bool has_room(ClientId client) const;

  // Toplevels.
  /// Whoever asks has seen to it that its client has room.
  [[nodiscard]] WindowId add_window(SurfaceId surface, WindowClient& client);
  void remove_window(WindowId window);
  /// What the first configure says: sent when the client has made its initial commit.
  void configure_initial(WindowId window);
  /// The first commit with content was applied: it gets its place, is raised and focused.
  void map(WindowId window);
  void unmap(WindowId window);
  /// As one that was just made (xdg_toplevel: an unmapped window forgets its states).
  void reset(WindowId window);
  void set_title(WindowId window, std::string title);
  void set_app_id(WindowId window, std::string app_id);
  /// 0: none. They take effect with the next resize.
  void set_size_limits(WindowId window, Size min, Size max);
  /// None: of nobody. Nothing happens when the parent would be above its child by others.
  void set_parent(WindowId window, std::optional<WindowId> parent);
  /// Who draws its frame; told like what follows.
  void set_frame_wish(WindowId window, FrameWish wish);
  // The client is told of these three by the next configure, which the caller sends (configure_initial, or reconfigure
  // when it is mapped).
  void request_fullscreen(WindowId window, std::optional<OutputId> output);
  void leave_fullscreen(WindowId window);
  void request_maximized(WindowId window, bool maximized);
  /// Sends a configure whatever has changed: xdg-shell wants an answer to each request for a state.
  void reconfigure(WindowId window) { configure_initial(window); }
  /// Off the screen with all windows that are kept above it, and back.
  void set_minimized(WindowId window, bool minimized);
  /// Content that answers a configure was applied; map or committed comes next.
  void answered(WindowId window, const WindowConfigure& configure);
  /// Content was applied while it is mapped.
  void committed(WindowId window);
  /// To the top, shown if it was minimised, and focused.
  void activate(WindowId window);
  /// None: no window has the focus.
  [[nodiscard]] std::optional<WindowId> focused() const { return focused_; }
  /// Frames for those who ask for nothing, or none.
  void prefer_server_side(bool prefer) { layout_.prefer_server_side(prefer); }
  /// What of the frame of a visible window is under a point.
  struct FrameHit {
    WindowId window{};
    FramePart part = FramePart::None;
    WindowEdges edges = window_edge::none;
    friend bool operator==(const FrameHit&, const FrameHit&) = default;
  };
  [[nodiscard]] std::optional<FrameHit> frame_hit(double x, double y) const;
  /// A button of its frame was pressed.
  void press(WindowId window, FramePart part);
  /// Asks the focused window to close.
  void close_focused();
  /// Puts the window geometry's upper left corner there, as if it had been dragged. False when it can't be moved: it
  /// fills an output, or isn't mapped.
  bool place(WindowId window, Point at);
  /// To the output on that side of the one that it is on. False when there is none.
  bool move_to_neighbour(WindowId window, bool to_the_right);
  /// To the window that was used before, or the other way round; it is on top until settle_cycle.
  void cycle(bool forward);
  void settle_cycle();

  // Moving and resizing by the pointer or a finger. One at a time.
  /// A client's wish, and what drags it: a contact of a touch screen, or none: the pointer.
  struct GrabWish {
    WindowId window{};
    WindowEdges edges = window_edge::none;
    std::optional<std::int32_t> contact{};
  };
  /// The pointer, or the contact, is taken by on_grab_wanted, and begin_grab is called from there.
  void want_grab(const GrabWish& wish);
  /// `edges` none: it is moved. False when it can't be: it fills an output (but a maximised one that is moved is
  /// restored), or it isn't visible.
  bool begin_grab(WindowId window, WindowEdges edges, double x, double y);
  void grab_moved(double x, double y);
  /// The window that is dragged; none: no window is.
  [[nodiscard]] std::optional<WindowId> dragged() const {
    return grab_ ? std::optional(grab_->window()) : std::nullopt;
  }
  void finish_grab();
  /// Called with what a client wants to be dragged.
  void on_grab_wanted(std::function<void(const GrabWish&)> callback) { grab_wanted_ = std::move(callback); }
  /// Called when there is nothing to drag any more.
  void on_grab_lost(std::function<void()> callback) { grab_lost_ = std::move(callback); }
  /// The visible window that is under a point, by its surfaces or its popups'.
  [[nodiscard]] const Window* window_at(double x, double y) const;
  /// Of a visible window: its geometry, global.
  [[nodiscard]] Rect frame_of(const Window& window) const;
  [[nodiscard]] const WindowStack& windows() const { return windows_; }
  [[nodiscard]] const Window* find(WindowId window) const { return windows_.find(window); }
  [[nodiscard]] const Window* find_by_surface(SurfaceId surface) const { return windows_.find_by_surface(surface); }

  // Popups.
  /// EINVAL when the parent is not on the desktop (see holds), or the popup is already; ENOMEM when too many would
  /// stand on each other, or its client has too many.
  [[nodiscard]] Result<void> add_popup(SurfaceId surface, SurfaceId parent, PopupClient& client, Rect placement,
                                       bool grabs);
  /// Whether a popup may stand on it: it is a window, mapped or not, or a popup that nobody has dismissed.
  [[nodiscard]] bool holds(SurfaceId surface) const;
  void move_popup(SurfaceId surface, Rect placement);
  void map_popup(SurfaceId surface);
  /// It grabs after all; before it is mapped.
  void grab_popup(SurfaceId surface);
  [[nodiscard]] bool popup_grabs(SurfaceId surface) const;
  /// What stands on it is dismissed.
  void remove_popup(SurfaceId surface);
  /// Whether another popup has it as its parent.
  [[nodiscard]] bool has_child_popup(SurfaceId surface) const { return popups_.has_child(surface); }
  /// Where a popup may go, relative to its parent's window geometry: the output that the parent is on.
  [[nodiscard]] Rect popup_bounds(SurfaceId parent) const { return layout_.popup_bounds(parent); }
  /// Dismisses all popups that grab and what stands on them, topmost first; not those of the client `except`. True when
  /// there was one.
  bool dismiss_popups(std::optional<ClientId> except = std::nullopt);

  /// A press on a surface: its window is raised and gets the focus. Popups that grab go, but for those of the client
  /// that it is on: that one sees the press, and destroys its popup if it wants to (xdg_popup).
  void clicked(SurfaceId surface);
  [[nodiscard]] std::optional<SurfaceHit> hit_test(double x, double y) const;
  /// Where the keyboard goes: the focused window's surface.
  [[nodiscard]] std::optional<SurfaceId> keyboard_focus() const;
  /// Called when keyboard_focus may have changed.
  void on_focus_changed(std::function<void()> callback) { focus_changed_ = std::move(callback); }
  /// Called when what is shown has changed without a commit: a raise, a move, an unmap.
  void on_stack_changed(std::function<void()> callback) { stack_changed_ = std::move(callback); }

  void append_roots(OutputId output, std::vector<RootPlacement>& roots) const override {
    layout_.append_roots(output, roots);
  }
  void surface_changed(Surface& surface) override;
  void surface_gone(SurfaceId surface) override;

  /// The origin in global coordinates of a window's, a popup's or a subsurface's surface; none when it is not shown.
  [[nodiscard]] std::optional<Point> origin_of(SurfaceId surface) const { return layout_.origin_of(surface); }
  /// The same where it is shown at `near`, should an output show what another does (be_kiosk).
  [[nodiscard]] std::optional<Point> origin_near(SurfaceId surface, Point near) const;

 private:
  /// 0 when the surface is gone.
  [[nodiscard]] ClientId owner_of(SurfaceId surface) const;
  void give_up_share(ClientId client);
  [[nodiscard]] PopupStack::Popups take_popups(std::unordered_set<SurfaceId> going);
  void focus(std::optional<WindowId> window);
  void send_configure(Window& window, bool force);
  void enter_kiosk(Window& window);
  /// In a kiosk: its dialogs, and theirs, are put over it where it is now.
  void follow_parent(const Window& parent);
  /// In a kiosk: gives each window an output, and tells those that get another.
  void share_out();
  void place_window(Window& window);
  void focus_topmost();
  void visibility_changed();
  void lose_grab(WindowId window);
  /// What it goes back to when it fills no output any more.
  void remember_size(Window& window) const;
  void send_resize(Window& window);
  void update_frame(Window& window);
  void tell_popups(const Window& window);
  void outputs_changed();
  /// Dismisses the popups of these surfaces and all that stand on them or on the surfaces, topmost first.
  bool dismiss(std::unordered_set<SurfaceId> going);
  void changed() const;

  Scene& scene_;
  Log& log_;
  std::shared_ptr<TitleText> titles_;
  OutputAreas outputs_;
  WindowStack windows_;
  PopupStack popups_;
  Layout layout_{scene_, outputs_, windows_, popups_};
  Placement placement_;
  WindowCycle cycle_{windows_};
  std::optional<WindowGrab> grab_;
  bool kiosk_ = false;
  Size grab_size_; ///< That it asks for, while it resizes.
  std::uint64_t configures_ = 0;
  std::unordered_map<ClientId, std::size_t> shares_; ///< Windows and popups of each client that has any.
  std::optional<WindowId> focused_;
  std::function<void()> focus_changed_, stack_changed_, grab_lost_;
  std::function<void(const GrabWish&)> grab_wanted_;
};

} // namespace fenceline
