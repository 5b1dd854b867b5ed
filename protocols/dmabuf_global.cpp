#include "protocols/dmabuf_global.h"

#include <drm_fourcc.h>

#include <algorithm>
#include <span>

#include "compositor/wl/thunk.h"

namespace fenceline {

namespace {

#ifdef ZWP_LINUX_BUFFER_PARAMS_V1_SET_SAMPLING_DEVICE_SINCE_VERSION
constexpr int newest_version = 6;
#else
constexpr int newest_version = 5;
#endif

/// A view as an event's array. libwayland does not write to it.
template <class T>
wl_array as_array(std::span<const T> values) {
  return {.size = values.size_bytes(), .alloc = 0, .data = const_cast<T*>(values.data())};
}

/// zwp_linux_dmabuf_feedback_v1. Sent once: what is best does not change while the session lives. A surface's goes
/// inert with the surface, which changes nothing for it.
class FeedbackResource final : public wl::Resource<FeedbackResource> {
 public:
  FeedbackResource(wl_client* client, std::uint32_t version, wl::NewId id) : Resource(client, version, id) {}
  static const wl_interface& interface() { return zwp_linux_dmabuf_feedback_v1_interface; }
  static const void* implementation() { return &requests; }

  void send(const DmabufFeedback& feedback, bool for_surface) const {
    zwp_linux_dmabuf_feedback_v1_send_format_table(resource(), feedback.table(), feedback.table_size());
    const dev_t device = feedback.main_device();
    wl_array main = as_array(std::span<const dev_t>(&device, 1));
    // Since version 6 a flag says which devices' memory is sampled.
    if (version() < 6)
      zwp_linux_dmabuf_feedback_v1_send_main_device(resource(), &main);
    // Buffers of no particular surface are not allocated for scanout, unless nothing else can show them.
    if (!feedback.scanout().empty() && (for_surface || feedback.texture().empty()))
      send_tranche(device, feedback.scanout(), ZWP_LINUX_DMABUF_FEEDBACK_V1_TRANCHE_FLAGS_SCANOUT | sampling());
    if (!feedback.texture().empty())
      send_tranche(device, feedback.texture(), sampling());
    zwp_linux_dmabuf_feedback_v1_send_done(resource());
  }

 private:
  /// One device does all: what is scanned out can be sampled too, as the composer's formats say.
  [[nodiscard]] std::uint32_t sampling() const {
#ifdef ZWP_LINUX_BUFFER_PARAMS_V1_SET_SAMPLING_DEVICE_SINCE_VERSION
    if (version() >= 6)
      return ZWP_LINUX_DMABUF_FEEDBACK_V1_TRANCHE_FLAGS_SAMPLING;
#endif
    return 0;
  }
  void send_tranche(const dev_t& device, const std::vector<std::uint16_t>& indices, std::uint32_t flags) const {
    wl_array target = as_array(std::span<const dev_t>(&device, 1));
    zwp_linux_dmabuf_feedback_v1_send_tranche_target_device(resource(), &target);
    zwp_linux_dmabuf_feedback_v1_send_tranche_flags(resource(), flags);
    // A message has 4096 bytes at most: long lists go in parts.
    constexpr std::size_t most = 1024;
    for (std::size_t first = 0; first < indices.size(); first += most) {
      const std::size_t count = std::min(most, indices.size() - first);
      wl_array formats = as_array(std::span<const std::uint16_t>(indices).subspan(first, count));
      zwp_linux_dmabuf_feedback_v1_send_tranche_formats(resource(), &formats);
    }
    zwp_linux_dmabuf_feedback_v1_send_tranche_done(resource());
  }

  static const struct zwp_linux_dmabuf_feedback_v1_interface requests;
};

const struct zwp_linux_dmabuf_feedback_v1_interface FeedbackResource::requests = {.destroy = wl::destroy};

class DmabufResource final : public wl::Resource<DmabufResource> {
 public:
  DmabufResource(wl_client* client, std::uint32_t version, wl::NewId id, const DmabufFactory& factory)
      : Resource(client, version, id), factory_(factory) {
    if (version < 4)
      send_formats();
  }
  static const wl_interface& interface() { return zwp_linux_dmabuf_v1_interface; }
  static const void* implementation() { return &requests; }

 private:
  void create_params(wl::NewId id) { new DmabufParams(client(), version(), id, factory_); }
  void get_default_feedback(wl::NewId id) {
    (new FeedbackResource(client(), version(), id))->send(factory_.feedback, false);
  }
  void get_surface_feedback(wl::NewId id, wl_resource*) {
    (new FeedbackResource(client(), version(), id))->send(factory_.feedback, true);
  }
  void send_formats() const {
    for (const FormatModifier& format : factory_.feedback.formats()) {
      if (version() >= ZWP_LINUX_DMABUF_V1_MODIFIER_SINCE_VERSION)
        zwp_linux_dmabuf_v1_send_modifier(resource(), format.fourcc, static_cast<std::uint32_t>(format.modifier >> 32U),
                                          static_cast<std::uint32_t>(format.modifier));
      else if (format.modifier == DRM_FORMAT_MOD_LINEAR || format.modifier == DRM_FORMAT_MOD_INVALID)
        zwp_linux_dmabuf_v1_send_format(resource(), format.fourcc);
    }
  }

  static const struct zwp_linux_dmabuf_v1_interface requests;
  const DmabufFactory& factory_;
};

const struct zwp_linux_dmabuf_v1_interface DmabufResource::requests = {
    .destroy = wl::destroy,
    .create_params = wl::thunk<&DmabufResource::create_params>,
    .get_default_feedback = wl::thunk<&DmabufResource::get_default_feedback>,
    .get_surface_feedback = wl::thunk<&DmabufResource::get_surface_feedback>,
};

} // namespace

Result<std::unique_ptr<DmabufGlobal>> DmabufGlobal::create(wl::Display& display, BufferImporter& importer,
                                                           IdSource<BufferId>& ids, const DmabufFormats& formats,
                                                           DmabufMeasure measure) {
  auto feedback = DmabufFeedback::create(formats);
  if (!feedback)
    return feedback.error();
  if (feedback->formats().empty())
    return Error{"neither the renderer nor the display takes dma-bufs", 0};
  return std::unique_ptr<DmabufGlobal>(
      new DmabufGlobal(display, importer, ids, std::move(*feedback), std::move(measure)));
}

DmabufGlobal::DmabufGlobal(wl::Display& display, BufferImporter& importer, IdSource<BufferId>& ids,
                           DmabufFeedback feedback, DmabufMeasure measure)
    : feedback_(std::move(feedback)), factory_{.feedback = feedback_,
                                               .importer = importer,
                                               .ids = ids,
                                               .measure = std::move(measure)},
      global_(display, zwp_linux_dmabuf_v1_interface, newest_version, wl::binds<DmabufResource>(std::as_const(factory_))) {}

} // namespace fenceline
