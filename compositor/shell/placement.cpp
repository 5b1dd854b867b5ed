#include "compositor/shell/placement.h"

#include <algorithm>

namespace fenceline {

Point Placement::next(Rect area, Size size) {
  const int shift = (count_++ % length) * step;
  const auto put = [shift](std::int32_t room) { return std::clamp(room / 2 + shift, 0, std::max(0, room)); };
  return area.origin() + Point{put(area.width - size.width), put(area.height - size.height)};
}

} // namespace fenceline
