#include "protocols/dmabuf_feedback_resource.h"

#include <algorithm>
#include <span>

#include "compositor/wl/thunk.h"
#include "protocols/surface_feedback.h"

namespace fenceline {

namespace {

/// A view as an event's array. libwayland does not write to it.
template <class T>
wl_array as_array(std::span<const T> values) {
  return {.size = values.size_bytes(), .alloc = 0, .data = const_cast<T*>(values.data())};
}

} // namespace

const struct zwp_linux_dmabuf_feedback_v1_interface DmabufFeedbackResource::requests = {.destroy = wl::destroy};

DmabufFeedbackResource::~DmabufFeedbackResource() {
  if (surface_ != nullptr)
    surface_->remove(*this);
}

void DmabufFeedbackResource::send(const std::vector<std::uint16_t>& scanout) {
  if (!has_table_)
    zwp_linux_dmabuf_feedback_v1_send_format_table(resource(), feedback_.table(), feedback_.table_size());
  has_table_ = true;
  const dev_t device = feedback_.main_device();
  wl_array main = as_array(std::span<const dev_t>(&device, 1));
  // Since version 6 a flag says which devices' memory is sampled.
  if (version() < 6)
    zwp_linux_dmabuf_feedback_v1_send_main_device(resource(), &main);
  if (!scanout.empty())
    send_tranche(scanout, ZWP_LINUX_DMABUF_FEEDBACK_V1_TRANCHE_FLAGS_SCANOUT | sampling());
  if (!feedback_.texture().empty())
    send_tranche(feedback_.texture(), sampling());
  zwp_linux_dmabuf_feedback_v1_send_done(resource());
}

/// One device does all: what is scanned out can be sampled too, as the composer's formats say.
std::uint32_t DmabufFeedbackResource::sampling() const {
#ifdef ZWP_LINUX_BUFFER_PARAMS_V1_SET_SAMPLING_DEVICE_SINCE_VERSION
  if (version() >= 6)
    return ZWP_LINUX_DMABUF_FEEDBACK_V1_TRANCHE_FLAGS_SAMPLING;
#endif
  return 0;
}

void DmabufFeedbackResource::send_tranche(const std::vector<std::uint16_t>& indices, std::uint32_t flags) const {
  const dev_t device = feedback_.main_device();
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

} // namespace fenceline
