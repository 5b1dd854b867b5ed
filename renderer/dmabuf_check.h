#pragma once
#include "compositor/frame/dmabuf.h"
#include "renderer/format_support.h"

namespace fenceline {

/// Bytes of the dma-buf behind a descriptor. An error when it is none: other files may shrink while they are mapped,
/// which a dma-buf cannot.
[[nodiscard]] Result<std::uint64_t> dmabuf_size(int fd);

/// Whether the attributes describe an image that lies within its dma-bufs: known numbers of planes, a plausible size,
/// and for linear memory every row inside. What the device needs beyond that it says itself at import. `max`: largest
/// size the device takes.
[[nodiscard]] Result<void> check_dmabuf(const DmabufAttributes& attributes, const ModifierSupport& support,
                                        const PixelFormat& format, Size max);

} // namespace fenceline
