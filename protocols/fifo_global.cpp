#include "protocols/fifo_global.h"

#include <cstdint>
#include <memory>
#include <vector>

#include "compositor/wl/thunk.h"
#include "fifo-v1-server-protocol.h"
#include "protocols/surface_resource.h"

namespace fenceline {

namespace {

/// wp_fifo_v1. What it sets is the surface's: it stays when the object goes.
class Fifo final : public wl::Resource<Fifo>, public CommitExtension {
 public:
  Fifo(wl_client* client, std::uint32_t version, wl::NewId id, SurfaceResource& surface)
      : Resource(client, version, id), surface_(&surface) {
    surface.add_extension(*this);
  }
  ~Fifo() override {
    if (surface_)
      surface_->remove_extension(*this);
  }
  static const wl_interface& interface() { return wp_fifo_v1_interface; }
  static const void* implementation() { return &requests; }

  [[nodiscard]] bool before_commit(SurfaceResource&, SurfacePatch&,
                                   std::vector<std::unique_ptr<CommitConstraint>>&) override {
    return true;
  }
  void surface_gone() override { surface_ = nullptr; }

 private:
  void set_barrier() {
    if (!surface_)
      return post_error(WP_FIFO_V1_ERROR_SURFACE_DESTROYED, "the wl_surface is gone");
    surface_->surface().pending().fifo_barrier = true;
  }
  void wait_barrier() {
    if (!surface_)
      return post_error(WP_FIFO_V1_ERROR_SURFACE_DESTROYED, "the wl_surface is gone");
    surface_->surface().pending().fifo_wait = true;
  }

  static const struct wp_fifo_v1_interface requests;
  SurfaceResource* surface_;
};

const struct wp_fifo_v1_interface Fifo::requests = {
    .set_barrier = wl::thunk<&Fifo::set_barrier>,
    .wait_barrier = wl::thunk<&Fifo::wait_barrier>,
    .destroy = wl::destroy,
};

class FifoManager final : public wl::Resource<FifoManager> {
 public:
  FifoManager(wl_client* client, std::uint32_t version, wl::NewId id) : Resource(client, version, id) {}
  static const wl_interface& interface() { return wp_fifo_manager_v1_interface; }
  static const void* implementation() { return &requests; }

 private:
  void get_fifo(wl::NewId id, SurfaceResource* surface) {
    if (surface->find_extension<Fifo>())
      return post_error(WP_FIFO_MANAGER_V1_ERROR_ALREADY_EXISTS, "wl_surface {} has a fifo already",
                        surface->object_id());
    new Fifo(client(), version(), id, *surface);
  }
  static const struct wp_fifo_manager_v1_interface requests;
};

const struct wp_fifo_manager_v1_interface FifoManager::requests = {
    .destroy = wl::destroy,
    .get_fifo = wl::thunk<&FifoManager::get_fifo>,
};

} // namespace

FifoGlobal::FifoGlobal(wl::Display& display)
    : global_(display, wp_fifo_manager_v1_interface, 1, wl::binds<FifoManager>()) {}

} // namespace fenceline
