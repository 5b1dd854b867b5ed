#pragma once
#include <deque>
#include <utility>
#include <vector>

#include "compositor/shell/window.h"
#include "protocols/seat_global.h"
#include "protocols/xdg_decoration.h"
#include "protocols/xdg_surface.h"

namespace fenceline {

/// xdg_toplevel: a window.
class XdgToplevel final : public wl::Resource<XdgToplevel>, public XdgRole, public WindowClient {
 public:
  XdgToplevel(wl_client* client, std::uint32_t version, wl::NewId id, XdgSurface& base);
  ~XdgToplevel() override;
  static const wl_interface& interface();
  static const void* implementation();

  bool initial_commit() override;
  void mapped() override;
  void unmapped() override;
  void updated() override;
  void answered(std::uint32_t serial) override;
  bool before_commit() override;
  void base_gone() override;
  [[nodiscard]] const wl::ResourceBase& object() const override { return *this; }
  void configure(const WindowConfigure& wanted) override;
  void close() override;

  [[nodiscard]] XdgToplevelDecoration* decoration() const { return decoration_; }
  /// Null: it is gone, and the client draws the frame.
  void set_decoration(XdgToplevelDecoration* decoration);
  void wish_frame(FrameWish wish);
  /// As far as its client can see it is mapped.
  [[nodiscard]] bool has_content() const { return base_ && base_->has_content(); }

 private:
  void destroy();
  void set_parent(XdgToplevel* parent);
  void set_title(std::string_view title);
  void set_app_id(std::string_view app_id);
  void show_window_menu(SeatResource* seat, std::uint32_t serial, std::int32_t x, std::int32_t y);
  void move(SeatResource* seat, std::uint32_t serial);
  void resize(SeatResource* seat, std::uint32_t serial, std::uint32_t edges);
  void want_grab(const SeatResource* seat, std::uint32_t serial, WindowEdges edges);
  void set_max_size(std::int32_t width, std::int32_t height);
  void set_min_size(std::int32_t width, std::int32_t height);
  void set_maximized();
  void unset_maximized();
  void set_fullscreen(OutputResource* output);
  void unset_fullscreen();
  void set_minimized();
  void request_maximized(bool maximized);
  void answer();
  void adopt_by(XdgToplevel* parent);
  /// Its children become its parent's, and it has no parent any more.
  void leave_family();
  [[nodiscard]] bool bad_size(std::int32_t width, std::int32_t height) const;

  XdgSurface* base_;
  XdgToplevel* parent_ = nullptr; ///< A mapped one (xdg_toplevel.set_parent).
  std::vector<XdgToplevel*> children_;
  WindowId window_;
  bool configured_ = false;
  XdgToplevelDecoration* decoration_ = nullptr;
  Size min_, max_; ///< 0: no limit. Checked against each other at commit.
  /// What it was asked to be, by serials that are not answered yet.
  std::deque<std::pair<std::uint32_t, WindowConfigure>> asked_;
};

} // namespace fenceline
