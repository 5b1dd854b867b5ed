#pragma once
#include <memory>
#include <vector>

#include "compositor/base/log.h"
#include "compositor/scene/scene.h"
#include "compositor/shell/desktop.h"
#include "compositor/wl/display.h"
#include "compositor/wl/global.h"
#include "compositor/wl/resource.h"

namespace fenceline {

class SurfaceResource;
class XdgPositioner;

/// What the xdg-shell objects work with.
struct XdgContext {
  wl::Display& display;
  Scene& scene;
  Desktop& desktop;
  Log& log;
  /// Test modules for suites that attach a buffer before the first configure; never set in a session.
  bool allow_unconfigured_buffers = false;
};

/// xdg_wm_base 6.
class XdgWmBase final : public wl::Resource<XdgWmBase> {
 public:
  static constexpr std::uint32_t newest = 6;

  XdgWmBase(wl_client* client, std::uint32_t version, wl::NewId id, XdgContext& context)
      : Resource(client, version, id), context_(context) {}
  static const wl_interface& interface();
  static const void* implementation();

 private:
  void destroy();
  void create_positioner(wl::NewId id);
  void get_xdg_surface(wl::NewId id, SurfaceResource* surface);
  void pong(std::uint32_t serial);

  XdgContext& context_;
  /// Counts the xdg_surfaces made from this object that still live: destroying it under them is an error.
  std::shared_ptr<int> surfaces_ = std::make_shared<int>(0);
};

/// The xdg-shell global.
class XdgShell {
 public:
  explicit XdgShell(XdgContext context);

 private:
  XdgContext context_;
  wl::Global global_;
};

} // namespace fenceline
