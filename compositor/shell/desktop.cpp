#include "compositor/shell/desktop.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <utility>

namespace fenceline {
namespace {

constexpr int cascade_step = 32; ///< px from one new window to the next.
constexpr int cascade_length = 8;

} // namespace

Desktop::Desktop(Scene& scene, Log& log) : scene_(scene), log_(log) {
  scene_.add_listener(*this);
}

Desktop::~Desktop() {
  scene_.remove_listener(*this);
}

void Desktop::set_output(OutputId output, Rect area) {
  const auto it = std::find_if(outputs_.begin(), outputs_.end(), [output](const Output& o) { return o.id == output; });
  if (it == outputs_.end())
    outputs_.push_back({output, area});
  else
    it->area = area;
  outputs_changed();
}

void Desktop::remove_output(OutputId output) {
  std::erase_if(outputs_, [output](const Output& o) { return o.id == output; });
  outputs_changed();
}

void Desktop::outputs_changed() {
  for (auto& w : windows_) {
    if (w->fullscreen_on && !output_area(*w->fullscreen_on))
      w->fullscreen_on.reset();
    if (!w->mapped)
      continue;
    const Rect geometry{0, 0, geometry_of(w->surface).width, geometry_of(w->surface).height};
    const bool visible = w->place && std::any_of(outputs_.begin(), outputs_.end(), [&](const Output& o) {
                           return !geometry.moved(*w->place).intersected(o.area).empty();
                         });
    if (!visible && !w->wants_fullscreen && !outputs_.empty())
      place_window(*w);
    send_configure(*w, false);
  }
  changed();
}

std::optional<Rect> Desktop::output_area(OutputId output) const {
  for (const Output& o : outputs_)
    if (o.id == output)
      return o.area;
  return std::nullopt;
}

Window* Desktop::window(WindowId id) {
  for (auto& w : windows_)
    if (w->id == id)
      return w.get();
  return nullptr;
}

const Window* Desktop::find(WindowId id) const {
  for (const auto& w : windows_)
    if (w->id == id)
      return w.get();
  return nullptr;
}

const Window* Desktop::find_by_surface(SurfaceId surface) const {
  const auto it = by_surface_.find(surface);
  return it == by_surface_.end() ? nullptr : it->second;
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
  auto window = std::make_unique<Window>();
  window->id = ids_.next();
  window->surface = surface;
  window->owner = owner_of(surface);
  ++shares_[window->owner];
  window->client = &client;
  by_surface_[surface] = window.get();
  windows_.push_back(std::move(window));
  return windows_.back()->id;
}

void Desktop::remove_window(WindowId id) {
  unmap(id);
  const Window* w = find(id);
  if (!w)
    return;
  by_surface_.erase(w->surface);
  give_up_share(w->owner);
  std::erase_if(windows_, [id](const auto& other) { return other->id == id; });
}

void Desktop::send_configure(Window& w, bool force) {
  WindowConfigure wanted;
  wanted.activated = focused_ == w.id;
  wanted.bounds = area_for(w).size();
  if (w.wants_fullscreen && !outputs_.empty()) {
    wanted.fullscreen = true;
    wanted.size = area_for(w).size();
  }
  if (!force && wanted == w.last_sent)
    return;
  w.last_sent = wanted;
  w.client->configure(wanted);
}

void Desktop::configure_initial(WindowId id) {
  if (Window* w = window(id))
    send_configure(*w, true);
}

Rect Desktop::geometry_of(SurfaceId surface) const {
  const Surface* s = scene_.find(surface);
  if (!s)
    return {};
  const Size size = s->current().size();
  const Rect whole{0, 0, size.width, size.height};
  if (!s->current().window_geometry)
    return whole;
  // The client's rectangle may lie anywhere; it counts only where there is a surface. With subsurfaces it may be
  // larger.
  return *s->current().window_geometry;
}

Rect Desktop::area_for(const Window& w) const {
  const std::optional<Rect> chosen = w.fullscreen_on ? output_area(*w.fullscreen_on) : std::nullopt;
  return chosen ? *chosen : outputs_.empty() ? Rect{} : outputs_.front().area;
}

Point Desktop::corner_of(const Window& w) const {
  if (w.place && !w.wants_fullscreen)
    return *w.place;
  // In the middle where it does not fill the output (xdg_toplevel.set_fullscreen).
  const Rect area = area_for(w);
  const Size size = geometry_of(w.surface).size();
  return {area.x + std::max(0, (area.width - size.width) / 2), area.y + std::max(0, (area.height - size.height) / 2)};
}

void Desktop::place_window(Window& w) {
  if (outputs_.empty())
    return;
  const Rect area = outputs_.front().area;
  const Size size = geometry_of(w.surface).size();
  const int shift = (cascade_++ % cascade_length) * cascade_step;
  // A window that fits stays inside.
  const auto put = [shift](std::int32_t room) { return std::clamp(room / 2 + shift, 0, std::max(0, room)); };
  w.place = Point{area.x, area.y} + Point{put(area.width - size.width), put(area.height - size.height)};
}

void Desktop::map(WindowId id) {
  Window* w = window(id);
  if (!w || w->mapped)
    return;
  w->mapped = true;
  w->place.reset();
  if (!w->wants_fullscreen)
    place_window(*w);
  const Point at = corner_of(*w);
  log_.debug("window {} \"{}\" is mapped at {},{}", static_cast<unsigned>(id), w->title, at.x, at.y);
  const auto it = std::find_if(windows_.begin(), windows_.end(), [id](const auto& p) { return p->id == id; });
  std::rotate(it, std::next(it), windows_.end());
  focus(id);
  changed();
}

void Desktop::unmap(WindowId id) {
  Window* w = window(id);
  if (!w)
    return;
  const bool was_mapped = std::exchange(w->mapped, false);
  dismiss({w->surface});
  if (!was_mapped)
    return;
  if (focused_ == id) {
    std::optional<WindowId> next;
    for (const auto& other : windows_)
      if (other->mapped)
        next = other->id;
    focus(next);
  }
  changed();
}

void Desktop::set_title(WindowId id, std::string title) {
  if (Window* w = window(id))
    w->title = std::move(title);
}

void Desktop::set_app_id(WindowId id, std::string app_id) {
  if (Window* w = window(id))
    w->app_id = std::move(app_id);
}

void Desktop::request_fullscreen(WindowId id, std::optional<OutputId> output) {
  Window* w = window(id);
  if (!w)
    return;
  w->wants_fullscreen = true;
  w->fullscreen_on = output && output_area(*output) ? output : std::nullopt;
  if (w->mapped)
    changed();
}

void Desktop::leave_fullscreen(WindowId id) {
  Window* w = window(id);
  if (!w || !w->wants_fullscreen)
    return;
  w->wants_fullscreen = false;
  w->fullscreen_on.reset();
  if (w->mapped)
    changed();
}

void Desktop::close_focused() {
  if (Window* w = focused_ ? window(*focused_) : nullptr)
    w->client->close();
}

void Desktop::focus(std::optional<WindowId> id) {
  if (focused_ == id)
    return;
  const std::optional<WindowId> old = std::exchange(focused_, id);
  for (const std::optional<WindowId>& touched : {old, id})
    if (Window* w = touched ? window(*touched) : nullptr; w && w->mapped)
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

Rect Desktop::popup_bounds(SurfaceId parent) const {
  if (outputs_.empty())
    return {};
  const std::optional<Point> origin = origin_of(parent);
  if (!origin)
    return outputs_.front().area;
  const Rect geometry = geometry_of(parent);
  const Point corner = *origin + geometry.origin();
  Rect area = outputs_.front().area;
  for (const Output& o : outputs_)
    if (o.area.contains(corner + Point{geometry.width / 2, geometry.height / 2}))
      area = o.area;
  return area.moved(Point{} - corner);
}

SurfaceId Desktop::base_of(SurfaceId surface) const {
  const Popup* p = popups_.find(surface);
  return p ? p->base : surface;
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
  const Window* found = find_by_surface(base_of(scene_.root_of(*s).id()));
  if (!found || !found->mapped)
    return;
  const WindowId id = found->id;
  if (windows_.back()->id != id) {
    const auto it = std::find_if(windows_.begin(), windows_.end(), [id](const auto& p) { return p->id == id; });
    std::rotate(it, std::next(it), windows_.end());
    changed();
  }
  focus(id);
}

std::optional<SurfaceId> Desktop::keyboard_focus() const {
  // A popup that grabs has the keyboard, the topmost first (xdg_popup.grab).
  const auto& popups = popups_.all();
  for (auto it = popups.rbegin(); it != popups.rend(); ++it)
    if ((*it)->grabs && (*it)->mapped && origin_of((*it)->surface))
      return (*it)->surface;
  const Window* w = focused_ ? find(*focused_) : nullptr;
  return w && w->mapped ? std::optional(w->surface) : std::nullopt;
}

std::optional<Point> Desktop::origin_of(SurfaceId surface) const {
  Point sum;
  for (const Surface* s = scene_.find(surface); s && s->parent(); s = scene_.find(surface)) {
    const Surface* parent = scene_.find(*s->parent());
    if (!parent || !parent->current().mapped())
      return std::nullopt;
    const auto& children = parent->current().children;
    const auto it = std::find_if(children.begin(), children.end(),
                                 [surface](const ChildPlacement& child) { return child.surface == surface; });
    // Its place comes with the parent's next commit.
    if (it == children.end())
      return std::nullopt;
    sum = sum + it->offset;
    surface = parent->id();
  }
  for (const Popup* p = popups_.find(surface); p; p = popups_.find(surface)) {
    if (!p->mapped)
      return std::nullopt;
    // A popup's place is relative to its parent's window geometry, and names its own geometry's corner.
    sum = sum + p->placement.origin() - geometry_of(surface).origin() + geometry_of(p->parent).origin();
    surface = p->parent;
  }
  const Window* w = find_by_surface(surface);
  if (!w || !w->mapped)
    return std::nullopt;
  return corner_of(*w) - geometry_of(surface).origin() + sum;
}

Desktop::PopupPlaces Desktop::shown_popups() const {
  PopupPlaces places;
  std::unordered_map<SurfaceId, Point> corners;
  for (const auto& p : popups_.all()) {
    if (!p->mapped)
      continue;
    auto parent = corners.find(p->parent);
    if (parent == corners.end()) {
      const Window* w = p->parent == p->base ? find_by_surface(p->base) : nullptr;
      if (!w || !w->mapped)
        continue;
      parent = corners.emplace(p->parent, corner_of(*w)).first;
    }
    const Point corner = parent->second + p->placement.origin();
    corners.emplace(p->surface, corner);
    places[p->base].push_back({p->surface, corner - geometry_of(p->surface).origin(), LayerRole::Content});
  }
  return places;
}

void Desktop::append_roots(OutputId output, std::vector<RootPlacement>& roots) const {
  const PopupPlaces popups = shown_popups();
  // Where a fullscreen window leaves room there is black (xdg_toplevel.set_fullscreen). What one covers is hidden by it
  // as by any other window, and goes on in time.
  const std::optional<Rect> area = output_area(output);
  const auto framed = std::find_if(windows_.rbegin(), windows_.rend(), [&](const auto& w) {
    const Size size = geometry_of(w->surface).size();
    return area && w->mapped && w->wants_fullscreen && area_for(*w) == *area &&
           (size.width < area->width || size.height < area->height);
  });
  const auto hidden = std::distance(framed, windows_.rend());
  for (std::size_t i = hidden == 0 ? 0 : static_cast<std::size_t>(hidden) - 1; i < windows_.size(); ++i) {
    const auto& w = windows_[i];
    if (!w->mapped)
      continue;
    roots.push_back({w->surface, corner_of(*w) - geometry_of(w->surface).origin(), LayerRole::Content});
    if (const auto on_it = popups.find(w->surface); on_it != popups.end())
      roots.insert(roots.end(), on_it->second.begin(), on_it->second.end());
  }
}

std::optional<SurfaceHit> Desktop::hit_tree(const Surface& surface, double x, double y) const {
  const SurfaceState& state = surface.current();
  if (!state.mapped())
    return std::nullopt;
  for (auto it = state.children.rbegin(); it != state.children.rend(); ++it) {
    if (it->surface != surface.id()) {
      const Surface* child = scene_.find(it->surface);
      if (!child)
        continue;
      if (const auto hit = hit_tree(*child, x - it->offset.x, y - it->offset.y))
        return hit;
      continue;
    }
    const Size size = state.size();
    if (x < 0 || y < 0 || x >= size.width || y >= size.height)
      continue;
    if (!state.input || state.input->contains({static_cast<std::int32_t>(x), static_cast<std::int32_t>(y)}))
      return SurfaceHit{surface.id(), x, y};
  }
  return std::nullopt;
}

std::optional<SurfaceHit> Desktop::hit_test(double x, double y) const {
  const Point point{static_cast<std::int32_t>(std::floor(x)), static_cast<std::int32_t>(std::floor(y))};
  const auto output =
      std::find_if(outputs_.begin(), outputs_.end(), [point](const auto& o) { return o.area.contains(point); });
  std::vector<RootPlacement> roots;
  append_roots(output == outputs_.end() ? OutputId{} : output->id, roots);
  for (auto it = roots.rbegin(); it != roots.rend(); ++it)
    if (const Surface* surface = scene_.find(it->root))
      if (const auto hit = hit_tree(*surface, x - it->position.x, y - it->position.y))
        return hit;
  return std::nullopt;
}

void Desktop::surface_changed(Surface&) {}

void Desktop::surface_gone(SurfaceId surface) {
  remove_popup(surface);
  if (const Window* w = find_by_surface(surface))
    remove_window(w->id);
}

} // namespace fenceline
