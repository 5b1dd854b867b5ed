#pragma once
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "compositor/backends/nested/parent_connection.h"
#include "compositor/backends/nested/shm_image.h"
#include "compositor/frame/ids.h"
#include "compositor/output/scanout_device.h"

namespace fenceline {

/// The cursor plane: the parent's cursor while its pointer is over our window. It moves with the parent's pointer, not
/// with our frames.
class ParentCursor {
 public:
  static constexpr Size largest{128, 128};
  /// Of the parent's, to draw pictures to.
  static constexpr std::size_t most_images = 8;

  explicit ParentCursor(ParentConnection& connection);
  ParentCursor(const ParentCursor&) = delete;
  ParentCursor& operator=(const ParentCursor&) = delete;

  /// Memory for a picture, which is copied for the parent when it is shown.
  [[nodiscard]] MappedImage allocate(BufferId buffer);
  [[nodiscard]] bool knows(BufferId buffer) const { return pictures_.contains(buffer); }
  void forget(BufferId buffer) { pictures_.erase(buffer); }
  /// The picture, with the point of it that is the pointer's; BufferId{}: none is to be seen.
  void show(BufferId buffer, Point hotspot);
  /// The parent's pointer is over our window; null: it is not, or there is none.
  void enter(wl_pointer* pointer, std::uint32_t serial);
  void leave() { pointer_ = nullptr; }

 private:
  void tell();
  [[nodiscard]] bool draw(BufferId buffer);

  ParentConnection& connection_;
  ParentPtr<wl_surface> surface_;
  std::map<BufferId, std::vector<std::uint32_t>> pictures_;
  std::vector<std::unique_ptr<ShmImage>> images_;
  wl_pointer* pointer_ = nullptr;
  std::uint32_t serial_ = 0;
  BufferId shown_{};
  Point hotspot_;
};

} // namespace fenceline
