#include "compositor/backends/drm/edid.h"

#include <cstdlib>
#include <memory>

extern "C" {
#include <libdisplay-info/edid.h>
#include <libdisplay-info/info.h>
}

namespace fenceline {
namespace {

struct FreeInfo {
  void operator()(di_info* info) const { di_info_destroy(info); }
};
struct FreeText {
  void operator()(char* text) const { std::free(text); }
};

std::string take(char* text) {
  const std::unique_ptr<char, FreeText> owned(text);
  return text != nullptr ? text : "";
}

} // namespace

DisplayIdentity parse_edid(std::span<const std::byte> edid) {
  const std::unique_ptr<di_info, FreeInfo> info(di_info_parse_edid(edid.data(), edid.size()));
  if (!info)
    return {};
  return {.make = take(di_info_get_make(info.get())),
          .model = take(di_info_get_model(info.get())),
          .serial = take(di_info_get_serial(info.get()))};
}

std::optional<int> least_refresh_hz(std::span<const std::byte> edid) {
  const std::unique_ptr<di_info, FreeInfo> info(di_info_parse_edid(edid.data(), edid.size()));
  const di_edid* parsed = info ? di_info_get_edid(info.get()) : nullptr;
  if (parsed == nullptr)
    return std::nullopt;
  for (const auto* descriptor = di_edid_get_display_descriptors(parsed); *descriptor != nullptr; ++descriptor)
    if (const auto* range = di_edid_display_descriptor_get_range_limits(*descriptor);
        range != nullptr && range->min_vert_rate_hz > 0)
      return range->min_vert_rate_hz;
  return std::nullopt;
}

} // namespace fenceline
