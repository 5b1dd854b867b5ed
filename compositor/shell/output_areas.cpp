#include "compositor/shell/output_areas.h"

#include <algorithm>
#include <cstdlib>

namespace fenceline {

void OutputAreas::set(OutputId output, Rect area) {
  const auto it = std::find_if(outputs_.begin(), outputs_.end(), [output](const Output& o) { return o.id == output; });
  if (it == outputs_.end())
    outputs_.push_back({output, area});
  else
    it->area = area;
}

void OutputAreas::remove(OutputId output) {
  std::erase_if(outputs_, [output](const Output& o) { return o.id == output; });
}

std::optional<Rect> OutputAreas::area(OutputId output) const {
  for (const Output& o : outputs_)
    if (o.id == output)
      return o.area;
  return std::nullopt;
}

const OutputAreas::Output* OutputAreas::at(Point point) const {
  const auto it =
      std::find_if(outputs_.begin(), outputs_.end(), [point](const Output& o) { return o.area.contains(point); });
  return it == outputs_.end() ? nullptr : &*it;
}

const OutputAreas::Output* OutputAreas::neighbour(OutputId of, bool to_the_right) const {
  const std::optional<Rect> from = area(of);
  const Output* best = nullptr;
  std::int64_t shortest = 0;
  for (const Output& o : outputs_) {
    if (!from || o.id == of)
      continue;
    // Twice the way, so that no half is lost.
    const std::int64_t x = 2 * (std::int64_t{o.area.x} - from->x) + o.area.width - from->width;
    const std::int64_t y = 2 * (std::int64_t{o.area.y} - from->y) + o.area.height - from->height;
    const std::int64_t way = std::abs(x) + std::abs(y);
    if ((to_the_right ? x > 0 : x < 0) && (!best || way < shortest)) {
      best = &o;
      shortest = way;
    }
  }
  return best;
}

bool OutputAreas::shows(Rect rect) const {
  return std::any_of(outputs_.begin(), outputs_.end(),
                     [rect](const Output& o) { return !rect.intersected(o.area).empty(); });
}

} // namespace fenceline
