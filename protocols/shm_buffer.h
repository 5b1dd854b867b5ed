#pragma once
#include <memory>

#include "protocols/client_buffer.h"
#include "protocols/shm_pixels.h"
#include "protocols/shm_sharing.h"

namespace fenceline {

/// A wl_shm picture. It is uploaded from its pixels, or read by devices where it is.
class ShmBuffer final : public ClientBuffer {
 public:
  /// `sharing`: null where there is none; outlives it.
  ShmBuffer(BufferId id, ClientId client, std::shared_ptr<const ShmPixels> pixels, ShmSharing* sharing);

  [[nodiscard]] bool stay_in_place() override;

 private:
  ClientId client_;
  std::shared_ptr<const ShmPixels> pixels_;
  ShmSharing* sharing_; ///< Null once it has refused: it does not change its mind.
  std::unique_ptr<ShmSharing::Shared> shared_;
};

} // namespace fenceline
