#include "compositor/frame/plan_advice.h"

namespace fenceline {

namespace {

std::string_view against_no_dmabuf(PictureKind kind) {
  switch (kind) {
  case PictureKind::Colour:
    return "nothing here: a colour has no memory for a plane to read, and costs nothing to compose";
  case PictureKind::Shm:
    return "a dma-buf: clients that draw by Vulkan, EGL or a video decoder have them; wl_shm is copied in this session "
           "(fenceline-msg memory says why)";
  case PictureKind::ShmCopied:
    return "two wl_shm buffers or more that are shown by turns, in memory that can be sealed (memfd): planes read "
           "those "
           "in place; or a dma-buf, as Vulkan and EGL make them";
  default:
    return "two wl_shm buffers or more by turns, where fenceline-msg memory says that they are read in place; else a "
           "dma-buf, as Vulkan, EGL and video decoders make them";
  }
}

} // namespace

std::string_view what_would_help(Refusal refusal, PictureKind kind) {
  // What reads a client's dma-buf can be chosen by the client: the place of a wl_shm picture cannot.
  if (kind == PictureKind::ShmInPlace && (refusal == Refusal::FormatRefused || refusal == Refusal::NoFramebuffer))
    return "wl_shm in a format that the planes take (XRGB8888 as a rule), rows of a multiple of 256 bytes; or a "
           "dma-buf "
           "with a format and modifier of the surface feedback's scanout tranche";
  switch (refusal) {
  case Refusal::None:
    return {};
  case Refusal::NotDmabuf:
    return against_no_dmabuf(kind);
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
