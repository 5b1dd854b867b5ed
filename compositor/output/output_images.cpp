#include "compositor/output/output_images.h"

#include <drm_fourcc.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace fenceline {

namespace {

/// How late a format comes among those that the composed picture could be drawn in; the first that an image can be had
/// in is taken. A driver lists its formats in no order of use: i915's lists begin with a palette and RGB565.
std::size_t target_rank(std::uint32_t fourcc) {
  constexpr std::array<std::uint32_t, 8> order{
      // Every GPU draws to them and every display shows them, in as many bits as nearly all clients have.
      DRM_FORMAT_XRGB8888, DRM_FORMAT_XBGR8888,
      // As many bytes, and no colour is lost; but few clients have ten bits, and fewer devices draw to them well.
      DRM_FORMAT_XRGB2101010, DRM_FORMAT_XBGR2101010,
      // The picture has no use for alpha, and a plane that blends reads what lies below it in vain.
      DRM_FORMAT_ARGB8888, DRM_FORMAT_ABGR8888, DRM_FORMAT_ARGB2101010, DRM_FORMAT_ABGR2101010};
  // The last, since it loses colours; those that are not named here are twice as large.
  if (fourcc == DRM_FORMAT_RGB565)
    return order.size() + 1;
  return static_cast<std::size_t>(std::find(order.begin(), order.end(), fourcc) - order.begin());
}

} // namespace

OutputImages::OutputImages(ScanoutDevice& device, Composer& composer, IdSource<BufferId>& ids, Log& log,
                           const OutputInfo& output, const ComposerGate* gate)
    : device_(device), composer_(composer), ids_(ids), log_(log), gate_(gate), name_(output.name),
      size_(output.mode.size) {
  const auto primary = std::find_if(output.planes.begin(), output.planes.end(),
                                    [](const PlaneInfo& plane) { return plane.type == PlaneType::Primary; });
  if (output.reads_pixels || primary == output.planes.end() || primary->formats.empty()) {
    offscreen_ = true;
    return;
  }
  find_formats(*primary, false);
}

OutputImages::OutputImages(ScanoutDevice& device, Composer& composer, IdSource<BufferId>& ids, Log& log,
                           const OutputInfo& output, const PlaneInfo& overlay, const ComposerGate* gate)
    : device_(device), composer_(composer), ids_(ids), log_(log), gate_(gate), name_(output.name),
      size_(output.mode.size), upper_(true) {
  find_formats(overlay, true);
}

void OutputImages::find_formats(const PlaneInfo& plane, bool translucent) {
  const auto targets = composer_.target_formats();
  for (const FormatModifier& format : plane.formats) {
    // Two bits of alpha are too few for soft edges.
    if (translucent && format.fourcc != DRM_FORMAT_ARGB8888 && format.fourcc != DRM_FORMAT_ABGR8888)
      continue;
    if (std::find(targets.begin(), targets.end(), format) != targets.end())
      formats_.push_back(format);
  }
  std::stable_sort(formats_.begin(), formats_.end(), [](const FormatModifier& a, const FormatModifier& b) {
    return target_rank(a.fourcc) < target_rank(b.fourcc);
  });
}

OutputImages::~OutputImages() {
  for (const OutputImage& image : images_)
    if (image.use) {
      composer_.forget_buffer(image.buffer);
      device_.forget_buffer(image.buffer);
    }
  if (black_.use)
    device_.forget_buffer(black_.buffer);
}

void OutputImages::drop_black() {
  if (!black_.use || black_.use.use_count() > 1)
    return;
  device_.forget_buffer(black_.buffer);
  black_ = {};
}

// It is never drawn to, so it may be on the screen and on its way there.
Result<OutputImage> OutputImages::black() {
  if (upper_)
    return Error{"the renderer is not there yet", EAGAIN};
  if (!black_.use) {
    const BufferId buffer = ids_.next();
    // A display that takes no buffers (headless) shows nothing, which is black enough.
    if (auto made = offscreen_ ? Result<void>() : device_.allocate_black(buffer, size_); !made)
      return made.error();
    black_ = {buffer, {DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR}, size_, std::make_shared<Token>(), true};
  }
  return black_;
}

Result<OutputImage> OutputImages::acquire() {
  if (gate_ != nullptr && gate_->state() != ComposerGate::State::Open)
    return black();
  for (const OutputImage& image : images_)
    if (image.use && image.use.use_count() == 1)
      return image;
  const auto empty = std::find_if(images_.begin(), images_.end(), [](const OutputImage& image) { return !image.use; });
  if (empty == images_.end())
    return Error{"all images of output " + name_ + " are in use", EBUSY};
  auto image = create();
  if (!image)
    return image;
  *empty = *image;
  return image;
}

Result<OutputImage> OutputImages::create() {
  const BufferId buffer = ids_.next();
  if (!offscreen_)
    return create_for_display(buffer);
  if (auto made = composer_.create_offscreen_target(buffer, size_); !made)
    return made.error();
  return OutputImage{.buffer = buffer, .format = {}, .size = size_, .use = std::make_shared<Token>()};
}

Result<OutputImage> OutputImages::create_for_display(BufferId buffer) {
  if (formats_.empty())
    return Error{"the renderer can draw no format that output " + name_ + " shows", ENOTSUP};
  if (auto allocated = device_.allocate(buffer, size_, formats_)) {
    if (auto imported = composer_.import_target(buffer, *allocated))
      return OutputImage{
          .buffer = buffer, .format = allocated->format, .size = size_, .use = std::make_shared<Token>()};
    else
      log_.debug("{}: the renderer cannot draw to the display's image: {}", name_, imported.error().text());
    device_.forget_buffer(buffer);
  } else {
    log_.debug("{}: the display allocates no image: {}", name_, allocated.error().text());
  }
  // Another id: none is used twice.
  const BufferId exported_id = ids_.next();
  auto exported = composer_.create_target(exported_id, size_, formats_);
  if (!exported)
    return exported.error();
  if (auto imported = device_.import_buffer(exported_id, *exported); !imported) {
    composer_.forget_buffer(exported_id);
    return imported.error();
  }
  return OutputImage{
      .buffer = exported_id, .format = exported->format, .size = size_, .use = std::make_shared<Token>()};
}

} // namespace fenceline
