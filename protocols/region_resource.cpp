#include "protocols/region_resource.h"

#include "compositor/wl/thunk.h"

namespace fenceline {

const struct wl_region_interface RegionResource::requests = {
    .destroy = wl::destroy,
    .add = wl::thunk<&RegionResource::add>,
    .subtract = wl::thunk<&RegionResource::subtract>,
};

bool RegionResource::within_limit() {
  if (++count_ <= max_requests)
    return true;
  post_no_memory();
  return false;
}

void RegionResource::add(std::int32_t x, std::int32_t y, std::int32_t width, std::int32_t height) {
  if (within_limit())
    region_.add(Rect{x, y, width, height});
}

void RegionResource::subtract(std::int32_t x, std::int32_t y, std::int32_t width, std::int32_t height) {
  if (within_limit())
    region_.subtract(Rect{x, y, width, height});
}

} // namespace fenceline
