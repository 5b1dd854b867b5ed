#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "compositor/base/geometry.h"
#include "compositor/frame/ids.h"

namespace fenceline {

enum class WindowId : std::uint32_t {};

/// What the shell asks of a window's client; the client answers with a commit of its own time.
struct WindowConfigure {
  Size size; ///< 0: the client chooses.
  bool activated = false;
  bool fullscreen = false;
  bool maximized = false;
  bool resizing = false;
  Size bounds; ///< The most that makes sense (xdg_toplevel.configure_bounds); 0: unknown.
  friend bool operator==(const WindowConfigure&, const WindowConfigure&) = default;
};

/// The client's side of a toplevel: xdg_toplevel implements it.
class WindowClient {
 public:
  virtual ~WindowClient() = default;
  virtual void configure(const WindowConfigure& wanted) = 0;
  virtual void close() = 0;
};

/// A toplevel window. Owned by the Desktop.
struct Window {
  WindowId id{};
  SurfaceId surface{};
  ClientId owner{};
  WindowClient* client = nullptr;
  /// Of the window geometry's upper left corner, global px, while it does not fill an output. None: it was never put
  /// anywhere (mapped as a fullscreen one, or before there was an output) and is in the middle of its output.
  std::optional<Point> place;
  bool mapped = false;
  std::optional<OutputId> fullscreen_on; ///< None: the first.
  bool wants_fullscreen = false;
  std::string title, app_id;
  WindowConfigure last_sent;
};

/// The client's side of a popup.
class PopupClient {
 public:
  virtual ~PopupClient() = default;
  /// It is dismissed, and off the desktop: popup_done.
  virtual void done() = 0;
};

/// A popup, placed relative to its parent's window geometry. Owned by the Desktop.
struct Popup {
  SurfaceId surface{};
  SurfaceId parent{}; ///< A window's surface or a popup's.
  SurfaceId base{};   ///< Of the window that it stands on, by whatever others.
  int depth = 0;      ///< 1: right on its window.
  ClientId owner{};
  PopupClient* client = nullptr;
  Rect placement; ///< Relative to the parent's window geometry.
  bool mapped = false;
  bool grabs = false;
};

} // namespace fenceline
