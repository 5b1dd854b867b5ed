#include "compositor/shell/desktop.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <utility>

#include "compositor/shell/hit_test.h"

namespace fenceline {
namespace {

constexpr std::int32_t least_visible = 64; ///< px of a window that is moved to another output.

} // namespace

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
    const bool somewhere = w->place && outputs_.shows({w->place->x, w->place->y, size.width, size.height});
    // One that was never put anywhere is in the middle of an output, whichever there are.
    if (!somewhere && (w->place || w->shown_floating()))
      place_window(*w);
    send_configure(*w, false);
  }
  changed();
}

void Desktop::place_window(Window& w) {
  if (outputs_.empty())
    return;
  const Size size = layout_.geometry_of(w.surface).size();
  if (!w.parent || !w.parent->visible()) {
    w.place = placement_.next(outputs_.first_area(), size);
    return;
  }
  // Over the middle of its parent, and inside as far as it fits.
  const Rect over = frame_of(*w.parent);
  const Rect area = layout_.area_for(*w.parent);
  const auto put = [](std::int32_t from, std::int32_t length, std::int32_t own, std::int32_t first, std::int32_t room) {
    const std::int64_t at = std::int64_t{from} + (std::int64_t{length} - own) / 2;
    const std::int64_t last = std::max<std::int64_t>(first, std::int64_t{first} + room - own);
    return saturated(std::clamp<std::int64_t>(at, first, last));
  };
  w.place = Point{put(over.x, over.width, size.width, area.x, area.width),
                  put(over.y, over.height, size.height, area.y, area.height)};
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
  WindowConfigure wanted = layout_.wanted(w, focused_ == w.id);
  if (!force && wanted.same_as(w.last_sent))
    return;
  wanted.number = ++configures_;
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
  if (w->shown_floating())
    place_window(*w);
  windows_.update_hidden();
  const Point at = layout_.corner_of(*w);
  log_.debug("window {} \"{}\" is mapped at {},{}", static_cast<unsigned>(id), w->title, at.x, at.y);
  settle_cycle();
  windows_.raise(id);
  focus(w->visible() ? std::optional(id) : focused_);
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
  cycle_.gone(id);
  lose_grab(id);
  if (focused_ == id)
    focus_topmost();
  changed();
}

void Desktop::reset(WindowId id) {
  unmap(id);
  Window* w = windows_.find(id);
  if (!w)
    return;
  const std::uint64_t number = w->last_sent.number;
  Window fresh;
  fresh.id = w->id;
  fresh.surface = w->surface;
  fresh.owner = w->owner;
  fresh.client = w->client;
  *w = std::move(fresh);
  w->last_sent.number = w->answered = number;
  for (const auto& other : windows_.all())
    if (other->parent == w)
      other->parent = nullptr;
  visibility_changed();
}

void Desktop::focus_topmost() {
  const Window* next = windows_.topmost_visible();
  focus(next ? std::optional(next->id) : std::nullopt);
}

