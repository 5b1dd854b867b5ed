#pragma once
#include "compositor/frame/dmabuf.h"
#include "renderer/format_support.h"

namespace fenceline {

/// Whether the attributes describe an image that lies within its dma-bufs: known numbers of planes, a plausible size,
/// and for linear memory every row inside. What the device needs beyond that it says itself at import. `max`: largest
/// size the device takes.
[[nodiscard]] Result<void> check_dmabuf(const DmabufAttributes& attributes, const ModifierSupport& support,
                                        const PixelFormat& format, Size max);

} // namespace fenceline
