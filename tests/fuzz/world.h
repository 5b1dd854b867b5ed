#pragma once
#include "tests/fuzz/protocol_model.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fenceline::fuzz {

struct Global {
  std::uint32_t name = 0;
  std::uint32_t version = 1; ///< as offered, at most what the XML knows
  const InterfaceSpec* interface = nullptr;
  bool reserved = false; ///< binding it is an error for such as us
};

struct DmabufFormat {
  std::uint32_t fourcc = 0;
  std::uint64_t modifier = 0;
};

/// What all connections of a run start from: the protocols and what the server offered at the start.
struct World {
  const ProtocolModel* model = nullptr;
  std::vector<Global> globals;         ///< those that the XML files know
  std::vector<std::string> unknown;    ///< offered, but in no XML file
  std::uint32_t seat_capabilities = 0; ///< wl_seat.capability
  std::vector<DmabufFormat> dmabuf_formats;
  std::int32_t output_width = 0; ///< of the first output's mode, in pixels; 0: none was told
  std::int32_t output_height = 0;
  std::vector<const InterfaceSpec*> only; ///< where random and spoiled messages go; empty: everywhere

  [[nodiscard]] const Global* global(std::string_view interface) const {
    const auto found =
        std::ranges::find(globals, interface, [](const Global& g) { return std::string_view(g.interface->name); });
    return found == globals.end() ? nullptr : &*found;
  }
  [[nodiscard]] bool wants(const InterfaceSpec* interface) const {
    return only.empty() || std::ranges::find(only, interface) != only.end();
  }
};

} // namespace fenceline::fuzz
