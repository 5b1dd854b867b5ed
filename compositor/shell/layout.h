#pragma once
#include <optional>
#include <unordered_map>
#include <vector>

#include "compositor/scene/scene.h"
#include "compositor/scene/snapshot_builder.h"
#include "compositor/shell/output_areas.h"
#include "compositor/shell/popup_stack.h"
#include "compositor/shell/window_stack.h"

namespace fenceline {

/// Where windows, popups and their surfaces lie: worked out of the window's state each time, kept nowhere. What it
/// looks at outlives it.
class Layout {
 public:
  Layout(const Scene& scene, const OutputAreas& outputs, const WindowStack& windows, const PopupStack& popups)
      : scene_(scene), outputs_(outputs), windows_(windows), popups_(popups) {}

  /// The window geometry in surface coordinates; the whole surface when the client has set none.
  [[nodiscard]] Rect geometry_of(SurfaceId surface) const;
  /// The output that a window is on, and would fill: 0 when there is none.
  [[nodiscard]] OutputId home_of(const Window& window) const;
  /// That output's area.
  [[nodiscard]] Rect area_for(const Window& window) const;
  /// How far its frame, if the shell draws one, reaches beyond the window geometry.
  [[nodiscard]] Insets frame_insets(const Window& window) const;
  /// See Desktop::be_kiosk.
  void be_kiosk() { kiosk_ = true; }
  /// Who asks for nothing gets this.
  void prefer_server_side(bool prefer) { prefers_server_side_ = prefer; }
  /// What it is to be like now.
  [[nodiscard]] WindowConfigure wanted(const Window& window, bool activated) const;
  /// Of the window geometry's upper left corner, global.
  [[nodiscard]] Point corner_of(const Window& window) const;
  /// The origin in global coordinates of a window's, a popup's or a subsurface's surface; none when it is not shown.
  [[nodiscard]] std::optional<Point> origin_of(SurfaceId surface) const;
  /// Where a popup may go, relative to its parent's window geometry: the output that the parent is on.
  [[nodiscard]] Rect popup_bounds(SurfaceId parent) const;
  /// The surface of the window that a popup, by whatever others, stands on; the argument when it is no popup.
  [[nodiscard]] SurfaceId base_of(SurfaceId surface) const;
  /// The trees that an output shows, bottom to top.
  void append_roots(OutputId output, std::vector<RootPlacement>& roots) const;
  /// How far what an output shows lies from where it is, in global coordinates: not 0,0 where it shows what another
  /// does.
  [[nodiscard]] Point mirrored_by(OutputId output) const;

 private:
  /// By the surface of the window that they stand on, bottom to top.
  using PopupPlaces = std::unordered_map<SurfaceId, std::vector<RootPlacement>>;
  [[nodiscard]] PopupPlaces shown_popups() const;
  /// The output that it fills; empty when it fills none.
  [[nodiscard]] Rect filled_by(const Window& window) const;
  /// In a kiosk: the output whose picture this one shows, as no window fills it; else itself.
  [[nodiscard]] OutputId source_of(OutputId output) const;
  void append_own(OutputId output, std::vector<RootPlacement>& roots) const;

  const Scene& scene_;
  const OutputAreas& outputs_;
  const WindowStack& windows_;
  const PopupStack& popups_;
  bool prefers_server_side_ = true;
  bool kiosk_ = false;
};

} // namespace fenceline
