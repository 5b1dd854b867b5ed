#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "compositor/base/geometry.h"
#include "compositor/frame/ids.h"

namespace fenceline {

enum class WindowId : std::uint32_t {};

class Decoration;

/// Who is to draw a window's frame.
enum class FrameWish : std::uint8_t { Unasked, Any, ClientSide, ServerSide };

/// How far something reaches beyond a rectangle, px.
struct Insets {
  std::int32_t left = 0, top = 0, right = 0, bottom = 0;
};

/// What the shell asks of a window's client; the client answers with a commit of its own time.
struct WindowConfigure {
  Size size; ///< 0: the client chooses.
  bool activated = false;
  bool fullscreen = false;
  bool maximized = false;
  bool resizing = false;
  bool decorated = false;   ///< The shell draws its frame.
  Size bounds;              ///< The most that makes sense (xdg_toplevel.configure_bounds); 0: unknown.
  OutputId output{};        ///< That it is to fill; not the client's business.
  std::uint64_t number = 0; ///< Counts up; nor is this.
  /// Whether it asks for the same.
  [[nodiscard]] bool same_as(const WindowConfigure& o) const {
    return size == o.size && activated == o.activated && fullscreen == o.fullscreen && maximized == o.maximized &&
           resizing == o.resizing && decorated == o.decorated && bounds == o.bounds && output == o.output;
  }
};

/// Edges of a window, as bits with xdg_toplevel.resize_edge's numbers.
using WindowEdges = std::uint32_t;
namespace window_edge {
inline constexpr WindowEdges none = 0, top = 1, bottom = 2, left = 4, right = 8;
} // namespace window_edge

/// The client's side of a toplevel: xdg_toplevel implements it.
class WindowClient {
 public:
  virtual ~WindowClient() = default;
  virtual void configure(const WindowConfigure& wanted) = 0;
  virtual void close() = 0;
};

/// A toplevel window. Owned by the Desktop.
///
/// What it is asked to be (`wants_...`) and what it is shown as (`shown_...`) differ until the client has answered: it
/// keeps its place until there is content to go with the new one.
struct Window {
  Window();
  ~Window();
  Window(Window&&) noexcept;
  Window& operator=(Window&&) noexcept;

  WindowId id{};
  SurfaceId surface{};
  ClientId owner{};
  WindowClient* client = nullptr;
  Window* parent = nullptr; ///< It is kept above this one.
  /// Of the window geometry's upper left corner, global px, while it does not fill an output. None: it was never put
  /// anywhere (mapped as one that fills its output, or before there was an output) and is in the middle of its output.
  std::optional<Point> place;
  /// What it is asked to have while it fills no output; 0: the client has chosen, and does.
  Size floating_size;
  Size min_size, max_size; ///< The client's limits; 0: none.
  bool mapped = false;
  bool minimized = false;
  bool hidden = false;                   ///< It, or one that it is kept above, is minimised.
  std::optional<OutputId> fullscreen_on; ///< None: the one that it is on.
  std::optional<OutputId> chosen_output; ///< By its client, to be fullscreen on.
  bool in_kiosk = false;                 ///< It is fullscreen whatever it asks for (Desktop::be_kiosk).
  bool wants_fullscreen = false, wants_maximized = false;
  bool shown_fullscreen = false, shown_maximized = false;
  OutputId shown_on{}; ///< That it fills.
  bool resizing = false;
  FrameWish frame_wish = FrameWish::Unasked;
  bool shown_decorated = false;
  std::unique_ptr<Decoration> decoration; ///< Null: none is shown.
  /// Edges that are dragged: the opposite ones stay at `fixed` until the client has answered the last configure of it.
  WindowEdges dragged = window_edge::none;
  Point fixed; ///< Lower right corner of the window geometry when the resize began.
  std::string title, app_id;
  WindowConfigure last_sent;
  std::uint64_t answered = 0; ///< Number of the configure that its content answers.

  [[nodiscard]] bool visible() const { return mapped && !hidden; }
  [[nodiscard]] bool shown_floating() const { return !shown_fullscreen && !shown_maximized; }
  [[nodiscard]] bool wants_floating() const { return !wants_fullscreen && !wants_maximized; }
  [[nodiscard]] bool awaits_answer() const { return answered != last_sent.number; }
};

/// The client's side of a popup.
class PopupClient {
 public:
  virtual ~PopupClient() = default;
  /// It is dismissed, and off the desktop: popup_done.
  virtual void done() = 0;
  /// What it stands on, or the output, has moved or has another size: a reactive one finds another place.
  virtual void surroundings_changed() {}
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
