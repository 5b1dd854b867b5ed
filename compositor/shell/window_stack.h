#pragma once
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "compositor/shell/window.h"

namespace fenceline {

/// All windows, mapped or not, bottom to top. A window with a parent is above it, wherever it goes; what stands on each
/// other so is a family, and moves as one.
class WindowStack {
 public:
  using Windows = std::vector<std::unique_ptr<Window>>;

  /// On top. The id is given here.
  Window& add(Window window);
  /// Its children become its parent's.
  void remove(WindowId window);
  [[nodiscard]] Window* find(WindowId window) const;
  [[nodiscard]] Window* find_by_surface(SurfaceId surface) const;
  [[nodiscard]] const Windows& all() const { return windows_; }
  /// To the top with its family; within it, with all that is kept above it, to the top of that. False when everything
  /// is there already.
  bool raise(WindowId window);
  /// Null: of nobody. False, and nothing has changed, when the parent is the window itself or kept above it. It goes
  /// above its parent if it isn't there.
  bool set_parent(Window& window, Window* parent);
  /// Works out which windows are hidden. True when it has changed for any.
  bool update_hidden();
  /// Null when none is visible.
  [[nodiscard]] Window* topmost_visible() const;
  /// The order as it is now, and back to it. Windows that have come since stay on top.
  [[nodiscard]] std::vector<WindowId> order() const;
  void restore(std::span<const WindowId> order);

 private:
  /// Sorts by number, from 0 up, and leaves the order of equal ones.
  template <class Number>
  bool sort_by(Number&& number);

  IdSource<WindowId> ids_;
  Windows windows_;
  std::unordered_map<WindowId, Window*> by_id_;
  std::unordered_map<SurfaceId, Window*> by_surface_;
};

} // namespace fenceline
