#pragma once
#include <memory>
#include <unordered_map>
#include <vector>

#include "compositor/shell/window.h"

namespace fenceline {

/// All windows, mapped or not, bottom to top.
class WindowStack {
 public:
  using Windows = std::vector<std::unique_ptr<Window>>;

  /// On top. The id is given here.
  Window& add(Window window);
  void remove(WindowId window);
  [[nodiscard]] Window* find(WindowId window) const;
  [[nodiscard]] Window* find_by_surface(SurfaceId surface) const;
  [[nodiscard]] const Windows& all() const { return windows_; }
  /// To the top. False when it is there already.
  bool raise(WindowId window);
  /// Null when none is mapped.
  [[nodiscard]] Window* topmost_mapped() const;

 private:
  IdSource<WindowId> ids_;
  Windows windows_;
  std::unordered_map<WindowId, Window*> by_id_;
  std::unordered_map<SurfaceId, Window*> by_surface_;
};

} // namespace fenceline
