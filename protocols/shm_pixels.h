#pragma once
#include <cstdint>
#include <memory>

#include "compositor/base/fd.h"
#include "compositor/frame/frame_source.h"
#include "compositor/wl/client_state.h"
#include "protocols/shm_sharing.h"

namespace fenceline {

/// The file behind a wl_shm_pool. It is never mapped: whatever the client does to it, reading it fails at worst.
struct PoolFile {
  UniqueFd fd;
  wl::Held held;
};

/// A picture in a pool. Reads with pread: what the client has cut off reads as zeros, and no SIGBUS is possible.
class ShmPixels final : public PixelSource {
 public:
  /// Bytes offset, to offset + stride * size.height, are inside of the pool as the client has described it.
  ShmPixels(std::shared_ptr<const PoolFile> file, std::int64_t offset, Size size, std::uint32_t stride,
            std::uint32_t fourcc)
      : file_(std::move(file)), offset_(offset), size_(size), stride_(stride), fourcc_(fourcc) {}

  [[nodiscard]] Size size() const override { return size_; }
  [[nodiscard]] std::uint32_t fourcc() const override { return fourcc_; }
  [[nodiscard]] std::uint32_t stride() const override { return stride_; }
  /// For devices.
  [[nodiscard]] ShmPlace place() const {
    return {.file = file_->fd.get(),
            .offset = static_cast<std::uint64_t>(offset_),
            .stride = stride_,
            .size = size_,
            .fourcc = fourcc_};
  }
  bool read_rows(std::uint32_t first, std::uint32_t count, std::span<std::byte> out) const override;

 private:
  std::shared_ptr<const PoolFile> file_;
  std::int64_t offset_;
  Size size_;
  std::uint32_t stride_;
  std::uint32_t fourcc_;
};

} // namespace fenceline
