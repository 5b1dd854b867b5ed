#pragma once
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "compositor/base/result.h"
#include "compositor/shell/window.h"

namespace fenceline {

/// The popups on the desktop, bottom to top: a new one lies on top of all that came before it (xdg_popup). Each stands
/// on a window, or on a popup that came before it, and what stands on one that goes goes with it. So every chain of
/// parents ends at a window, whatever clients do.
class PopupStack {
 public:
  /// How many may stand on each other: a client may not choose how long chains get.
  static constexpr int max_depth = 64;
  using Popups = std::vector<std::unique_ptr<Popup>>;

  /// `on_window`: the parent is a window's surface, else it must be a popup of the stack. EINVAL when it isn't, or when
  /// the surface has a popup already; ENOMEM when more than max_depth would stand on each other.
  [[nodiscard]] Result<void> add(Popup popup, bool on_window);
  /// Null when there is none.
  [[nodiscard]] Popup* find(SurfaceId surface) const;
  [[nodiscard]] bool has_child(SurfaceId surface) const;
  [[nodiscard]] const Popups& all() const { return popups_; }
  /// Takes out the popups of these surfaces, and all that stand on them or on the surfaces. Topmost first.
  [[nodiscard]] Popups take(std::unordered_set<SurfaceId> going);

 private:
  Popups popups_; ///< Parents before what stands on them.
  std::unordered_map<SurfaceId, Popup*> by_surface_;
};

} // namespace fenceline
