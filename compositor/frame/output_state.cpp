#include "compositor/frame/output_state.h"

#include <algorithm>

namespace fenceline {

bool PlaneInfo::takes(FormatModifier format) const {
  return std::find(formats.begin(), formats.end(), format) != formats.end();
}

} // namespace fenceline
