#include "protocols/viewporter_global.h"

#include "compositor/wl/thunk.h"
#include "protocols/surface_resource.h"
#include "viewporter-server-protocol.h"

namespace fenceline {

namespace {

/// wp_viewport. bad_size and out_of_buffer, which the protocol raises when the state is applied, are raised at the
/// commit: updates of one surface are applied in order, so what will be applied is known then.
class ViewportResource final : public wl::Resource<ViewportResource>, public CommitExtension {
 public:
  ViewportResource(wl_client* client, std::uint32_t version, wl::NewId id, SurfaceResource& surface)
      : Resource(client, version, id), surface_(&surface) {
    surface.add_extension(*this);
  }
  ~ViewportResource() override {
    if (!surface_)
      return;
    surface_->remove_extension(*this);
    SurfacePatch& pending = surface_->surface().pending();
    pending.viewport_source.emplace(std::nullopt);
    pending.viewport_destination.emplace(std::nullopt);
  }
  static const wl_interface& interface() { return wp_viewport_interface; }
  static const void* implementation() { return &requests; }

  [[nodiscard]] bool before_commit(SurfaceResource& surface, SurfacePatch&,
                                   std::vector<std::unique_ptr<CommitConstraint>>&) override {
    switch (check_viewport(surface.resulting_state())) {
    case ViewportFault::None:
      return true;
    case ViewportFault::BadSize:
      post_error(WP_VIEWPORT_ERROR_BAD_SIZE, "the source's size is not whole, and there is no destination size");
      return false;
    case ViewportFault::OutOfBuffer:
      post_error(WP_VIEWPORT_ERROR_OUT_OF_BUFFER, "the source reaches out of the buffer");
      return false;
    }
    return true;
  }
  void surface_gone() override { surface_ = nullptr; }

 private:
  void set_source(double x, double y, double width, double height) {
    if (!surface_)
      return post_error(WP_VIEWPORT_ERROR_NO_SURFACE, "the wl_surface is gone");
    auto& source = surface_->surface().pending().viewport_source;
    if (x == -1.0 && y == -1.0 && width == -1.0 && height == -1.0)
      source.emplace(std::nullopt);
    else if (x < 0 || y < 0 || width <= 0 || height <= 0)
      post_error(WP_VIEWPORT_ERROR_BAD_VALUE, "a source of {}x{} at {},{}", width, height, x, y);
    else
      source.emplace(FRect{x, y, width, height});
  }
  void set_destination(std::int32_t width, std::int32_t height) {
    if (!surface_)
      return post_error(WP_VIEWPORT_ERROR_NO_SURFACE, "the wl_surface is gone");
    auto& destination = surface_->surface().pending().viewport_destination;
    if (width == -1 && height == -1)
      destination.emplace(std::nullopt);
    else if (width <= 0 || height <= 0)
      post_error(WP_VIEWPORT_ERROR_BAD_VALUE, "a destination of {}x{}", width, height);
    else
      destination.emplace(Size{width, height});
  }

  static const struct wp_viewport_interface requests;
  SurfaceResource* surface_;
};

const struct wp_viewport_interface ViewportResource::requests = {
    .destroy = wl::destroy,
    .set_source = wl::thunk<&ViewportResource::set_source>,
    .set_destination = wl::thunk<&ViewportResource::set_destination>,
};

class ViewporterResource final : public wl::Resource<ViewporterResource> {
 public:
  ViewporterResource(wl_client* client, std::uint32_t version, wl::NewId id) : Resource(client, version, id) {}
  static const wl_interface& interface() { return wp_viewporter_interface; }
  static const void* implementation() { return &requests; }

 private:
  void get_viewport(wl::NewId id, SurfaceResource* surface) {
    if (surface->find_extension<ViewportResource>())
      return post_error(WP_VIEWPORTER_ERROR_VIEWPORT_EXISTS, "wl_surface {} has a viewport already",
                        surface->object_id());
    new ViewportResource(client(), version(), id, *surface);
  }
  static const struct wp_viewporter_interface requests;
};

const struct wp_viewporter_interface ViewporterResource::requests = {
    .destroy = wl::destroy,
    .get_viewport = wl::thunk<&ViewporterResource::get_viewport>,
};

} // namespace

ViewporterGlobal::ViewporterGlobal(wl::Display& display)
    : global_(display, wp_viewporter_interface, 1, wl::binds<ViewporterResource>()) {}

} // namespace fenceline
