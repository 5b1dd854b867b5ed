#include "compositor/shell/output_areas.h"

#include <algorithm>

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

bool OutputAreas::shows(Rect rect) const {
  return std::any_of(outputs_.begin(), outputs_.end(),
                     [rect](const Output& o) { return !rect.intersected(o.area).empty(); });
}

} // namespace fenceline
