#pragma once

#include <cstddef>

#include "demos/client/unique_fd.h"

namespace fenceline::demos {

/// Memory for linear images that a CPU draws, as a dma-buf.
struct LinearMemory {
  UniqueFd dmabuf;         // not valid: there is none to be had
  int without_udmabuf = 0; // errno of /dev/udmabuf; 0: it is udmabuf's
  int without_heap = 0;    // errno of the heap, where that was tried, too
};

/// `bytes` of udmabuf's where /dev/udmabuf may be used, else of the system heap's (/dev/dma_heap/system). They are
/// whole pages.
LinearMemory allocate_linear(std::size_t bytes);

} // namespace fenceline::demos
