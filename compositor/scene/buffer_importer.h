#pragma once
#include "compositor/base/result.h"
#include "compositor/frame/dmabuf.h"
#include "compositor/frame/ids.h"

namespace fenceline {

/// Where client dma-bufs are tried when they are created: the renderer and the display, behind one door.
class BufferImporter {
 public:
  virtual ~BufferImporter() = default;
  /// Makes the buffer known to whatever can take it. An error when neither can show it: its creation fails.
  [[nodiscard]] virtual Result<void> import_dmabuf(BufferId buffer, const DmabufAttributes& attributes) = 0;
  virtual void forget_buffer(BufferId buffer) = 0;
};

} // namespace fenceline
