#pragma once
#include <cstdint>

#include "compositor/base/geometry.h"
#include "compositor/wl/resource.h"

namespace fenceline {

/// Where a popup wants to be, as xdg_positioner describes it. Values are the protocol's.
struct PopupPosition {
  Size size;   ///< Of the popup's window geometry; must be set, and not empty.
  Rect anchor; ///< Relative to the parent's window geometry; must be set, may be of no size.
  bool has_anchor = false;
  std::uint32_t anchor_edge = 0;
  std::uint32_t gravity = 0;
  std::uint32_t adjustment = 0;
  Point offset;
  bool reactive = false;

  [[nodiscard]] bool complete() const { return !size.empty() && has_anchor; }
  /// The place relative to the parent's window geometry, moved, flipped or cut as the client allows so that it fits
  /// `bounds` (same coordinates). Flip comes first, then slide, then resize, each axis on its own
  /// (xdg_positioner.constraint_adjustment).
  [[nodiscard]] Rect place(Rect bounds) const;
};

/// xdg_positioner: collects a PopupPosition.
class XdgPositioner final : public wl::Resource<XdgPositioner> {
 public:
  XdgPositioner(wl_client* client, std::uint32_t version, wl::NewId id) : Resource(client, version, id) {}
  static const wl_interface& interface();
  static const void* implementation();

  [[nodiscard]] const PopupPosition& position() const { return position_; }

 private:
  void set_size(std::int32_t width, std::int32_t height);
  void set_anchor_rect(std::int32_t x, std::int32_t y, std::int32_t width, std::int32_t height);
  void set_anchor(std::uint32_t anchor);
  void set_gravity(std::uint32_t gravity);
  void set_constraint_adjustment(std::uint32_t adjustment);
  void set_offset(std::int32_t x, std::int32_t y);
  void set_reactive();
  void set_parent_size(std::int32_t width, std::int32_t height);
  void set_parent_configure(std::uint32_t serial);

  PopupPosition position_;
};

} // namespace fenceline
