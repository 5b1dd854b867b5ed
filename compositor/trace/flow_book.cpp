#include "compositor/trace/flow_book.h"

namespace fenceline {

FlowBook::Flow FlowBook::flow(CommitId id, const Commit& commit) const {
  const std::uint64_t number = (std::uint64_t{part_} << 48) | (static_cast<std::uint64_t>(id) & ((1ull << 48) - 1));
  return {number, commit.client, commit.surface};
}

std::optional<FlowBook::Step> FlowBook::see(const FrameEvent& event) {
  if (event.commit == CommitId{})
    return std::nullopt;
  if (event.kind == FrameEventKind::Commit) {
    const auto [at, fresh] = commits_.try_emplace(event.commit, Commit{event.client, event.surface, part_});
    if (!fresh)
      return std::nullopt;
    ++open_;
    return Step{flow(event.commit, at->second)};
  }
  const auto at = commits_.find(event.commit);
  if (at == commits_.end())
    return std::nullopt;
  Step step{flow(event.commit, at->second)};
  if (at->second.part != part_) {
    step.continues = true;
    at->second.part = part_;
    ++open_;
  }
  step.ends = event.kind == FrameEventKind::Presented || event.kind == FrameEventKind::Superseded ||
              event.kind == FrameEventKind::Discarded;
  if (step.ends) {
    commits_.erase(at);
    --open_;
  }
  return step;
}

std::optional<FlowBook::Flow> FlowBook::overdue() {
  if (commits_.size() <= limit_)
    return std::nullopt;
  const auto oldest = commits_.begin();
  const bool is_open = oldest->second.part == part_;
  const Flow given_up = flow(oldest->first, oldest->second);
  commits_.erase(oldest);
  if (!is_open)
    return std::nullopt;
  --open_;
  return given_up;
}

std::vector<FlowBook::Flow> FlowBook::next_part(std::uint32_t part) {
  std::vector<Flow> open;
  for (const auto& [id, commit] : commits_)
    if (commit.part == part_)
      open.push_back(flow(id, commit));
  part_ = part;
  open_ = 0;
  return open;
}

std::vector<FlowBook::Flow> FlowBook::finish() {
  auto open = next_part(part_);
  commits_.clear();
  return open;
}

} // namespace fenceline
