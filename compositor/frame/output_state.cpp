#include "compositor/frame/output_state.h"

#include <algorithm>

namespace fenceline {

bool PlaneInfo::takes(FormatModifier format) const {
  return std::find(formats.begin(), formats.end(), format) != formats.end();
}

bool PlaneInfo::takes(const YuvEncoding& encoding) const {
  return std::find(yuv.begin(), yuv.end(), encoding) != yuv.end();
}

} // namespace fenceline
