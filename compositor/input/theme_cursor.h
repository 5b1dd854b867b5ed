#pragma once
#include <functional>
#include <memory>

#include "compositor/base/event_loop.h"
#include "compositor/input/cursor_theme.h"
#include "compositor/scene/scene.h"

namespace fenceline {

/// The session's own cursor: a surface of client 0 that shows a shape of the theme, and moves if that does.
class ThemeCursor {
 public:
  explicit ThemeCursor(Scene& scene);
  ThemeCursor(const ThemeCursor&) = delete;
  ThemeCursor& operator=(const ThemeCursor&) = delete;

  /// Shows the present shape from another theme. An error where there is no timer to move it by: it stands still then.
  [[nodiscard]] Result<void> set_theme(std::function<CursorTheme()> load, EventLoop& loop);
  void show(CursorShape shape);
  /// It is what the user sees, or not: what is hidden does not move.
  void set_visible(bool visible);

  [[nodiscard]] SurfaceId surface() const { return surface_; }
  [[nodiscard]] CursorShape shape() const { return shape_; }
  [[nodiscard]] Point hotspot() const { return theme_.frames(shape_)[frame_].hotspot; }

 private:
  void load_theme();
  void draw();
  void next();
  void wait();

  Scene& scene_;
  std::function<CursorTheme()> load_; ///< Of the theme that was set last; empty: it is there.
  CursorTheme theme_;
  SurfaceId surface_;
  CursorShape shape_ = CursorShape::Default;
  std::size_t frame_ = 0;
  bool visible_ = false;
  EventLoop* loop_ = nullptr;
  std::unique_ptr<Timer> timer_;
};

} // namespace fenceline
