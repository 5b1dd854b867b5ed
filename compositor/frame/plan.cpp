#include "compositor/frame/plan.h"

#include <fmt/format.h>

namespace fenceline {

std::string_view name(Refusal refusal) {
  switch (refusal) {
  case Refusal::None:
    return "none";
  case Refusal::NotDmabuf:
    return "not a dma-buf";
  case Refusal::NotCovering:
    return "does not cover the output";
  case Refusal::NotOpaque:
    return "not opaque";
  case Refusal::SomethingAbove:
    return "something above it";
  case Refusal::Scaled:
    return "scaled, cropped or turned";
  case Refusal::FormatRefused:
    return "format and modifier not taken by a plane";
  case Refusal::NoFramebuffer:
    return "no framebuffer of the buffer";
  case Refusal::TestRejected:
    return "test commit rejected";
  case Refusal::SubmitRejected:
    return "commit rejected";
  case Refusal::NoPlane:
    return "no plane free";
  case Refusal::TooLarge:
    return "larger than the cursor plane";
  case Refusal::NoComposer:
    return "no renderer";
  case Refusal::Faded:
    return "faded";
  case Refusal::NotTried:
    return "no test commit left in this frame";
  case Refusal::Encoding:
    return "colour encoding not read by a plane";
  }
  return "unknown";
}

std::string FramePlan::text() const {
  std::string out;
  for (const LayerPlan& layer : layers) {
    if (!out.empty())
      out += ", ";
    if (layer.plane)
      out += fmt::format("{}:plane {}", static_cast<unsigned>(layer.surface), static_cast<unsigned>(*layer.plane));
    else if (layer.hidden)
      out += fmt::format("{}:hidden", static_cast<unsigned>(layer.surface));
    else if (layer.background)
      out += fmt::format("{}:background", static_cast<unsigned>(layer.surface));
    else
      out += fmt::format("{}:composed ({})", static_cast<unsigned>(layer.surface), name(layer.refusal));
  }
  return out;
}

} // namespace fenceline
