#include "protocols/content_type_global.h"

#include <cstdint>
#include <memory>
#include <vector>

#include "compositor/wl/thunk.h"
#include "content-type-v1-server-protocol.h"
#include "protocols/surface_resource.h"

namespace fenceline {

namespace {

/// wp_content_type_v1. Without its surface it does nothing, which is no error.
class SurfaceContentType final : public wl::Resource<SurfaceContentType>, public CommitExtension {
 public:
  SurfaceContentType(wl_client* client, std::uint32_t version, wl::NewId id, SurfaceResource& surface)
      : Resource(client, version, id), surface_(&surface) {
    surface.add_extension(*this);
  }
  ~SurfaceContentType() override {
    if (!surface_)
      return;
    surface_->remove_extension(*this);
    surface_->surface().pending().content = ContentType::None;
  }
  static const wl_interface& interface() { return wp_content_type_v1_interface; }
  static const void* implementation() { return &requests; }

  [[nodiscard]] bool before_commit(SurfaceResource&, SurfacePatch&,
                                   std::vector<std::unique_ptr<CommitConstraint>>&) override {
    return true;
  }
  void surface_gone() override { surface_ = nullptr; }

 private:
  /// A type that a later version may know is none of ours.
  void set_content_type(std::uint32_t type) {
    if (!surface_)
      return;
    surface_->surface().pending().content = [type] {
      switch (type) {
      case WP_CONTENT_TYPE_V1_TYPE_PHOTO:
        return ContentType::Photo;
      case WP_CONTENT_TYPE_V1_TYPE_VIDEO:
        return ContentType::Video;
      case WP_CONTENT_TYPE_V1_TYPE_GAME:
        return ContentType::Game;
      default:
        return ContentType::None;
      }
    }();
  }

  static const struct wp_content_type_v1_interface requests;
  SurfaceResource* surface_;
};

const struct wp_content_type_v1_interface SurfaceContentType::requests = {
    .destroy = wl::destroy,
    .set_content_type = wl::thunk<&SurfaceContentType::set_content_type>,
};

class ContentTypeManager final : public wl::Resource<ContentTypeManager> {
 public:
  ContentTypeManager(wl_client* client, std::uint32_t version, wl::NewId id) : Resource(client, version, id) {}
  static const wl_interface& interface() { return wp_content_type_manager_v1_interface; }
  static const void* implementation() { return &requests; }

 private:
  void get_surface_content_type(wl::NewId id, SurfaceResource* surface) {
    if (surface->find_extension<SurfaceContentType>())
      return post_error(WP_CONTENT_TYPE_MANAGER_V1_ERROR_ALREADY_CONSTRUCTED,
                        "wl_surface {} has a content type already", surface->object_id());
    new SurfaceContentType(client(), version(), id, *surface);
  }
  static const struct wp_content_type_manager_v1_interface requests;
};

const struct wp_content_type_manager_v1_interface ContentTypeManager::requests = {
    .destroy = wl::destroy,
    .get_surface_content_type = wl::thunk<&ContentTypeManager::get_surface_content_type>,
};

} // namespace

ContentTypeGlobal::ContentTypeGlobal(wl::Display& display)
    : global_(display, wp_content_type_manager_v1_interface, 1, wl::binds<ContentTypeManager>()) {}

} // namespace fenceline
