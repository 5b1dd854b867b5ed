#pragma once
#include <deque>
#include <optional>
#include <utility>

#include "protocols/seat_global.h"
#include "protocols/xdg_positioner.h"
#include "protocols/xdg_surface.h"

namespace fenceline {

/// xdg_popup: a menu or the like, placed relative to its parent.
class XdgPopup final : public wl::Resource<XdgPopup>, public XdgRole, public PopupClient {
 public:
  /// `parent`: null when another protocol is to name it; without one by the first commit that is an error.
  XdgPopup(wl_client* client, std::uint32_t version, wl::NewId id, XdgSurface& base, XdgSurface* parent,
           const PopupPosition& position);
  ~XdgPopup() override;
  static const wl_interface& interface();
  static const void* implementation();

  bool initial_commit() override;
  void mapped() override;
  void unmapped() override;
  void answered(std::uint32_t serial) override;
  void base_gone() override;
  [[nodiscard]] const XdgSurface* popup_parent() const override;
  [[nodiscard]] const wl::ResourceBase& object() const override { return *this; }
  void done() override;
  void surroundings_changed() override;

 private:
  void destroy();
  void grab(SeatResource* seat, std::uint32_t serial);
  [[nodiscard]] bool check_grab() const;
  void reposition(XdgPositioner* positioner, std::uint32_t token);
  void send_configure();
  [[nodiscard]] bool enter_desktop();
  void leave_desktop();

  XdgSurface* base_;
  std::optional<SurfaceId> parent_;
  PopupPosition position_;
  /// Where it was asked to be, by serials that are not answered yet.
  std::deque<std::pair<std::uint32_t, Rect>> asked_;
  Rect place_; ///< Where it was asked to be last.
  bool grabs_ = false;
  bool on_desktop_ = false;
  bool dismissed_ = false;
};

} // namespace fenceline
