#pragma once
#include <wayland-server-protocol.h>

#include "compositor/base/region.h"
#include "compositor/wl/resource.h"

namespace fenceline {

/// wl_region: collects rectangles; who takes it copies them.
class RegionResource final : public wl::Resource<RegionResource> {
 public:
  /// A region may not have many more rectangles than this: each request costs everybody as much time as it has.
  static constexpr std::size_t max_rectangles = 1024;

  RegionResource(wl_client* client, std::uint32_t version, wl::NewId id) : Resource(client, version, id) {}
  static const wl_interface& interface() { return wl_region_interface; }
  static const void* implementation() { return &requests; }

  [[nodiscard]] const Region& region() const { return region_; }

 private:
  void add(std::int32_t x, std::int32_t y, std::int32_t width, std::int32_t height);
  void subtract(std::int32_t x, std::int32_t y, std::int32_t width, std::int32_t height);
  void check_limit();

  static const struct wl_region_interface requests;
  Region region_;
  std::uint32_t requests_ = 0;
};

} // namespace fenceline
