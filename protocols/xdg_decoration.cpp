#include "protocols/xdg_decoration.h"

#include "compositor/wl/thunk.h"
#include "protocols/xdg_toplevel.h"
#include "xdg-decoration-unstable-v1-server-protocol.h"

namespace fenceline {
namespace {

class ManagerResource final : public wl::Resource<ManagerResource> {
 public:
  ManagerResource(wl_client* client, std::uint32_t version, wl::NewId id) : Resource(client, version, id) {}
  static const wl_interface& interface() { return zxdg_decoration_manager_v1_interface; }
  static const void* implementation() { return &requests; }

 private:
  void get_toplevel_decoration(wl::NewId id, XdgToplevel* toplevel) {
    if (!toplevel) {
      wl::create_inert<XdgToplevelDecoration>(client(), version(), id);
      return;
    }
    auto* made = new XdgToplevelDecoration(client(), version(), id, *toplevel);
    if (toplevel->decoration()) {
      made->post_error(ZXDG_TOPLEVEL_DECORATION_V1_ERROR_ALREADY_CONSTRUCTED, "the toplevel has a decoration object");
      made->toplevel_gone();
    } else if (toplevel->has_content()) {
      made->post_error(ZXDG_TOPLEVEL_DECORATION_V1_ERROR_UNCONFIGURED_BUFFER,
                       "the toplevel has a buffer before its decoration object");
      made->toplevel_gone();
    } else {
      toplevel->set_decoration(made);
    }
  }
  static const struct zxdg_decoration_manager_v1_interface requests;
};

const struct zxdg_decoration_manager_v1_interface ManagerResource::requests = {
    .destroy = wl::destroy,
    .get_toplevel_decoration = wl::thunk<&ManagerResource::get_toplevel_decoration>,
};

} // namespace

const wl_interface& XdgToplevelDecoration::interface() {
  return zxdg_toplevel_decoration_v1_interface;
}

const void* XdgToplevelDecoration::implementation() {
  static constexpr struct zxdg_toplevel_decoration_v1_interface requests {
    .destroy = wl::destroy, .set_mode = wl::thunk<&XdgToplevelDecoration::set_mode>,
    .unset_mode = wl::thunk<&XdgToplevelDecoration::unset_mode>,
  };
  return &requests;
}

XdgToplevelDecoration::XdgToplevelDecoration(wl_client* client, std::uint32_t version, wl::NewId id,
                                             XdgToplevel& toplevel)
    : Resource(client, version, id), toplevel_(&toplevel) {}

XdgToplevelDecoration::~XdgToplevelDecoration() {
  // From then on the client draws its frame itself (zxdg_toplevel_decoration_v1.destroy).
  if (toplevel_)
    toplevel_->set_decoration(nullptr);
}

void XdgToplevelDecoration::send_configure(bool server_side) const {
  if (resource())
    zxdg_toplevel_decoration_v1_send_configure(resource(), server_side ? ZXDG_TOPLEVEL_DECORATION_V1_MODE_SERVER_SIDE
                                                                       : ZXDG_TOPLEVEL_DECORATION_V1_MODE_CLIENT_SIDE);
}

void XdgToplevelDecoration::set_mode(std::uint32_t mode) {
  const bool server_side = mode == ZXDG_TOPLEVEL_DECORATION_V1_MODE_SERVER_SIDE;
  if (!server_side && mode != ZXDG_TOPLEVEL_DECORATION_V1_MODE_CLIENT_SIDE) {
#ifdef ZXDG_TOPLEVEL_DECORATION_V1_ERROR_INVALID_MODE_SINCE_VERSION
    post_error(ZXDG_TOPLEVEL_DECORATION_V1_ERROR_INVALID_MODE, "{} is no mode", mode);
#else
    post_error(3, "{} is no mode", mode);
#endif
    return;
  }
  if (toplevel_)
    toplevel_->wish_frame(server_side ? FrameWish::ServerSide : FrameWish::ClientSide);
}

void XdgToplevelDecoration::unset_mode() {
  if (toplevel_)
    toplevel_->wish_frame(FrameWish::Any);
}

XdgDecorationGlobal::XdgDecorationGlobal(wl::Display& display)
    : global_(display, zxdg_decoration_manager_v1_interface, 1, wl::binds<ManagerResource>()) {}

} // namespace fenceline
