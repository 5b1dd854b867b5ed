#pragma once
#include <gbm.h>

#include <memory>
#include <mutex>

#include "compositor/backends/drm/image_allocator.h"

namespace fenceline {

/// ImageAllocator on GBM. Opening GBM loads Mesa, with LLVM on some drivers: tens of MiB, so it waits for the first
/// image.
class GbmAllocator final : public ImageAllocator {
 public:
  /// `fd`: the display's card, which the caller keeps open as long as this lives.
  explicit GbmAllocator(int fd) : fd_(fd) {}

  /// Opens GBM. Where that fails the next allocate() tries again, and says why.
  void prepare() override { (void)opened(); }
  [[nodiscard]] Result<DmabufAttributes> allocate(Size size, std::span<const FormatModifier> formats) override;

 private:
  struct DestroyDevice {
    void operator()(gbm_device* device) const { gbm_device_destroy(device); }
  };
  [[nodiscard]] Result<gbm_device*> opened();
  [[nodiscard]] Result<DmabufAttributes> allocate_format(Size size, std::uint32_t fourcc,
                                                         std::span<const std::uint64_t> modifiers);

  int fd_;
  std::mutex opening_;
  std::unique_ptr<gbm_device, DestroyDevice> device_; ///< Once opened, the main thread's.
};

} // namespace fenceline