void Desktop::visibility_changed() {
  if (!windows_.update_hidden())
    return;
  std::unordered_set<SurfaceId> gone;
  for (const auto& w : windows_.all())
    if (w->mapped && w->hidden) {
      gone.insert(w->surface);
      lose_grab(w->id);
    }
  dismiss(std::move(gone));
  const Window* w = focused_ ? windows_.find(*focused_) : nullptr;
  if (!w || !w->visible())
    focus_topmost();
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

void Desktop::set_size_limits(WindowId id, Size min, Size max) {
  Window* w = windows_.find(id);
  if (!w)
    return;
  w->min_size = min;
  w->max_size = max;
}

void Desktop::set_parent(WindowId id, std::optional<WindowId> parent_id) {
  Window* w = windows_.find(id);
  Window* parent = parent_id ? windows_.find(*parent_id) : nullptr;
  if (!w || w->parent == parent || !windows_.set_parent(*w, parent))
    return;
  visibility_changed();
  if (w->visible())
    changed();
}

void Desktop::request_fullscreen(WindowId id, std::optional<OutputId> output) {
  Window* w = windows_.find(id);
  if (!w)
    return;
  remember_size(*w);
  w->wants_fullscreen = true;
  w->dragged = window_edge::none;
  w->fullscreen_on = output && outputs_.area(*output) ? output : std::nullopt;
  lose_grab(id);
}

void Desktop::leave_fullscreen(WindowId id) {
  Window* w = windows_.find(id);
  if (!w || !w->wants_fullscreen)
    return;
  w->wants_fullscreen = false;
  w->fullscreen_on.reset();
}

void Desktop::request_maximized(WindowId id, bool maximized) {
  Window* w = windows_.find(id);
  if (!w || w->wants_maximized == maximized)
    return;
  remember_size(*w);
  w->wants_maximized = maximized;
  w->dragged = window_edge::none;
  if (maximized)
    lose_grab(id);
}

void Desktop::remember_size(Window& w) const {
  if (w.mapped && w.shown_floating() && w.wants_floating())
    w.floating_size = layout_.geometry_of(w.surface).size();
}

void Desktop::set_minimized(WindowId id, bool minimized) {
  Window* w = windows_.find(id);
  if (!w || !w->mapped)
    return;
  w->minimized = minimized;
  // Nothing is seen of a window whose parent is away.
  for (Window* p = minimized ? nullptr : w->parent; p; p = p->parent)
    p->minimized = false;
  visibility_changed();
}

void Desktop::answered(WindowId id, const WindowConfigure& configure) {
  Window* w = windows_.find(id);
  if (!w)
    return;
  w->answered = configure.number;
  const bool other = w->shown_fullscreen != configure.fullscreen || w->shown_maximized != configure.maximized ||
                     w->shown_on != configure.output;
  w->shown_fullscreen = configure.fullscreen;
  w->shown_maximized = configure.maximized;
  w->shown_on = configure.output;
  if (other && w->mapped)
    changed();
}

void Desktop::committed(WindowId id) {
  Window* w = windows_.find(id);
  if (!w || !w->mapped || !w->shown_floating())
    return;
  const Size size = layout_.geometry_of(w->surface).size();
  const std::optional<Point> before = w->place;
  if (!w->place && !outputs_.empty())
    w->place = layout_.corner_of(*w);
  if (w->dragged != window_edge::none)
    w->place = anchored(*w, size);
  if (!w->awaits_answer()) {
    if (!w->resizing)
      w->dragged = window_edge::none;
    // The client has a size of its own: it is not asked for another one.
    if (w->wants_floating() && !w->resizing && !w->floating_size.empty())
      w->floating_size = size;
    if (grab_ && grab_->window() == id && w->resizing)
      send_resize(*w);
  }
  if (w->place != before)
    changed();
}

void Desktop::activate(WindowId id) {
  Window* w = windows_.find(id);
  if (!w || !w->mapped)
    return;
  settle_cycle();
  if (w->hidden)
    set_minimized(id, false);
  if (windows_.raise(id))
    changed();
  focus(id);
}

bool Desktop::move_to_neighbour(WindowId id, bool to_the_right) {
  Window* w = windows_.find(id);
  if (!w || !w->mapped)
    return false;
  const OutputId home = layout_.home_of(*w);
  const OutputAreas::Output* to = outputs_.neighbour(home, to_the_right);
  if (!to)
    return false;
  lose_grab(id);
  w->dragged = window_edge::none;
  if (w->place) {
    // As far from the upper left corner as before, but some of it inside.
    const Rect from = outputs_.area(home).value_or(Rect{});
    const Point offset = *w->place - from.origin();
    w->place = to->area.origin() + Point{std::clamp(offset.x, 0, std::max(0, to->area.width - least_visible)),
                                         std::clamp(offset.y, 0, std::max(0, to->area.height - least_visible))};
  } else if (w->wants_maximized) {
    w->place = to->area.origin();
  }
  if (w->wants_fullscreen)
    w->fullscreen_on = to->id;
  send_configure(*w, false);
  changed();
  return true;
}

void Desktop::cycle(bool forward) {
  dismiss_popups();
  if (cycle_.step(forward))
    changed();
}

void Desktop::settle_cycle() {
  if (const std::optional<WindowId> chosen = cycle_.settle())
    activate(*chosen);
}

void Desktop::want_grab(WindowId id, WindowEdges edges) {
  if (grab_wanted_)
    grab_wanted_(id, edges);
}

bool Desktop::begin_grab(WindowId id, WindowEdges edges, double x, double y) {
  Window* w = windows_.find(id);
  if (!w || !w->visible() || w->wants_fullscreen || w->shown_fullscreen)
    return false;
  const bool moves = edges == window_edge::none;
  if (!w->wants_floating() || !w->shown_floating()) {
    if (!moves)
      return false;
    // It comes off under the pointer, which stays as far along it as it is.
    const Rect full = frame_of(*w);
    const Size size = w->floating_size.empty() ? full.size() : w->floating_size;
    const double along = full.width > 0 ? (x - full.x) / full.width : 0;
    w->place = Point{static_cast<std::int32_t>(std::clamp(x - along * size.width, -1e9, 1e9)), full.y};
    request_maximized(id, false);
    send_configure(*w, true);
    grab_.emplace(id, edges, Rect{w->place->x, w->place->y, size.width, size.height}, x, y);
    return true;
  }
  const Rect frame = frame_of(*w);
  w->place = frame.origin();
  w->dragged = edges;
  grab_.emplace(id, edges, frame, x, y);
  if (moves)
    return true;
  w->resizing = true;
  w->fixed = frame.origin() + Point{frame.width, frame.height};
  w->floating_size = grab_size_ = frame.size();
  send_configure(*w, true);
  return true;
}

void Desktop::grab_moved(double x, double y) {
  Window* w = grab_ ? windows_.find(grab_->window()) : nullptr;
  if (!w)
    return;
  if (!grab_->moves()) {
    grab_size_ = grab_->size_at(x, y, *w, {});
    return send_resize(*w);
  }
  const Point place = grab_->place_at(x, y);
  if (w->place == place)
    return;
  w->place = place;
  changed();
}

void Desktop::send_resize(Window& w) {
  // One at a time: a client that is slow gets the newest size when it is done with the one before.
  if (w.awaits_answer() || w.floating_size == grab_size_)
    return;
  w.floating_size = grab_size_;
  send_configure(w, false);
}

void Desktop::finish_grab() {
  if (!grab_)
    return;
  Window* w = windows_.find(grab_->window());
  const bool resized = !grab_->moves();
  grab_.reset();
  if (!w)
    return;
  if (resized) {
    w->resizing = false;
    w->floating_size = grab_size_;
  }
  // It may be on another output now.
  if (w->mapped)
    send_configure(*w, false);
}

void Desktop::lose_grab(WindowId id) {
  if (!grab_ || grab_->window() != id)
    return;
  finish_grab();
  if (grab_lost_)
    grab_lost_();
}

Rect Desktop::frame_of(const Window& w) const {
  const Point corner = layout_.corner_of(w);
  const Size size = layout_.geometry_of(w.surface).size();
  return {corner.x, corner.y, size.width, size.height};
}

const Window* Desktop::window_at(double x, double y) const {
  const std::optional<SurfaceHit> hit = hit_test(x, y);
  const Surface* surface = hit ? scene_.find(hit->surface) : nullptr;
  return surface ? find_by_surface(layout_.base_of(scene_.root_of(*surface).id())) : nullptr;
}

void Desktop::close_focused() {
  if (Window* w = focused_ ? windows_.find(*focused_) : nullptr)
    w->client->close();
}

void Desktop::focus(std::optional<WindowId> id) {
  if (focused_ == id)
    return;
  const std::optional<WindowId> old = std::exchange(focused_, id);
  if (id)
    cycle_.used(*id);
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
  if (found && found->visible())
    activate(found->id);
}

std::optional<SurfaceId> Desktop::keyboard_focus() const {
  // A popup that grabs has the keyboard, the topmost first (xdg_popup.grab).
  const auto& popups = popups_.all();
  for (auto it = popups.rbegin(); it != popups.rend(); ++it)
    if ((*it)->grabs && (*it)->mapped && layout_.origin_of((*it)->surface))
      return (*it)->surface;
  const Window* w = focused_ ? windows_.find(*focused_) : nullptr;
  return w && w->visible() ? std::optional(w->surface) : std::nullopt;
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
