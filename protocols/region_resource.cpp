#include "protocols/region_resource.h"

#include "compositor/wl/thunk.h"

namespace fenceline {

const struct wl_region_interface RegionResource::requests = {
    .destroy = wl::destroy,
    .add = wl::thunk<&RegionResource::add>,
    .subtract = wl::thunk<&RegionResource::subtract>,
};

void RegionResource::check_limit() {
  // One request adds a rectangle a band at most, so that a look now and then is enough.
  if (++requests_ % 16 == 0 && region_.count() > max_rectangles)
    post_no_memory();
}

void RegionResource::add(std::int32_t x, std::int32_t y, std::int32_t width, std::int32_t height) {
  region_.add(Rect{x, y, width, height});
  check_limit();
}

void RegionResource::subtract(std::int32_t x, std::int32_t y, std::int32_t width, std::int32_t height) {
  region_.subtract(Rect{x, y, width, height});
  check_limit();
}

} // namespace fenceline
