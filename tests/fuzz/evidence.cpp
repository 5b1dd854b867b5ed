#include "tests/fuzz/evidence.h"

#include "tests/fuzz/wire.h"

#include <utility>

namespace fenceline::fuzz {

void Evidence::take_event(const TrackedObject& object, std::span<const std::uint8_t> event) {
  const auto header = header_of(event);
  const auto& interface = *object.interface;
  const auto is = [&](std::string_view wanted, std::string_view name) {
    const auto* spec = interface.name == wanted ? interface.event(name) : nullptr;
    return spec != nullptr && spec->opcode == header.opcode;
  };
  Decoder body(event.subspan(kHeaderSize));
  if (is("wl_data_device", "selection")) {
    if (body.take_uint() != 0)
      seen_.push_back(accepted::set_selection);
  } else if (is("wl_data_source", "send")) {
    seen_.push_back(accepted::receive);
  } else if (is("wp_presentation_feedback", "presented")) {
    if (const auto found = expected_.find(object.id); found != expected_.end())
      seen_.push_back(found->second);
    constexpr std::uint32_t kZeroCopy = 8; // wp_presentation_feedback.kind
    for (int i = 0; i < 6; ++i)            // Three words of time, the refresh, two of a sequence; then the flags.
      (void)body.take_uint();
    if ((body.take_uint() & kZeroCopy) != 0)
      seen_.push_back(accepted::scanout);
  }
}

std::vector<std::string_view> Evidence::take() {
  return std::exchange(seen_, {});
}

} // namespace fenceline::fuzz
