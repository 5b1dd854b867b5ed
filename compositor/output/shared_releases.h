#pragma once
#include <functional>
#include <map>
#include <vector>

#include "compositor/base/fd.h"
#include "compositor/base/result.h"
#include "compositor/base/sync_file.h"
#include "compositor/frame/frame_source.h"
#include "compositor/frame/ids.h"
#include "compositor/frame/release_fence.h"

namespace fenceline {

/// Buffers that several outputs show, from the first commit that replaces one of them until all outputs have flipped.
/// When every holder of a buffer is the screen of an output whose commit under way replaces it, it is free when the
/// last of these commits' fences has signalled.
class SharedReleases {
 public:
  using Merge = std::function<Result<UniqueFd>(const UniqueFd&, const UniqueFd&)>;
  /// `merge`: merge_sync_files, or a test's.
  explicit SharedReleases(Merge merge = merge_sync_files) : merge_(std::move(merge)) {}
  SharedReleases(const SharedReleases&) = delete;
  SharedReleases& operator=(const SharedReleases&) = delete;

  /// The output's screen holds the buffer by `lease`, once, and its commit under way, whose flip signals `fence`,
  /// replaces it. Answers with the fence of all holders, where this was the last; else null.
  [[nodiscard]] ReleaseFencePtr replaced(OutputId output, const BufferLeasePtr& lease, const ReleaseFencePtr& fence);
  /// The output's commit has happened, or may never do. Before its screen lets go of the leases.
  void forget(OutputId output);
  /// Whether a fence of all holders was given.
  [[nodiscard]] bool promised(const BufferLease* lease) const;

 private:
  struct Replaced {
    OutputId output{};
    ReleaseFencePtr fence;
  };
  struct Entry {
    std::vector<Replaced> outputs; ///< Each holds the lease as long as it is here.
    bool promised = false;
  };
  Merge merge_;
  std::map<const BufferLease*, Entry> entries_;
};

} // namespace fenceline
