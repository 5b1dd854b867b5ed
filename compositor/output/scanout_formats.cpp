#include "compositor/output/scanout_formats.h"

#include <algorithm>

#include "compositor/frame/yuv_formats.h"

namespace fenceline {

namespace {

void add_formats(const OutputInfo& output, PlaneType type, std::vector<FormatModifier>& formats) {
  for (const PlaneInfo& plane : output.planes) {
    if (plane.type != type)
      continue;
    for (const FormatModifier& format : plane.formats)
      // Video is put only on planes that say how they read it.
      if ((!plane.yuv.empty() || find_yuv_format(format.fourcc) == nullptr) &&
          std::find(formats.begin(), formats.end(), format) == formats.end())
        formats.push_back(format);
  }
}

} // namespace

std::vector<FormatModifier> plane_formats(const OutputInfo& output) {
  std::vector<FormatModifier> formats;
  add_formats(output, PlaneType::Primary, formats);
  add_formats(output, PlaneType::Overlay, formats);
  return formats;
}

std::vector<FormatModifier> overlay_formats(const OutputInfo& output) {
  std::vector<FormatModifier> formats;
  add_formats(output, PlaneType::Overlay, formats);
  return formats;
}

std::vector<FormatModifier> scanout_formats(std::span<const OutputInfo> outputs) {
  for (const OutputInfo& output : outputs)
    if (auto formats = plane_formats(output); !formats.empty())
      return formats;
  return {};
}

} // namespace fenceline
