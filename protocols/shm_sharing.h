#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "compositor/base/udmabuf.h"
#include "compositor/frame/frame_event.h"
#include "compositor/scene/buffer_importer.h"

namespace fenceline {

/// Where a wl_shm picture lies.
struct ShmPlace {
  int file = -1;            ///< The pool's.
  std::uint64_t offset = 0; ///< Of the first row, bytes.
  std::uint32_t stride = 0; ///< Bytes a row.
  Size size;
  std::uint32_t fourcc = 0;
};

/// Lets devices read wl_shm pictures where they are: the pages around a picture become a dma-buf, which the renderer
/// and the display import as they do a client's own.
///
/// What a picture's pages cost cannot be swapped out, and is nobody's but the kernel's: how much of it a client may
/// have is bounded.
class ShmSharing {
 public:
  /// Of all pictures of one client, bytes.
  static constexpr std::uint64_t most_of_a_client = std::uint64_t{256} << 20;

  /// A picture that devices can read under its buffer's id, until this goes.
  class Shared {
   public:
    Shared(ShmSharing& sharing, BufferId buffer, ClientId client, std::uint64_t bytes)
        : sharing_(sharing), buffer_(buffer), client_(client), bytes_(bytes) {}
    Shared(const Shared&) = delete;
    Shared& operator=(const Shared&) = delete;
    ~Shared();

   private:
    ShmSharing& sharing_;
    BufferId buffer_;
    ClientId client_;
    std::uint64_t bytes_;
  };

  /// Both outlive it, and it outlives what it shares.
  ShmSharing(std::unique_ptr<const PageExporter> exporter, BufferImporter& importer)
      : exporter_(std::move(exporter)), importer_(importer) {}
  ShmSharing(const ShmSharing&) = delete;
  ShmSharing& operator=(const ShmSharing&) = delete;

  /// The error says why the picture has to be uploaded.
  [[nodiscard]] Result<std::unique_ptr<Shared>> share(ClientId client, BufferId buffer, const ShmPlace& place);

  /// Pictures that are shared, and the bytes of their pages.
  [[nodiscard]] std::size_t count() const { return pictures_.size(); }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] bool shares(BufferId buffer) const { return pictures_.contains(buffer); }

 private:
  std::unique_ptr<const PageExporter> exporter_;
  BufferImporter& importer_;
  std::unordered_map<ClientId, std::uint64_t> of_clients_;
  std::unordered_set<BufferId> pictures_;
  std::uint64_t bytes_ = 0;
};

} // namespace fenceline
