#pragma once
#include <span>

#include "compositor/base/result.h"
#include "compositor/frame/dmabuf.h"

namespace fenceline {

/// Makes images that the display can show and a GPU can draw to.
class ImageAllocator {
 public:
  virtual ~ImageAllocator() = default;
  /// Does now what the first allocate() would have to do first, and may take long. For any thread.
  virtual void prepare() {}
  /// One of `formats`, best first. The image lives as long as its descriptors, or what was imported from them.
  [[nodiscard]] virtual Result<DmabufAttributes> allocate(Size size, std::span<const FormatModifier> formats) = 0;
};

} // namespace fenceline
