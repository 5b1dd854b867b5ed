#include "compositor/frame/plan_advice.h"

namespace fenceline {

std::string_view what_would_help(Refusal refusal) {
  switch (refusal) {
  case Refusal::None:
    return {};
  case Refusal::NotDmabuf:
    return "a dma-buf, where the session offers them: clients that draw by Vulkan, EGL or a video decoder have them";
  case Refusal::NotCovering:
    return "fullscreen at the display's size, or a display with overlay planes";
  case Refusal::NotOpaque:
    return "a format without alpha, or an opaque region over all of it";
  case Refusal::SomethingAbove:
    return "what is composed above it on a plane of its own, or away";
  case Refusal::Scaled:
    return "a buffer of the size and in the orientation that it is shown in";
  case Refusal::FormatRefused:
    return "a format and modifier of the surface feedback's scanout tranche";
  case Refusal::NoFramebuffer:
    return "memory that the display can read: allocated on the feedback's target device, with its scanout formats";
  case Refusal::TestRejected:
    return "fewer layers, a smaller or unscaled one, or another format or modifier: the kernel does not say which";
  case Refusal::SubmitRejected:
    return "time: it is tried again after some seconds, or with another size or format";
  case Refusal::NoPlane:
    return "fewer layers: those that change most and are large have the planes";
  case Refusal::TooLarge:
    return "a cursor no larger than the cursor plane";
  case Refusal::NoComposer:
    return "a renderer: the session's log says why there is none";
  case Refusal::Faded:
    return "no alpha-modifier, or one of 1";
  case Refusal::NotTried:
    return "nothing: one of the next frames tries it";
  case Refusal::Encoding:
    return "other coefficients or another range, said by color-representation: BT.709 and limited are read by most";
  }
  return {};
}

} // namespace fenceline
