#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "compositor/base/file_kind.h"
#include "compositor/frame/ids.h"
#include "compositor/wl/display.h"
#include "protocols/shm_sharing.h"

namespace fenceline {

/// wl_shm 2. Ours and not libwayland's, which hides the pool's file and maps it.
class ShmGlobal {
 public:
  /// `formats`: DRM formats besides ARGB8888 and XRGB8888, which every wl_shm has. Those without a known size of a
  /// pixel (see bytes_per_pixel) are left out. `files`: which ones pools may be. `sharing`: null: all is uploaded.
  ShmGlobal(wl::Display& display, IdSource<BufferId>& ids, std::span<const std::uint32_t> formats, LocalFiles files,
            ShmSharing* sharing);
  ShmGlobal(const ShmGlobal&) = delete;
  ShmGlobal& operator=(const ShmGlobal&) = delete;

  [[nodiscard]] const wl::Display& display() const { return display_; }
  [[nodiscard]] ShmSharing* sharing() const { return sharing_; }
  [[nodiscard]] IdSource<BufferId>& ids() const { return ids_; }
  [[nodiscard]] const LocalFiles& files() const { return files_; }
  /// DRM formats that are on offer.
  [[nodiscard]] std::span<const std::uint32_t> formats() const { return formats_; }
  /// From the wire's number to DRM's; 0 when it is not on offer.
  [[nodiscard]] std::uint32_t from_wire(std::uint32_t format) const;

 private:
  const wl::Display& display_;
  IdSource<BufferId>& ids_;
  std::vector<std::uint32_t> formats_;
  LocalFiles files_;
  ShmSharing* sharing_;
  wl::Global global_;
};

} // namespace fenceline
