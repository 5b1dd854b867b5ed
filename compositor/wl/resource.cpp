#include "compositor/wl/resource.h"

#include <wayland-server-protocol.h>

#include <new>

#include "compositor/wl/client_state.h"

namespace fenceline::wl {

namespace {

void too_many(wl_client* client, const char* what, std::uint32_t most) {
  // The objects of a client that ends go one by one, its wl_display first, and may have the session make others.
  wl_resource* display = wl_client_get_object(client, 1);
  if (display == nullptr)
    return;
  wl_resource_post_error(display, WL_DISPLAY_ERROR_NO_MEMORY,
                         "more than %u objects%s%s at once", most, *what != '\0' ? " of " : "", what);
}

void count(wl_client* client) {
  if (ClientState* state = ClientState::of(client); state != nullptr && !state->objects.add())
    too_many(client, "", ObjectCount::most);
}

} // namespace

ResourceBase::ResourceBase(wl_client* client, const wl_interface& interface, const void* implementation,
                           std::uint32_t version, NewId id, std::uint32_t most)
    : resource_(wl_resource_create(client, &interface, static_cast<int>(version), id.value)), client_(client),
      version_(version) {
  if (!resource_)
    throw std::bad_alloc();
  // An event's new id is chosen by libwayland.
  id_ = wl_resource_get_id(resource_);
  wl_resource_set_implementation(resource_, implementation, this, destroyed);
  count(client);
  ClientState* state = ClientState::of(client);
  if (most == 0 || state == nullptr)
    return;
  counted_ = &interface;
  if (!state->objects.add(interface, most))
    too_many(client, interface.name, most);
}

ResourceBase::~ResourceBase() {
  if (resource_)
    wl_resource_set_user_data(resource_, nullptr);
  if (counted_ != nullptr)
    ClientState::of(client_)->objects.remove(*counted_);
}

void ResourceBase::destroyed(wl_resource* resource) noexcept {
  if (ClientState* state = ClientState::of(wl_resource_get_client(resource)); state != nullptr)
    state->objects.remove();
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
  wl_resource_set_implementation(resource, implementation, nullptr, ResourceBase::destroyed);
  count(client);
  return resource;
}

} // namespace fenceline::wl
