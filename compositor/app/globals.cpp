#include "compositor/app/globals.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "compositor/base/file_kind.h"
#include "compositor/frame/yuv_formats.h"
#include "compositor/output/scanout_formats.h"
#include "protocols/client_id.h"

namespace fenceline {
namespace {

/// Where dma-bufs come from on a machine without a DRM device: udmabuf makes them of plain memory.
constexpr const char* udmabuf_node = "/dev/udmabuf";

/// The device that clients should allocate on; 0: there is none, and dma-bufs are not offered.
dev_t dmabuf_device(const ScanoutDevice& device) {
  if (const std::optional<dev_t> drm = device.main_device())
    return *drm;
  struct stat facts {};
  return ::access(udmabuf_node, R_OK | W_OK) == 0 && ::stat(udmabuf_node, &facts) == 0 ? facts.st_rdev : dev_t{0};
}

} // namespace

Globals::Globals(std::unique_ptr<wl::Display> display, const GlobalsContext& context)
    : scans_out_(context.device.main_device().has_value()), display_(std::move(display)) {
  wl::Display& wl_display = *display_;
  describe_clients(wl_display, context.observer);
  wl_display.on_client_rests([&log = context.log](const wl::ClientInfo& client) {
    log.warn("{} (pid {}) asks for more than the session has time for: it is read more slowly",
             client.name.empty() ? "a client" : client.name, client.pid);
  });

  outputs_ = std::make_unique<OutputGlobals>(wl_display);
  compositor_ = std::make_unique<CompositorGlobal>(wl_display, context.scene, *outputs_);
  compositor_->set_looks(context.looks);
  xdg_outputs_ = std::make_unique<XdgOutputGlobal>(wl_display);
  subcompositor_ = std::make_unique<SubcompositorGlobal>(wl_display, context.scene);

  std::vector<std::uint32_t> shm_formats;
  if (context.composer)
    for (const FormatModifier& format : context.composer->texture_formats())
      // Pixels in one plane are uploaded; video comes in dma-bufs.
      if (find_yuv_format(format.fourcc) == nullptr &&
          std::find(shm_formats.begin(), shm_formats.end(), format.fourcc) == shm_formats.end())
        shm_formats.push_back(format.fourcc);
  shm_ = std::make_unique<ShmGlobal>(wl_display, context.buffers, shm_formats,
                                     LocalFiles(LocalFiles::usual_folders(std::getenv("XDG_RUNTIME_DIR"))),
                                     context.shm_sharing);
  xdg_shell_ = std::make_unique<XdgShell>(XdgContext{.display = wl_display,
                                                     .scene = context.scene,
                                                     .desktop = context.desktop,
                                                     .log = context.log,
                                                     .allow_unconfigured_buffers = context.allow_unconfigured_buffers});
  xdg_decoration_ = std::make_unique<XdgDecorationGlobal>(wl_display);
  xdg_activation_ = std::make_unique<XdgActivationGlobal>(wl_display, context.desktop, wl_display.loop().clock());
  seat_ = std::make_unique<SeatGlobal>(wl_display, *compositor_, context.seat);
  cursor_shapes_ = std::make_unique<CursorShapeGlobal>(wl_display, *seat_);
  relative_pointers_ = std::make_unique<RelativePointerGlobal>(wl_display, *seat_);
  pointer_constraints_ = std::make_unique<PointerConstraintsGlobal>(wl_display, context.scene, context.seat);
  data_devices_ = std::make_unique<DataDeviceGlobal>(wl_display, *seat_);
  primary_selection_ = std::make_unique<PrimarySelectionGlobal>(wl_display, *seat_);
  viewporter_ = std::make_unique<ViewporterGlobal>(wl_display);
  single_pixels_ = std::make_unique<SinglePixelBufferGlobal>(wl_display, context.buffers);
  alpha_modifier_ = std::make_unique<AlphaModifierGlobal>(wl_display);
  color_representation_ = std::make_unique<ColorRepresentationGlobal>(wl_display);
  commit_timing_ = std::make_unique<CommitTimingGlobal>(wl_display, context.pacer);
  fifo_ = std::make_unique<FifoGlobal>(wl_display);
  content_type_ = std::make_unique<ContentTypeGlobal>(wl_display);
  tearing_control_ = std::make_unique<TearingControlGlobal>(wl_display);
  fractional_scale_ = std::make_unique<FractionalScaleGlobal>(wl_display);
  idle_inhibit_ = std::make_unique<IdleInhibitGlobal>(wl_display);
  presentation_ = std::make_unique<PresentationGlobal>(wl_display, *outputs_);
  add_dmabuf(context);
  if (context.sync_objects && dmabuf_)
    syncobj_ = std::make_unique<SyncobjGlobal>(wl_display, *context.sync_objects, context.looks);
}

void Globals::add_dmabuf(const GlobalsContext& context) {
  DmabufFormats formats;
  formats.main_device = dmabuf_device(context.device);
  if (formats.main_device == dev_t{0}) {
    context.log.info("no linux-dmabuf: there is no DRM device, and {} can't be used", udmabuf_node);
    return;
  }
  if (context.composer) {
    const std::span<const FormatModifier> textures = context.composer->texture_formats();
    formats.texture.assign(textures.begin(), textures.end());
  }
  if (scans_out_)
    formats.scanout = scanout_formats(context.device.outputs());
  Result<std::unique_ptr<DmabufGlobal>> dmabuf =
      DmabufGlobal::create(*display_, display_->loop(), context.importer, context.buffers, formats, dmabuf_size);
  if (dmabuf)
    dmabuf_ = std::move(*dmabuf);
  else
    context.log.warn("no linux-dmabuf: {}", dmabuf.error().text());
}

void Globals::planes_changed(std::span<const PlacedOutput> outputs) {
  if (!dmabuf_ || !scans_out_)
    return;
  std::vector<OutputPlaneFormats> formats;
  for (const PlacedOutput& output : outputs)
    formats.push_back(
        {.output = output.info.id, .any = plane_formats(output.info), .overlay = overlay_formats(output.info)});
  dmabuf_->set_outputs(formats);
}

} // namespace fenceline
