// The part of the scene that deals with fences that do not signal.
#include <algorithm>
#include <utility>

#include "compositor/scene/scene.h"

namespace fenceline {

Scene::FenceWaits Scene::age_fences(unsigned limit) {
  FenceWaits waits;
  for (const auto& [id, surface] : surfaces_)
    for (const auto& update : surface->queue_) {
      const bool fence = std::any_of(update->constraints.begin(), update->constraints.end(), [](const auto& armed) {
        return !armed->met && armed->constraint->is_fence();
      });
      if (!fence)
        continue;
      if (update->overdue)
        continue;
      if (++update->waited < limit) {
        waits.any = true;
        continue;
      }
      update->overdue = true;
      waits.overdue.push_back({surface->client_, id, update->commit});
    }
  for (const OverdueFence& late : waits.overdue) {
    observer_.record(
        {.kind = FrameEventKind::FenceOverdue, .client = late.client, .surface = late.surface, .commit = late.commit});
    Surface* surface = find(late.surface);
    if (surface == nullptr)
      continue;
    let_pass(*surface);
    leave_out(*surface, late.commit);
    try_apply_ancestry(late.surface);
  }
  return waits;
}

/// Newer content takes the place of what is overdue, with all that this does besides. Where there is none, what is
/// overdue is shown if it comes after all.
void Scene::let_pass(Surface& surface) {
  for (std::size_t i = 0; i + 1 < surface.queue_.size();) {
    const auto after = surface.queue_.begin() + static_cast<std::ptrdiff_t>(i) + 1;
    const bool newer = std::any_of(after, surface.queue_.end(),
                                   [](const auto& update) { return update->patch.buffer.has_value(); });
    const std::shared_ptr<ContentUpdate> late = surface.queue_[i], next = *after;
    if (!late->overdue || late->claimed || !newer) {
      ++i;
      continue;
    }
    surface.queue_.erase(after - 1);
    std::size_t& weight = shares_.at(surface.client_).queued_weight;
    weight -= late->weight + next->weight;
    // Without a buffer of its own it has the late one's, and waits for that in its place.
    next->overdue = next->overdue || !next->patch.buffer;
    take_over(surface, *late, next);
    weight += next->weight;
    tell_listeners([&](SceneListener& listener) { listener.update_joined(surface, surface.queue_.size() - 1 - i); });
  }
}

/// A parent's update carries it, and the others of that group need not wait for it: the group goes without its content.
/// What goes with the content comes with the surface's next commit.
void Scene::leave_out(Surface& surface, CommitId commit) {
  const auto found = std::find_if(surface.queue_.begin(), surface.queue_.end(),
                                  [commit](const auto& update) { return update->commit == commit; });
  if (found == surface.queue_.end() || !(*found)->claimed)
    return;
  ContentUpdate& late = **found;
  std::erase_if(late.constraints, [&late](const auto& armed) {
    const bool gone = !armed->met && armed->constraint->is_fence();
    late.unmet -= gone ? 1 : 0;
    return gone;
  });
  for (auto& sink : late.patch.feedback)
    sink->discarded();
  late.patch.feedback.clear();
  surface.pending_.come_after(late.patch.without_content());
}

} // namespace fenceline
