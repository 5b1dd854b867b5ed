#pragma once
#include <memory>
#include <utility>

#include "compositor/base/fd.h"

namespace fenceline {

/// The fence of the commits that replace a buffer: a sync file, shared by all that is free with it.
class ReleaseFence {
 public:
  explicit ReleaseFence(UniqueFd sync_file) : sync_file_(std::move(sync_file)) {}
  [[nodiscard]] const UniqueFd& sync_file() const { return sync_file_; }
  /// Another fence from now on, or none. Nobody else has it.
  void renew(UniqueFd sync_file) {
    sync_file_ = std::move(sync_file);
    passed_ = false;
  }
  /// The display has told of the flip that signals it: the fence need not be asked any more.
  void pass() { passed_ = true; }
  /// Whether it has signalled.
  [[nodiscard]] bool passed() const;

 private:
  UniqueFd sync_file_;
  bool passed_ = false;
};
using ReleaseFencePtr = std::shared_ptr<ReleaseFence>;

/// A BufferLease may be one of these, too: its client can be told early what its buffer waits for.
class TakesReleaseFence {
 public:
  virtual ~TakesReleaseFence() = default;
  /// When `fence`, never null, has signalled, nobody reads the buffer any more for this lease, which is let go of not
  /// before that, but where the fence is lost.
  virtual void free_after(const ReleaseFencePtr& fence) = 0;
};

} // namespace fenceline
