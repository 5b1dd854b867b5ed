#include "protocols/held_pointer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "protocols/region_resource.h"

namespace fenceline {
namespace {

/// The last position inside of a rectangle, as the wire has them: 1/256 px.
constexpr double step = 1.0 / 256;

std::optional<Region> copy_of(const RegionResource* region) {
  return region ? std::optional(region->region()) : std::nullopt;
}

} // namespace

HeldPointer::HeldPointer(SurfaceResource& surface, const RegionResource* region, bool persistent, Scene& scene,
                         Seat& seat)
    : surface_(&surface), persistent_(persistent), scene_(scene), seat_(seat), region_(copy_of(region)),
      waiting_(surface.surface().queued()) {
  surface.add_extension(*this);
  scene_.add_listener(*this);
}

HeldPointer::~HeldPointer() {
  seat_.remove_constraint(*this);
  scene_.remove_listener(*this);
  if (surface_)
    surface_->remove_extension(*this);
}

Region HeldPointer::area() const {
  const SurfaceState& state = surface_->surface().current();
  const Size size = state.size();
  Region inside(Rect{0, 0, size.width, size.height});
  if (state.input)
    inside.intersect(*state.input);
  if (region_)
    inside.intersect(*region_);
  return inside;
}

bool HeldPointer::contains(SurfacePosition at) const {
  return surface_ &&
         area().contains({static_cast<std::int32_t>(std::floor(at.x)), static_cast<std::int32_t>(std::floor(at.y))});
}

SurfacePosition HeldPointer::nearest(SurfacePosition to) const {
  if (!surface_)
    return to;
  SurfacePosition best = to;
  double least = -1;
  for (const Rect& r : area().rects()) {
    const SurfacePosition inside{std::clamp<double>(to.x, r.x, r.x + r.width - step),
                                 std::clamp<double>(to.y, r.y, r.y + r.height - step)};
    const double distance = std::hypot(inside.x - to.x, inside.y - to.y);
    if (least >= 0 && distance >= least)
      continue;
    least = distance;
    best = inside;
  }
  return best;
}

std::optional<SurfacePosition> HeldPointer::release_position() const {
  // Out of the surface it would be another window that the client moves the pointer to.
  if (!surface_ || !hint_)
    return std::nullopt;
  const Size size = surface_->surface().current().size();
  const bool inside = hint_->x >= 0 && hint_->y >= 0 && hint_->x < size.width && hint_->y < size.height;
  return inside ? hint_ : std::nullopt;
}

void HeldPointer::activated() {
  tell(true);
}

void HeldPointer::deactivated() {
  tell(false);
  if (persistent_)
    return;
  // A oneshot one never comes back: the surface is free for another.
  if (surface_)
    surface_->remove_extension(*this);
  surface_ = nullptr;
}

void HeldPointer::set_region(const RegionResource* region) {
  pending_.region = copy_of(region);
}

/// What came with the older update comes with the newer one.
void HeldPointer::update_joined(const Surface& surface, std::size_t behind) {
  if (!surface_ || surface.id() != surface_->surface_id() || waiting_.size() < behind + 2)
    return;
  // Counted from the end: those in front may be applied and not yet told of.
  const auto newer = waiting_.end() - 1 - static_cast<std::ptrdiff_t>(behind), older = newer - 1;
  if (!newer->region)
    newer->region = std::move(older->region);
  if (!newer->hint)
    newer->hint = older->hint;
  waiting_.erase(older);
}

bool HeldPointer::before_commit(SurfaceResource&, SurfacePatch&,
                                std::vector<std::unique_ptr<CommitConstraint>>&) {
  waiting_.push_back(std::exchange(pending_, {}));
  std::size_t rectangles = 0;
  for (const Change& change : waiting_)
    rectangles += change.region && *change.region ? (*change.region)->count() : 0;
  if (rectangles <= max_waiting_rectangles)
    return true;
  refuse();
  return false;
}

void HeldPointer::surface_gone() {
  surface_ = nullptr;
}

void HeldPointer::surface_changed(Surface& surface) {
  if (!surface_ || surface.id() != surface_->surface_id())
    return;
  // A surface's updates are applied in order: what is not queued any more is applied.
  while (waiting_.size() > surface.queued()) {
    Change change = std::move(waiting_.front());
    waiting_.pop_front();
    apply(std::move(change));
  }
}

void HeldPointer::apply(Change&& change) {
  if (change.region)
    region_ = std::move(*change.region);
  if (change.hint)
    hint_ = change.hint;
}

} // namespace fenceline
