// The desktop's popups.
#include <cerrno>
#include <utility>

#include "compositor/shell/desktop.h"

namespace fenceline {

Result<void> Desktop::add_popup(SurfaceId surface, SurfaceId parent, PopupClient& client, Rect placement, bool grabs) {
  const ClientId owner = owner_of(surface);
  if (!has_room(owner))
    return Error{"one client has too many windows and popups", ENOMEM};
  const Result<void> added = popups_.add(
      {.surface = surface, .parent = parent, .owner = owner, .client = &client, .placement = placement, .grabs = grabs},
      find_by_surface(parent) != nullptr);
  if (added)
    ++shares_[owner];
  return added;
}

PopupStack::Popups Desktop::take_popups(std::unordered_set<SurfaceId> going) {
  PopupStack::Popups taken = popups_.take(std::move(going));
  for (const auto& p : taken)
    give_up_share(p->owner);
  return taken;
}

bool Desktop::holds(SurfaceId surface) const {
  return find_by_surface(surface) || popups_.find(surface);
}

void Desktop::move_popup(SurfaceId surface, Rect placement) {
  Popup* p = popups_.find(surface);
  if (!p)
    return;
  p->placement = placement;
  if (p->mapped)
    changed();
}

void Desktop::map_popup(SurfaceId surface) {
  Popup* p = popups_.find(surface);
  if (!p || p->mapped)
    return;
  p->mapped = true;
  if (p->grabs && focus_changed_)
    focus_changed_();
  changed();
}

void Desktop::grab_popup(SurfaceId surface) {
  if (Popup* p = popups_.find(surface))
    p->grabs = true;
}

bool Desktop::popup_grabs(SurfaceId surface) const {
  const Popup* p = popups_.find(surface);
  return p && p->grabs;
}

void Desktop::remove_popup(SurfaceId surface) {
  if (!popups_.find(surface))
    return;
  // Its own client knows.
  for (const auto& p : take_popups({surface}))
    if (p->surface != surface)
      p->client->done();
  if (focus_changed_)
    focus_changed_();
  changed();
}

bool Desktop::dismiss(std::unordered_set<SurfaceId> going) {
  const PopupStack::Popups gone = take_popups(std::move(going));
  for (const auto& p : gone)
    p->client->done();
  if (gone.empty())
    return false;
  if (focus_changed_)
    focus_changed_();
  changed();
  return true;
}

bool Desktop::dismiss_popups(std::optional<ClientId> except) {
  // Also those that have no content yet: the user is elsewhere.
  std::unordered_set<SurfaceId> grabbing;
  for (const auto& p : popups_.all())
    if (p->grabs && p->owner != except)
      grabbing.insert(p->surface);
  return !grabbing.empty() && dismiss(std::move(grabbing));
}

void Desktop::tell_popups(const Window& w) {
  std::vector<SurfaceId> on_it;
  for (const auto& p : popups_.all())
    if (p->base == w.surface)
      on_it.push_back(p->surface);
  for (const SurfaceId surface : on_it)
    if (const Popup* p = popups_.find(surface))
      p->client->surroundings_changed();
}

} // namespace fenceline
