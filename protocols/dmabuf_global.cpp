#include "protocols/dmabuf_global.h"

#include <drm_fourcc.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "compositor/wl/thunk.h"

namespace fenceline {

namespace {

#ifdef ZWP_LINUX_BUFFER_PARAMS_V1_SET_SAMPLING_DEVICE_SINCE_VERSION
constexpr int newest_version = 6;
#else
constexpr int newest_version = 5;
#endif

std::uint64_t memory_of_the_machine() {
  return static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

class DmabufResource final : public wl::Resource<DmabufResource> {
 public:
  DmabufResource(wl_client* client, std::uint32_t version, wl::NewId id, DmabufGlobal& global)
      : Resource(client, version, id), global_(global) {
    if (version < 4)
      send_formats();
  }
  static const wl_interface& interface() { return zwp_linux_dmabuf_v1_interface; }
  static const void* implementation() { return &requests; }

 private:
  void create_params(wl::NewId id) { new DmabufParams(client(), version(), id, global_.factory()); }
  void get_default_feedback(wl::NewId id) {
    // Buffers of no particular surface are not allocated for scanout, unless nothing else can show them.
    const DmabufFeedback& feedback = global_.feedback();
    (new DmabufFeedbackResource(client(), version(), id, feedback))
        ->send(feedback.texture().empty() ? feedback.scanout() : ScanoutTranches::Indices());
  }
  void get_surface_feedback(wl::NewId id, SurfaceResource* surface) {
    global_.follow(*new DmabufFeedbackResource(client(), version(), id, global_.feedback()), surface);
  }
  void send_formats() const {
    for (const FormatModifier& format : global_.feedback().formats()) {
      if (version() >= ZWP_LINUX_DMABUF_V1_MODIFIER_SINCE_VERSION)
        zwp_linux_dmabuf_v1_send_modifier(resource(), format.fourcc, static_cast<std::uint32_t>(format.modifier >> 32U),
                                          static_cast<std::uint32_t>(format.modifier));
      else if (format.modifier == DRM_FORMAT_MOD_LINEAR || format.modifier == DRM_FORMAT_MOD_INVALID)
        zwp_linux_dmabuf_v1_send_format(resource(), format.fourcc);
    }
  }

  static const struct zwp_linux_dmabuf_v1_interface requests;
  DmabufGlobal& global_;
};

const struct zwp_linux_dmabuf_v1_interface DmabufResource::requests = {
    .destroy = wl::destroy,
    .create_params = wl::thunk<&DmabufResource::create_params>,
    .get_default_feedback = wl::thunk<&DmabufResource::get_default_feedback>,
    .get_surface_feedback = wl::thunk<&DmabufResource::get_surface_feedback>,
};

} // namespace

Result<std::unique_ptr<DmabufGlobal>> DmabufGlobal::create(wl::Display& display, EventLoop& timers,
                                                           BufferImporter& importer, IdSource<BufferId>& ids,
                                                           const DmabufFormats& formats, DmabufMeasure measure) {
  auto feedback = DmabufFeedback::create(formats);
  if (!feedback)
    return feedback.error();
  if (feedback->formats().empty())
    return Error{"neither the renderer nor the display takes dma-bufs", 0};
  std::unique_ptr<DmabufGlobal> made(new DmabufGlobal(ids, importer, std::move(*feedback), std::move(measure)));
  auto tranches = ScanoutTranches::create(
      timers, made->feedback_.scanout(), made->feedback_.texture().empty(), [raw = made.get()](SurfaceId surface) {
        if (const auto found = raw->surfaces_.find(surface); found != raw->surfaces_.end())
          found->second->send(raw->tranches_->formats(surface));
      });
  if (!tranches)
    return tranches.error();
  made->tranches_ = std::move(*tranches);
  made->global_ = std::make_unique<wl::Global>(display, zwp_linux_dmabuf_v1_interface, newest_version,
                                               wl::binds<DmabufResource>(*made));
  return made;
}

DmabufGlobal::DmabufGlobal(IdSource<BufferId>& ids, BufferImporter& importer, DmabufFeedback feedback,
                           DmabufMeasure measure)
    : feedback_(std::move(feedback)), factory_{.feedback = feedback_,
                                               .importer = importer,
                                               .ids = ids,
                                               .measure = std::move(measure),
                                               .most_bytes = memory_of_the_machine() / 2} {}

DmabufGlobal::~DmabufGlobal() = default;

void DmabufGlobal::set_outputs(std::span<const OutputPlaneFormats> outputs) {
  std::vector<ScanoutTranches::Output> told;
  for (const OutputPlaneFormats& output : outputs)
    told.push_back({.id = output.output, .any = indices_of(output.any), .overlay = indices_of(output.overlay)});
  tranches_->set_outputs(std::move(told));
}

ScanoutTranches::Indices DmabufGlobal::indices_of(std::span<const FormatModifier> formats) const {
  ScanoutTranches::Indices indices;
  const std::vector<FormatModifier>& table = feedback_.formats();
  for (std::size_t i = 0; i < table.size(); ++i)
    if (std::find(formats.begin(), formats.end(), table[i]) != formats.end())
      indices.push_back(static_cast<std::uint16_t>(i));
  return indices;
}

void DmabufGlobal::follow(DmabufFeedbackResource& object, SurfaceResource* surface) {
  if (surface == nullptr)
    return object.send(feedback_.scanout());
  const SurfaceId id = surface->surface_id();
  tranches_->follow(id);
  std::unique_ptr<SurfaceFeedback>& all = surfaces_[id];
  if (!all)
    all = std::make_unique<SurfaceFeedback>(*surface, [this, id] {
      tranches_->forget(id);
      surfaces_.erase(id);
    });
  all->add(object);
  object.send(tranches_->formats(id));
}

} // namespace fenceline
