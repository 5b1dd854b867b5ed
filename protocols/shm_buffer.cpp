#include "protocols/shm_buffer.h"

#include <drm_fourcc.h>

namespace fenceline {

ShmBuffer::ShmBuffer(BufferId id, ClientId client, std::shared_ptr<const ShmPixels> pixels, ShmSharing* sharing)
    : ClientBuffer(id, BufferKind::Shm, pixels->size(), {pixels->fourcc(), DRM_FORMAT_MOD_LINEAR}, pixels),
      client_(client), pixels_(std::move(pixels)), sharing_(sharing) {}

bool ShmBuffer::stay_in_place() {
  if (!shared_ && sharing_ != nullptr) {
    auto shared = sharing_->share(client_, id(), pixels_->place());
    if (shared)
      shared_ = std::move(*shared);
    else
      sharing_ = nullptr;
  }
  return shared_ != nullptr;
}

} // namespace fenceline
