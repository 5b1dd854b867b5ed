#pragma once
// Whose pictures the planes show, by the kernel's account.

#include <sys/types.h>

#include <cstddef>

namespace fenceline::lab {

class Witness;

/// How many planes show dma-bufs that the process holds.
[[nodiscard]] std::ptrdiff_t planes_of(const Witness& eyes, pid_t client);

} // namespace fenceline::lab
