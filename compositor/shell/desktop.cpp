#include "compositor/shell/desktop.h"

#include <cerrno>
#include <cmath>
#include <utility>

#include "compositor/shell/hit_test.h"

namespace fenceline {

Desktop::Desktop(Scene& scene, Log& log) : scene_(scene), log_(log) {
  scene_.add_listener(*this);
}

Desktop::~Desktop() {
  scene_.remove_listener(*this);
}

void Desktop::set_output(OutputId output, Rect area) {
  outputs_.set(output, area);
  outputs_changed();
}

void Desktop::remove_output(OutputId output) {
  outputs_.remove(output);
  outputs_changed();
}

void Desktop::outputs_changed() {
  for (const auto& w : windows_.all()) {
    if (w->fullscreen_on && !outputs_.area(*w->fullscreen_on))
      w->fullscreen_on.reset();
    if (!w->mapped)
      continue;
    const Size size = layout_.geometry_of(w->surface).size();
    const bool visible = w->place && outputs_.shows({w->place->x, w->place->y, size.width, size.height});
    if (!visible && !w->wants_fullscreen)
      place_window(*w);
    send_configure(*w, false);
  }
  changed();
}

void Desktop::place_window(Window& w) {
  if (!outputs_.empty())
    w.place = placement_.next(outputs_.first_area(), layout_.geometry_of(w.surface).size());
}

void Desktop::changed() const {
  if (stack_changed_)
    stack_changed_();
}

ClientId Desktop::owner_of(SurfaceId surface) const {
  const Surface* s = scene_.find(surface);
  return s ? s->client() : ClientId{};
}

bool Desktop::has_room(ClientId client) const {
  const auto share = shares_.find(client);
  return share == shares_.end() || share->second < max_per_client;
}

void Desktop::give_up_share(ClientId client) {
  const auto share = shares_.find(client);
  if (share != shares_.end() && --share->second == 0)
    shares_.erase(share);
}

WindowId Desktop::add_window(SurfaceId surface, WindowClient& client) {
  const ClientId owner = owner_of(surface);
  ++shares_[owner];
  Window added;
  added.surface = surface;
  added.owner = owner;
  added.client = &client;
  return windows_.add(std::move(added)).id;
}

void Desktop::remove_window(WindowId id) {
  unmap(id);
  const Window* w = windows_.find(id);
  if (!w)
    return;
  give_up_share(w->owner);
  windows_.remove(id);
}

void Desktop::send_configure(Window& w, bool force) {
  WindowConfigure wanted;
  wanted.activated = focused_ == w.id;
  wanted.bounds = layout_.area_for(w).size();
  if (w.wants_fullscreen && !outputs_.empty()) {
    wanted.fullscreen = true;
    wanted.size = layout_.area_for(w).size();
  }
  if (!force && wanted == w.last_sent)
    return;
  w.last_sent = wanted;
  w.client->configure(wanted);
}

void Desktop::configure_initial(WindowId id) {
  if (Window* w = windows_.find(id))
    send_configure(*w, true);
}

void Desktop::map(WindowId id) {
  Window* w = windows_.find(id);
  if (!w || w->mapped)
    return;
  w->mapped = true;
  w->place.reset();
  if (!w->wants_fullscreen)
    place_window(*w);
  const Point at = layout_.corner_of(*w);
  log_.debug("window {} \"{}\" is mapped at {},{}", static_cast<unsigned>(id), w->title, at.x, at.y);
  windows_.raise(id);
  focus(id);
  changed();
}

void Desktop::unmap(WindowId id) {
  Window* w = windows_.find(id);
  if (!w)
    return;
  const bool was_mapped = std::exchange(w->mapped, false);
  dismiss({w->surface});
  if (!was_mapped)
    return;
  if (focused_ == id) {
    const Window* next = windows_.topmost_mapped();
    focus(next ? std::optional(next->id) : std::nullopt);
  }
  changed();
}

void Desktop::set_title(WindowId id, std::string title) {
  if (Window* w = windows_.find(id))
    w->title = std::move(title);
}

void Desktop::set_app_id(WindowId id, std::string app_id) {
  if (Window* w = windows_.find(id))
    w->app_id = std::move(app_id);
}

void Desktop::request_fullscreen(WindowId id, std::optional<OutputId> output) {
  Window* w = windows_.find(id);
  if (!w)
    return;
  w->wants_fullscreen = true;
  w->fullscreen_on = output && outputs_.area(*output) ? output : std::nullopt;
  if (w->mapped)
    changed();
}

void Desktop::leave_fullscreen(WindowId id) {
  Window* w = windows_.find(id);
  if (!w || !w->wants_fullscreen)
    return;
  w->wants_fullscreen = false;
  w->fullscreen_on.reset();
  if (w->mapped)
    changed();
}

void Desktop::close_focused() {
  if (Window* w = focused_ ? windows_.find(*focused_) : nullptr)
    w->client->close();
}

void Desktop::focus(std::optional<WindowId> id) {
  if (focused_ == id)
    return;
  const std::optional<WindowId> old = std::exchange(focused_, id);
  for (const std::optional<WindowId>& touched : {old, id})
    if (Window* w = touched ? windows_.find(*touched) : nullptr; w && w->mapped)
      send_configure(*w, false);
  if (focus_changed_)
    focus_changed_();
}

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

void Desktop::clicked(SurfaceId surface) {
  const Surface* s = scene_.find(surface);
  if (!s)
    return;
  dismiss_popups(s->client());
  const Window* found = find_by_surface(layout_.base_of(scene_.root_of(*s).id()));
  if (!found || !found->mapped)
    return;
  const WindowId id = found->id;
  if (windows_.raise(id))
    changed();
  focus(id);
}

std::optional<SurfaceId> Desktop::keyboard_focus() const {
  // A popup that grabs has the keyboard, the topmost first (xdg_popup.grab).
  const auto& popups = popups_.all();
  for (auto it = popups.rbegin(); it != popups.rend(); ++it)
    if ((*it)->grabs && (*it)->mapped && layout_.origin_of((*it)->surface))
      return (*it)->surface;
  const Window* w = focused_ ? windows_.find(*focused_) : nullptr;
  return w && w->mapped ? std::optional(w->surface) : std::nullopt;
}

std::optional<SurfaceHit> Desktop::hit_test(double x, double y) const {
  const OutputAreas::Output* output =
      outputs_.at({static_cast<std::int32_t>(std::floor(x)), static_cast<std::int32_t>(std::floor(y))});
  std::vector<RootPlacement> roots;
  append_roots(output ? output->id : OutputId{}, roots);
  return fenceline::hit_test(scene_, roots, x, y);
}

void Desktop::surface_changed(Surface&) {}

void Desktop::surface_gone(SurfaceId surface) {
  remove_popup(surface);
  if (const Window* w = find_by_surface(surface))
    remove_window(w->id);
}

} // namespace fenceline
