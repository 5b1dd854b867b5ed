#include "protocols/compositor_global.h"

#include <algorithm>

#include "compositor/wl/thunk.h"
#include "protocols/client_id.h"
#include "protocols/region_resource.h"

namespace fenceline {

namespace {

class CompositorResource final : public wl::Resource<CompositorResource> {
 public:
  CompositorResource(wl_client* client, std::uint32_t version, wl::NewId id, CompositorGlobal& compositor)
      : Resource(client, version, id), compositor_(compositor) {}
  static const wl_interface& interface() { return wl_compositor_interface; }
  static const void* implementation() { return &requests; }

 private:
  void create_surface(wl::NewId id) {
    if (compositor_.scene().surfaces_of(client_id(compositor_.display(), client())) >= Scene::max_surfaces_per_client)
      return post_no_memory();
    new SurfaceResource(client(), version(), id, compositor_);
  }
  void create_region(wl::NewId id) { new RegionResource(client(), version(), id); }

  static const struct wl_compositor_interface requests;
  CompositorGlobal& compositor_;
};

const struct wl_compositor_interface CompositorResource::requests = {
    .create_surface = wl::thunk<&CompositorResource::create_surface>,
    .create_region = wl::thunk<&CompositorResource::create_region>,
};

} // namespace

CompositorGlobal::CompositorGlobal(wl::Display& display, Scene& scene, OutputGlobals& outputs)
    : display_(display), scene_(scene), outputs_(outputs),
      global_(display, wl_compositor_interface, 6, wl::binds<CompositorResource>(*this)) {
  outputs_.on_bound([this](const OutputResource& output) {
    for (const auto& [id, surface] : surfaces_)
      surface->output_bound(output);
  });
  outputs_.on_updated([this](OutputId output) {
    for (const auto& [id, surface] : surfaces_)
      surface->output_updated(output);
  });
  outputs_.on_removed([this](OutputId output) {
    shown(output, {});
    shown_.erase(output);
  });
}

SurfaceResource* CompositorGlobal::find(SurfaceId surface) const {
  const auto it = surfaces_.find(surface);
  return it == surfaces_.end() ? nullptr : it->second;
}

bool CompositorGlobal::take_picture(ClientId client, std::uint64_t before, std::uint64_t now) {
  const auto known = picture_bytes_.find(client);
  const std::uint64_t sum = (known == picture_bytes_.end() ? 0 : known->second) - before + now;
  if (now > max_picture_bytes || sum > max_client_bytes)
    return false;
  if (sum == 0)
    picture_bytes_.erase(client);
  else
    picture_bytes_[client] = sum;
  return true;
}

void CompositorGlobal::shown(OutputId output, std::span<const SurfaceId> surfaces) {
  std::vector<SurfaceId>& now = now_shown_;
  now.assign(surfaces.begin(), surfaces.end());
  std::sort(now.begin(), now.end());
  now.erase(std::unique(now.begin(), now.end()), now.end());
  std::vector<SurfaceId>& before = shown_[output];
  if (now == before)
    return;
  std::vector<SurfaceId> changed;
  std::set_difference(before.begin(), before.end(), now.begin(), now.end(), std::back_inserter(changed));
  for (const SurfaceId id : changed)
    if (SurfaceResource* surface = find(id))
      surface->leave(output);
  changed.clear();
  std::set_difference(now.begin(), now.end(), before.begin(), before.end(), std::back_inserter(changed));
  for (const SurfaceId id : changed)
    if (SurfaceResource* surface = find(id))
      surface->enter(output);
  before.swap(now);
}

} // namespace fenceline
