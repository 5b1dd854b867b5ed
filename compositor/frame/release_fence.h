#pragma once
#include "compositor/base/fd.h"

namespace fenceline {

/// A BufferLease may be one of these, too: its client can be told early what its buffer waits for.
class TakesReleaseFence {
 public:
  virtual ~TakesReleaseFence() = default;
  /// When `fence`, a sync file, has signalled, nobody reads the buffer any more for this lease, which is let go of not
  /// before that, but where the fence is lost.
  virtual void free_after(const UniqueFd& fence) = 0;
};

} // namespace fenceline
