#pragma once
#include "compositor/shell/window.h"
#include "compositor/wl/display.h"
#include "compositor/wl/resource.h"

namespace fenceline {

class XdgToplevel;

/// zxdg_toplevel_decoration_v1: who draws a window's frame.
class XdgToplevelDecoration final : public wl::Resource<XdgToplevelDecoration> {
 public:
  XdgToplevelDecoration(wl_client* client, std::uint32_t version, wl::NewId id, XdgToplevel& toplevel);
  ~XdgToplevelDecoration() override;
  static const wl_interface& interface();
  static const void* implementation();

  void send_configure(bool server_side) const;
  void toplevel_gone() { toplevel_ = nullptr; }

 private:
  void set_mode(std::uint32_t mode);
  void unset_mode();
  XdgToplevel* toplevel_;
};

/// zxdg_decoration_manager_v1 1.
class XdgDecorationGlobal {
 public:
  explicit XdgDecorationGlobal(wl::Display& display);

 private:
  wl::Global global_;
};

} // namespace fenceline
