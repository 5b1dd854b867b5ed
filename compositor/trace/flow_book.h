#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "compositor/frame/frame_event.h"

namespace fenceline {

/// Which commits are under way, so that each one's flow begins once and ends once, in each file. A flow's number is its
/// commit's, with the file's part number in the 16 bits above bit 48: a commit that is under way when the file rotates
/// has one whole flow in each of the two files.
class FlowBook {
 public:
  struct Flow {
    std::uint64_t id = 0;
    ClientId client{};
    SurfaceId surface{};
  };
  /// What an event is to its commit's flow.
  struct Step {
    Flow flow;
    bool continues = false; ///< The flow began in an earlier file: an event that begins it in this one must come first.
    bool ends = false;
  };

  /// Beyond `limit` commits under way, the oldest is to be given up: see overdue().
  explicit FlowBook(std::size_t limit = 65536) : limit_(limit) {}

  /// None: the event belongs to no commit that is under way (its beginning was before the trace or was dropped, or it
  /// has ended). Commit begins a flow; Presented, Superseded and Discarded end it.
  [[nodiscard]] std::optional<Step> see(const FrameEvent& event);
  /// The oldest commit, when there are too many; it is taken out. None too if it has no flow in this file.
  [[nodiscard]] std::optional<Flow> overdue();
  /// A new file: flows that were open in the old one are returned, to be closed there; their commits stay under way.
  [[nodiscard]] std::vector<Flow> next_part(std::uint32_t part);
  /// The end: all open flows of this file, which are to be closed.
  [[nodiscard]] std::vector<Flow> finish();
  /// Open flows of this file.
  [[nodiscard]] std::size_t open() const { return open_; }

 private:
  struct Commit {
    ClientId client{};
    SurfaceId surface{};
    std::uint32_t part = 0; ///< Where its flow is open; another than part_: not yet begun in this file.
  };
  [[nodiscard]] Flow flow(CommitId id, const Commit& commit) const;

  std::size_t limit_;
  std::uint32_t part_ = 0;
  std::size_t open_ = 0;
  std::map<CommitId, Commit> commits_; // By number, which is by age.
};

} // namespace fenceline
