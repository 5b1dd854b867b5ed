#include "compositor/backends/drm/edid.h"

#include <cstdlib>
#include <memory>

extern "C" {
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

} // namespace fenceline
