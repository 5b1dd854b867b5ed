#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "compositor/base/log.h"
#include "compositor/scene/snapshot_builder.h"
#include "compositor/scene/surface_hit.h"
#include "compositor/shell/window.h"

namespace fenceline {

/// Window policy: which windows there are, where they lie, which one has the focus. Windows are centred in a cascade; a
/// fullscreen one fills its output. Protocol objects call it, the seat asks it.
class Desktop final : public StackProvider, public SceneListener {
 public:
  Desktop(Scene& scene, Log& log);
  ~Desktop() override;

  void set_output(OutputId output, Rect area);
  void remove_output(OutputId output);
  [[nodiscard]] std::optional<Rect> output_area(OutputId output) const;

  // Toplevels.
  [[nodiscard]] WindowId add_window(SurfaceId surface, WindowClient& client);
  void remove_window(WindowId window);
  /// What the first configure says: sent when the client has made its initial commit.
  void configure_initial(WindowId window);
  /// The first commit with content was applied: it gets its place, is raised and focused.
  void map(WindowId window);
  void unmap(WindowId window);
  void set_title(WindowId window, std::string title);
  void set_app_id(WindowId window, std::string app_id);
  /// The client is told by the next configure, which the caller sends (configure_initial, or reconfigure when it is
  /// mapped).
  void request_fullscreen(WindowId window, std::optional<OutputId> output);
  void leave_fullscreen(WindowId window);
  /// Sends a configure whatever has changed: xdg-shell wants an answer to each request for a state.
  void reconfigure(WindowId window) { configure_initial(window); }
  /// Asks the focused window to close.
  void close_focused();
  [[nodiscard]] const Window* find(WindowId window) const;
  [[nodiscard]] const Window* find_by_surface(SurfaceId surface) const;

  // Popups.
  void add_popup(SurfaceId surface, SurfaceId parent, PopupClient& client, Rect placement, bool grabs);
  void move_popup(SurfaceId surface, Rect placement);
  void map_popup(SurfaceId surface);
  void remove_popup(SurfaceId surface);
  /// Whether another popup has it as its parent.
  [[nodiscard]] bool has_child_popup(SurfaceId surface) const;
  /// How many popups lie between the surface and its window, itself included; 0 for a window.
  [[nodiscard]] int popup_depth(SurfaceId surface) const;
  /// Where a popup may go, relative to its parent's window geometry: the output that the parent is on.
  [[nodiscard]] Rect popup_bounds(SurfaceId parent) const;
  /// Dismisses all popups that grab, topmost first. True when there was one.
  bool dismiss_popups();

  /// A press on a surface: its window is raised and gets the focus; outside of a grabbing popup the popups go.
  void clicked(SurfaceId surface);
  [[nodiscard]] std::optional<SurfaceHit> hit_test(double x, double y) const;
  /// Where the keyboard goes: the focused window's surface.
  [[nodiscard]] std::optional<SurfaceId> keyboard_focus() const;
  /// Called when keyboard_focus may have changed.
  void on_focus_changed(std::function<void()> callback) { focus_changed_ = std::move(callback); }
  /// Called when what is shown has changed without a commit: a raise, a move, an unmap.
  void on_stack_changed(std::function<void()> callback) { stack_changed_ = std::move(callback); }

  void append_roots(OutputId output, std::vector<RootPlacement>& roots) const override;
  void surface_changed(Surface& surface) override;
  void surface_gone(SurfaceId surface) override;

  /// The surface's origin in global coordinates; none when it is not shown.
  [[nodiscard]] std::optional<Point> origin_of(SurfaceId surface) const;

 private:
  struct Output {
    OutputId id{};
    Rect area;
  };
  [[nodiscard]] Window* window(WindowId id);
  [[nodiscard]] Popup* popup(SurfaceId surface);
  [[nodiscard]] const Popup* popup(SurfaceId surface) const;
  void focus(std::optional<WindowId> window);
  void send_configure(Window& window, bool force);
  void place_window(Window& window);
  void append_popups(SurfaceId parent, std::vector<RootPlacement>& roots) const;
  [[nodiscard]] std::optional<SurfaceHit> hit_tree(const Surface& surface, double x, double y) const;
  [[nodiscard]] Rect geometry_of(SurfaceId surface) const;
  void changed() const;

  Scene& scene_;
  Log& log_;
  IdSource<WindowId> ids_;
  std::vector<Output> outputs_;
  std::vector<std::unique_ptr<Window>> windows_; ///< Bottom to top.
  std::vector<std::unique_ptr<Popup>> popups_;   ///< Bottom to top.
  std::optional<WindowId> focused_;
  int cascade_ = 0;
  std::function<void()> focus_changed_, stack_changed_;
};

} // namespace fenceline
