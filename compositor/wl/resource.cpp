#include "compositor/wl/resource.h"

#include <new>

namespace fenceline::wl {

ResourceBase::ResourceBase(wl_client* client, const wl_interface& interface, const void* implementation,
                           std::uint32_t version, NewId id)
    : resource_(wl_resource_create(client, &interface, static_cast<int>(version), id.value)), client_(client),
      version_(version) {
  if (!resource_)
    throw std::bad_alloc();
  // An event's new id is chosen by libwayland.
  id_ = wl_resource_get_id(resource_);
  wl_resource_set_implementation(resource_, implementation, this, destroyed);
}

ResourceBase::~ResourceBase() {
  if (resource_)
    wl_resource_set_user_data(resource_, nullptr);
}

void ResourceBase::destroyed(wl_resource* resource) noexcept {
  auto* self = static_cast<ResourceBase*>(wl_resource_get_user_data(resource));
  if (!self)
    return;
  // From here on nobody finds the object by its resource any more.
  wl_resource_set_user_data(resource, nullptr);
  self->resource_ = nullptr;
  delete self;
}

void ResourceBase::destroy_resource() {
  if (resource_)
    wl_resource_destroy(resource_);
}

void ResourceBase::post_error_text(std::uint32_t code, const std::string& text) const {
  if (resource_)
    wl_resource_post_error(resource_, code, "%s", text.c_str());
}

void ResourceBase::post_no_memory() const {
  wl_client_post_no_memory(client_);
}

wl_resource* create_inert(wl_client* client, const wl_interface& interface, const void* implementation,
                          std::uint32_t version, NewId id) {
  wl_resource* resource = wl_resource_create(client, &interface, static_cast<int>(version), id.value);
  if (!resource)
    throw std::bad_alloc();
  wl_resource_set_implementation(resource, implementation, nullptr, nullptr);
  return resource;
}

} // namespace fenceline::wl
