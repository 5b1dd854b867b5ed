#include "compositor/output/scanout_formats.h"

#include <algorithm>

#include "compositor/frame/yuv_formats.h"

namespace fenceline {

std::vector<FormatModifier> scanout_formats(std::span<const OutputInfo> outputs) {
  std::vector<FormatModifier> formats;
  for (const OutputInfo& output : outputs) {
    for (const PlaneType type : {PlaneType::Primary, PlaneType::Overlay})
      for (const PlaneInfo& plane : output.planes) {
        if (plane.type != type)
          continue;
        for (const FormatModifier& format : plane.formats)
          // Video is put only on planes that say how they read it.
          if ((!plane.yuv.empty() || find_yuv_format(format.fourcc) == nullptr) &&
              std::find(formats.begin(), formats.end(), format) == formats.end())
            formats.push_back(format);
      }
    if (!formats.empty())
      break;
  }
  return formats;
}

} // namespace fenceline
