#include "compositor/scene/scene.h"

#include <algorithm>
#include <cerrno>

namespace fenceline {

namespace {

std::size_t weight_of(const SurfacePatch& patch) {
  // A subsurface's place takes about as much memory as a rectangle does.
  std::size_t parts = patch.surface_damage.count() + patch.buffer_damage.count();
  parts += patch.opaque ? patch.opaque->count() : 0;
  if (patch.input && *patch.input)
    parts += (*patch.input)->count();
  parts += patch.children ? patch.children->size() : 0;
  return 1 + parts / 16;
}

} // namespace

Scene::Scene(FrameObserver& observer) : observer_(observer) {}

Scene::~Scene() = default;

Surface& Scene::create_surface(ClientId client) {
  ++shares_[client].surfaces;
  const SurfaceId id = surface_ids_.next();
  return *surfaces_.emplace(id, std::make_unique<Surface>(id, client)).first->second;
}

std::size_t Scene::surfaces_of(ClientId client) const {
  const auto share = shares_.find(client);
  return share == shares_.end() ? 0 : share->second.surfaces;
}

std::unordered_map<ClientId, std::size_t> Scene::queued_updates() const {
  std::unordered_map<ClientId, std::size_t> queued;
  for (const auto& [id, surface] : surfaces_)
    if (!surface->queue_.empty())
      queued[surface->client_] += surface->queue_.size();
  return queued;
}

Surface* Scene::find(SurfaceId surface) {
  const auto it = surfaces_.find(surface);
  return it == surfaces_.end() ? nullptr : it->second.get();
}

const Surface* Scene::find(SurfaceId surface) const {
  const auto it = surfaces_.find(surface);
  return it == surfaces_.end() ? nullptr : it->second.get();
}

void Scene::discard(ContentUpdate& update, ClientId client) {
  for (auto& sink : update.patch.feedback)
    sink->discarded();
  update.patch.feedback.clear();
  observer_.record(
      {.kind = FrameEventKind::Discarded, .client = client, .surface = update.surface, .commit = update.commit});
}

void Scene::destroy_surface(SurfaceId id) {
  const auto it = surfaces_.find(id);
  if (it == surfaces_.end())
    return;
  Surface& surface = *it->second;
  const std::optional<SurfaceId> parent = surface.parent_;
  if (parent)
    remove_subsurface(surface);
  for (const SurfaceId child : std::exchange(surface.subsurfaces_, {}))
    if (Surface* other = find(child))
      release_from_parent(*other);
  tell_listeners([id](SceneListener& listener) { listener.surface_gone(id); });
  // Out of the map first: what dies with it may ask for it.
  const std::unique_ptr<Surface> last = std::move(surfaces_.at(id));
  surfaces_.erase(id);
  Share& share = shares_.at(last->client_);
  for (auto& update : last->queue_) {
    share.queued_weight -= update->weight;
    discard(*update, last->client_);
  }
  if (--share.surfaces == 0)
    shares_.erase(last->client_);
  for (auto& sink : last->current_.feedback)
    sink->discarded();
  if (!last->latched_)
    observer_.record(
        {.kind = FrameEventKind::Discarded, .client = last->client_, .surface = id, .commit = last->current_.commit});
}

Result<CommitId> Scene::commit(Surface& surface, std::vector<std::unique_ptr<CommitConstraint>> constraints) {
  auto update = std::make_shared<ContentUpdate>();
  update->surface = surface.id_;
  update->weight = weight_of(surface.pending_);
  update->timed = surface.pending_.time != nullptr;
  update->waits_for_parent = effectively_synchronised(surface);
  update->waits_for_barrier = surface.pending_.fifo_wait && !update->waits_for_parent;
  const bool joins = may_join(surface, *update);
  if (!joins && surface.queue_.size() >= max_queued_updates)
    return Error{"too many content updates wait on one surface", ENOMEM};
  Share& share = shares_.at(surface.client_);
  if (share.queued_weight + update->weight > max_queued_weight)
    return Error{"too many content updates wait for one client", ENOMEM};
  update->commit = commit_ids_.next();

  BufferId buffer{};
  if (surface.pending_.buffer && *surface.pending_.buffer)
    buffer = (*surface.pending_.buffer)->id;
  observer_.record({.kind = FrameEventKind::Commit,
                    .client = surface.client_,
                    .surface = surface.id_,
                    .commit = update->commit,
                    .value = static_cast<std::uint64_t>(buffer)});
  if (buffer != BufferId{})
    tell_listeners([&surface](SceneListener& listener) { listener.content_committed(surface); });

  if (surface.pending_.time)
    constraints.push_back(std::move(surface.pending_.time));
  // Content that can't be waited for is not taken.
  if (const Result<void> armed = arm(surface, update, std::move(constraints)); !armed) {
    discard(*update, surface.client_);
    return armed.error();
  }
  claim_children(surface, *update);
  update->patch = std::exchange(surface.pending_, {});
  if (joins)
    join_last(surface, update);
  share.queued_weight += update->weight;
  const CommitId id = update->commit;
  surface.queue_.push_back(std::move(update));
  let_pass(surface);
  try_apply(surface.id_);
  return id;
}

Result<void> Scene::arm(const Surface& surface, const std::shared_ptr<ContentUpdate>& update,
                        std::vector<std::unique_ptr<CommitConstraint>> constraints) {
  for (auto& constraint : constraints) {
    auto armed = std::make_shared<ArmedConstraint>(ArmedConstraint{std::move(constraint), update});
    const Result<bool> met = armed->constraint->arm([this, weak = std::weak_ptr(armed)] { constraint_met(weak); });
    if (!met)
      return met.error();
    if (*met) {
      note_met(surface, *update, *armed->constraint);
    } else {
      if (armed->constraint->is_fence())
        tell_listeners([](SceneListener& listener) { listener.fence_pending(); });
      ++update->unmet;
      update->constraints.push_back(std::move(armed));
    }
  }
  return {};
}

void Scene::claim_children(const Surface& surface, ContentUpdate& update) {
  for (const ChildPlacement& placement : surface.pending_children()) {
    Surface* child = placement.surface == surface.id_ ? nullptr : find(placement.surface);
    if (!child || child->parent_ != surface.id_ || child->queue_.empty() || child->queue_.back()->claimed ||
        !effectively_synchronised(*child))
      continue;
    // What an older update carries stays that one's, which goes first.
    for (auto waiting = child->queue_.rbegin(); waiting != child->queue_.rend() && !(*waiting)->claimed; ++waiting)
      (*waiting)->claimed = true;
    update.children.emplace_back(child->id_, child->queue_.back()->commit);
  }
}

// What is claimed belongs to a moment of the parent's, which the newer one does not.
bool Scene::may_join(const Surface& surface, const ContentUpdate& update) {
  if (surface.queue_.size() < joining_queue)
    return false;
  const ContentUpdate& last = *surface.queue_.back();
  return !last.claimed && !last.timed && !update.timed && last.waits_for_parent == update.waits_for_parent &&
         last.patch.may_be_followed_by(surface.pending_);
}

/// The update takes the place of the last one, with all that it does and waits for.
void Scene::join_last(Surface& surface, const std::shared_ptr<ContentUpdate>& joining) {
  const std::shared_ptr<ContentUpdate> last = std::move(surface.queue_.back());
  surface.queue_.pop_back();
  shares_.at(surface.client_).queued_weight -= last->weight;
  take_over(surface, *last, joining);
  tell_listeners([&](SceneListener& listener) { listener.update_joined(surface, 0); });
}

/// What the older update does and waits for becomes the newer one's.
void Scene::take_over(const Surface& surface, ContentUpdate& older, const std::shared_ptr<ContentUpdate>& newer) {
  ContentUpdate& update = *newer;
  observer_.record(
      {.kind = FrameEventKind::Superseded, .client = surface.client_, .surface = surface.id_, .commit = older.commit});
  // Fences are of a buffer: those of one that is not shown any more are nobody's business.
  if (!update.patch.buffer) {
    update.unmet += older.unmet;
    for (auto& waiting : older.constraints) {
      waiting->update = newer;
      update.constraints.push_back(std::move(waiting));
    }
  }
  for (const auto& [child, commit] : older.children) {
    const auto same = [child = child](const auto& carried) { return carried.first == child; };
    if (std::none_of(update.children.begin(), update.children.end(), same))
      update.children.emplace_back(child, commit);
  }
  update.patch.come_after(std::move(older.patch));
  update.weight = weight_of(update.patch);
}

void Scene::note_met(const Surface& surface, const ContentUpdate& update, const CommitConstraint& constraint) {
  if (!constraint.is_fence())
    return;
  const TimePoint when = constraint.signalled_at();
  observer_.record({.kind = FrameEventKind::AcquireReady,
                    .client = surface.client_,
                    .surface = surface.id_,
                    .commit = update.commit,
                    .time = when});
  if (when != TimePoint{})
    tell_listeners([&](SceneListener& listener) { listener.fence_signalled(surface, when); });
}

void Scene::constraint_met(const std::weak_ptr<ArmedConstraint>& weak) {
  const std::shared_ptr<ArmedConstraint> met = weak.lock();
  const std::shared_ptr<ContentUpdate> update = met ? met->update.lock() : nullptr;
  const Surface* surface = update ? find(update->surface) : nullptr;
  if (!surface)
    return;
  note_met(*surface, *update, *met->constraint);
  met->met = true;
  --update->unmet;
  try_apply_ancestry(update->surface);
}

bool Scene::ready(const std::shared_ptr<ContentUpdate>& update, Look& look) const {
  if (update->unmet != 0) {
    look.blocker = update;
    return false;
  }
  return std::all_of(update->children.begin(), update->children.end(), [this, &look](const auto& child) {
    const Surface* surface = find(child.first);
    return !surface || ready_up_to(*surface, child.second, look);
  });
}

// An update that comes after others of its surface needs them all, and so does the next one: without a memory of what
// was found ready a client could choose numbers that make a look last for ever.
bool Scene::ready_up_to(const Surface& surface, CommitId last, Look& look) const {
  CommitId& known = look.ready_up_to[surface.id_];
  auto update = std::upper_bound(surface.queue_.begin(), surface.queue_.end(), known,
                                 [](CommitId commit, const auto& queued) { return commit < queued->commit; });
  for (; update != surface.queue_.end() && (*update)->commit <= last; ++update)
    if (!ready(*update, look))
      return false;
  known = std::max(known, last);
  return true;
}

// The group of an update has changed: whom it waited for may not be in it any more.
void Scene::forget_blockers(const Surface& from) {
  for (const Surface* s = &from; s; s = s->parent_ ? find(*s->parent_) : nullptr)
    for (const auto& update : s->queue_)
      update->blocker.reset();
}

void Scene::try_apply(SurfaceId id) {
  for (;;) {
    Surface* surface = find(id);
    if (!surface || surface->queue_.empty())
      return;
    const std::shared_ptr<ContentUpdate> front = surface->queue_.front();
    if (front->claimed || front->waits_for_parent)
      return;
    if (front->waits_for_barrier && surface->current_.fifo_barrier)
      return;
    if (const auto blocker = front->blocker.lock(); blocker && blocker->unmet != 0)
      return;
    Look look;
    if (!ready(front, look)) {
      front->blocker = look.blocker;
      return;
    }
    // Kept from one to the next; one within another has its own.
    std::vector<Applied> changed = std::exchange(spare_changed_, {});
    changed.clear();
    apply_up_to(*surface, front->commit, changed);
    for (const Applied& item : changed)
      if (Surface* s = find(item.surface); s && s->handler_)
        s->handler_->applied(*s, item.had_content);
    for (const Applied& item : changed)
      tell_listeners([&](SceneListener& listener) {
        if (Surface* s = find(item.surface))
          listener.surface_changed(*s);
      });
    tell_listeners([](SceneListener& listener) { listener.settled(); });
    // A child that went its own way meanwhile had to let this update go first.
    for (const Applied& item : changed)
      if (item.surface != id)
        try_apply(item.surface);
    spare_changed_ = std::move(changed);
  }
}

void Scene::try_apply_ancestry(SurfaceId id) {
  std::optional<SurfaceId> next = id;
  while (next) {
    const Surface* surface = find(*next);
    if (!surface)
      return;
    const std::optional<SurfaceId> parent = surface->parent_;
    try_apply(*next);
    next = parent;
  }
}

void Scene::apply_up_to(Surface& surface, CommitId last, std::vector<Applied>& changed) {
  while (!surface.queue_.empty() && surface.queue_.front()->commit <= last) {
    const std::shared_ptr<ContentUpdate> update = std::move(surface.queue_.front());
    surface.queue_.pop_front();
    shares_.at(surface.client_).queued_weight -= update->weight;
    apply_one(surface, *update, changed);
  }
}

void Scene::apply_one(Surface& surface, ContentUpdate& update, std::vector<Applied>& changed) {
  for (const auto& [child_id, last] : update.children)
    if (Surface* child = find(child_id))
      apply_up_to(*child, last, changed);
  if (!surface.latched_)
    observer_.record({.kind = FrameEventKind::Superseded,
                      .client = surface.client_,
                      .surface = surface.id_,
                      .commit = surface.current_.commit});
  changed.push_back({surface.id_, surface.current_.mapped()});
  surface.current_.apply(update.commit, std::move(update.patch));
  surface.latched_ = false;
  // A list that was made before a child went may still name it.
  std::erase_if(surface.current_.children, [&](const ChildPlacement& placement) {
    const Surface* child = find(placement.surface);
    return placement.surface != surface.id_ && (!child || child->parent_ != surface.id_);
  });
  observer_.record(
      {.kind = FrameEventKind::Applied, .client = surface.client_, .surface = surface.id_, .commit = update.commit});
}

int Scene::depth_of(const Surface& surface) const {
  int depth = 1;
  for (const Surface* s = &surface; s->parent_; s = find(*s->parent_))
    ++depth;
  return depth;
}

int Scene::height_of(const Surface& surface) const {
  int height = 1;
  for (const ChildPlacement& placement : surface.pending_children())
    if (const Surface* child = find(placement.surface); child && child->parent_ == surface.id_)
      height = std::max(height, 1 + height_of(*child));
  return height;
}

Result<void> Scene::add_subsurface(Surface& child, Surface& parent) {
  if (&root_of(parent) == &child)
    return Error{"a surface can't be its own ancestor", EINVAL};
  if (depth_of(parent) + height_of(child) > max_depth)
    return Error{"the tree of subsurfaces is too deep", ENOMEM};
  if (parent.subsurfaces_.size() >= max_subsurfaces)
    return Error{"one surface has too many subsurfaces", ENOMEM};
  child.parent_ = parent.id_;
  parent.subsurfaces_.push_back(child.id_);
  child.synchronised_ = true;
  std::vector<ChildPlacement> list = parent.pending_children();
  list.push_back({child.id_, {}});
  parent.pending_.children = std::move(list);
  return {};
}

void Scene::drop_from_lists(Surface& parent, SurfaceId child) {
  const auto is_child = [child](const ChildPlacement& placement) { return placement.surface == child; };
  std::erase_if(parent.current_.children, is_child);
  if (parent.pending_.children)
    std::erase_if(*parent.pending_.children, is_child);
  for (auto& update : parent.queue_) {
    if (update->patch.children)
      std::erase_if(*update->patch.children, is_child);
    std::erase_if(update->children, [child](const auto& carried) { return carried.first == child; });
  }
  std::erase(parent.subsurfaces_, child);
}

void Scene::remove_subsurface(Surface& child) {
  if (!child.parent_)
    return;
  Surface* parent = find(*child.parent_);
  if (!parent)
    return release_from_parent(child);
  const SurfaceId parent_id = parent->id_;
  drop_from_lists(*parent, child.id_);
  forget_blockers(*parent);
  release_from_parent(child);
  tell_listeners([parent](SceneListener& listener) {
    listener.surface_changed(*parent);
    listener.settled();
  });
  // What waited for the child has nobody to wait for.
  try_apply_ancestry(parent_id);
}

void Scene::release_from_parent(Surface& child) {
  child.parent_.reset();
  // Nobody is left to wait for: what is queued goes its own way.
  for (auto& update : child.queue_)
    update->waits_for_parent = update->claimed = false;
  try_apply(child.id_);
}

void Scene::set_subsurface_position(Surface& child, Point position) {
  Surface* parent = child.parent_ ? find(*child.parent_) : nullptr;
  if (!parent)
    return;
  std::vector<ChildPlacement> list = parent->pending_children();
  for (ChildPlacement& placement : list)
    if (placement.surface == child.id_)
      placement.offset = position;
  parent->pending_.children = std::move(list);
}

bool Scene::place(Surface& child, SurfaceId sibling, bool above) {
  Surface* parent = child.parent_ ? find(*child.parent_) : nullptr;
  if (!parent || sibling == child.id_)
    return false;
  std::vector<ChildPlacement> list = parent->pending_children();
  const auto find_in = [&list](SurfaceId id) {
    return std::find_if(list.begin(), list.end(), [id](const ChildPlacement& p) { return p.surface == id; });
  };
  const auto own = find_in(child.id_);
  if (own == list.end() || find_in(sibling) == list.end())
    return false;
  const ChildPlacement moved = *own;
  list.erase(own);
  auto at = find_in(sibling);
  list.insert(above ? std::next(at) : at, moved);
  parent->pending_.children = std::move(list);
  return true;
}

void Scene::set_synchronised(Surface& child, bool synchronised) {
  child.synchronised_ = synchronised;
  if (synchronised || effectively_synchronised(child))
    return;
  for (auto& update : child.queue_)
    if (!update->claimed)
      update->waits_for_parent = false;
  try_apply(child.id_);
  // Children that are desynchronised themselves were held only by this one.
  std::vector<SurfaceId> below;
  for (const ChildPlacement& placement : child.pending_children())
    if (placement.surface != child.id_)
      below.push_back(placement.surface);
  for (const SurfaceId id : below)
    if (Surface* grandchild = find(id); grandchild && !grandchild->synchronised_)
      set_synchronised(*grandchild, false);
}

bool Scene::effectively_synchronised(const Surface& surface) const {
  for (const Surface* s = &surface; s && s->parent_; s = find(*s->parent_))
    if (s->synchronised_)
      return true;
  return false;
}

const Surface& Scene::root_of(const Surface& surface) const {
  const Surface* s = &surface;
  while (s->parent_)
    s = find(*s->parent_);
  return *s;
}

void Scene::clear_barrier(SurfaceId id) {
  if (Surface* surface = find(id); surface && std::exchange(surface->current_.fifo_barrier, false))
    try_apply(id);
}

void Scene::pixels_taken(SurfaceId id, CommitId commit) {
  Surface* surface = find(id);
  if (!surface || surface->current_.commit != commit || !surface->current_.buffer)
    return;
  surface->current_.upload_damage.clear();
  surface->current_.pixels_uploaded = true;
  surface->current_.buffer->lease.reset();
}

void Scene::pixels_lost() {
  for (auto& [id, surface] : surfaces_) {
    SurfaceState& state = surface->current_;
    if (!state.buffer || state.buffer->kind != BufferKind::Shm || !state.pixels_uploaded || !state.buffer->pixels)
      continue;
    state.pixels_uploaded = false;
    state.upload_damage = Region(Rect{0, 0, state.buffer->size.width, state.buffer->size.height});
  }
}

bool Scene::upload_instead(Surface& surface, const BufferAttachment& attachment) {
  SurfaceState& state = surface.current_;
  if (!state.buffer || state.buffer->id != attachment.id || state.buffer->kind != BufferKind::Dmabuf)
    return false;
  state.buffer->kind = attachment.kind;
  state.buffer->pixels = attachment.pixels;
  state.pixels_uploaded = false;
  state.upload_damage = Region(Rect{0, 0, state.buffer->size.width, state.buffer->size.height});
  tell_listeners([&surface](SceneListener& listener) { listener.surface_changed(surface); });
  tell_listeners([](SceneListener& listener) { listener.settled(); });
  return true;
}

LatchedUpdate Scene::take_latched(Surface& surface) {
  SurfaceState& state = surface.current_;
  surface.latched_ = true;
  tell_listeners([&surface](SceneListener& listener) { listener.latched(surface); });
  return {.client = surface.client_,
          .surface = surface.id_,
          .commit = state.commit,
          .buffer = state.buffer ? state.buffer->id : BufferId{},
          .feedback = std::exchange(state.feedback, {}),
          .callbacks = std::exchange(state.callbacks, {})};
}

} // namespace fenceline
