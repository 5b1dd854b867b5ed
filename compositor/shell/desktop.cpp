#include "compositor/shell/desktop.h"

#include <algorithm>

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
}

void Desktop::remove_output(OutputId output) {
  std::erase_if(outputs_, [output](const Output& o) { return o.id == output; });
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
  for (const auto& w : windows_)
    if (w->surface == surface)
      return w.get();
  return nullptr;
}

void Desktop::changed() const {
  if (stack_changed_)
    stack_changed_();
}

WindowId Desktop::add_window(SurfaceId surface, WindowClient& client) {
  auto window = std::make_unique<Window>();
  window->id = ids_.next();
  window->surface = surface;
  window->client = &client;
  windows_.push_back(std::move(window));
  return windows_.back()->id;
}

void Desktop::remove_window(WindowId id) {
  unmap(id);
  std::erase_if(windows_, [id](const auto& w) { return w->id == id; });
}

void Desktop::send_configure(Window& w, bool force) {
  WindowConfigure wanted;
  wanted.activated = focused_ == w.id;
  if (!outputs_.empty())
    wanted.bounds = outputs_.front().area.size();
  if (w.wants_fullscreen && !outputs_.empty()) {
    const std::optional<Rect> area = w.fullscreen_on ? output_area(*w.fullscreen_on) : std::nullopt;
    wanted.fullscreen = true;
    wanted.size = area.value_or(outputs_.front().area).size();
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

void Desktop::place_window(Window& w) {
  if (outputs_.empty())
    return;
  const Rect area = outputs_.front().area;
  if (w.wants_fullscreen) {
    const std::optional<Rect> chosen = w.fullscreen_on ? output_area(*w.fullscreen_on) : std::nullopt;
    w.position = chosen.value_or(area).origin();
    return;
  }
  const Size size = geometry_of(w.surface).size();
  const int shift = (cascade_++ % cascade_length) * cascade_step;
  w.position = {area.x + std::max(0, (area.width - size.width) / 2 + shift),
                area.y + std::max(0, (area.height - size.height) / 2 + shift)};
}

void Desktop::map(WindowId id) {
  Window* w = window(id);
  if (!w || w->mapped)
    return;
  w->mapped = true;
  place_window(*w);
  log_.debug("window {} \"{}\" is mapped at {},{}", static_cast<unsigned>(id), w->title, w->position.x, w->position.y);
  const auto it = std::find_if(windows_.begin(), windows_.end(), [id](const auto& p) { return p->id == id; });
  std::rotate(it, std::next(it), windows_.end());
  focus(id);
  changed();
}

void Desktop::unmap(WindowId id) {
  Window* w = window(id);
  if (!w || !w->mapped)
    return;
  w->mapped = false;
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
  if (w->mapped) {
    place_window(*w);
    changed();
  }
}

void Desktop::leave_fullscreen(WindowId id) {
  Window* w = window(id);
  if (!w || !w->wants_fullscreen)
    return;
  w->wants_fullscreen = false;
  w->fullscreen_on.reset();
  if (w->mapped) {
    place_window(*w);
    changed();
  }
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

Popup* Desktop::popup(SurfaceId surface) {
  for (auto& p : popups_)
    if (p->surface == surface)
      return p.get();
  return nullptr;
}

const Popup* Desktop::popup(SurfaceId surface) const {
  for (const auto& p : popups_)
    if (p->surface == surface)
      return p.get();
  return nullptr;
}

void Desktop::add_popup(SurfaceId surface, SurfaceId parent, PopupClient& client, Rect placement, bool grabs) {
  auto p = std::make_unique<Popup>();
  p->surface = surface;
  p->parent = parent;
  p->client = &client;
  p->placement = placement;
  p->grabs = grabs;
  popups_.push_back(std::move(p));
}

void Desktop::move_popup(SurfaceId surface, Rect placement) {
  Popup* p = popup(surface);
  if (!p)
    return;
  p->placement = placement;
  if (p->mapped)
    changed();
}

void Desktop::map_popup(SurfaceId surface) {
  Popup* p = popup(surface);
  if (!p || p->mapped)
    return;
  p->mapped = true;
  if (p->grabs && focus_changed_)
    focus_changed_();
  changed();
}

void Desktop::remove_popup(SurfaceId surface) {
  const Popup* p = popup(surface);
  if (!p)
    return;
  const bool grabbed = p->grabs && p->mapped;
  std::erase_if(popups_, [surface](const auto& other) { return other->surface == surface; });
  if (grabbed && focus_changed_)
    focus_changed_();
  changed();
}

bool Desktop::has_child_popup(SurfaceId surface) const {
  return std::any_of(popups_.begin(), popups_.end(), [surface](const auto& p) { return p->parent == surface; });
}

int Desktop::popup_depth(SurfaceId surface) const {
  int depth = 0;
  for (const Popup* p = popup(surface); p; p = popup(p->parent))
    ++depth;
  return depth;
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
    if (o.area.contains({corner.x + geometry.width / 2, corner.y + geometry.height / 2}))
      area = o.area;
  return area.moved({-corner.x, -corner.y});
}

bool Desktop::dismiss_popups() {
  bool any = false;
  // Topmost first; each client answers by destroying its popup, later.
  for (auto it = popups_.rbegin(); it != popups_.rend(); ++it) {
    Popup& p = **it;
    if (!p.grabs || !p.mapped)
      continue;
    p.mapped = false;
    p.client->done();
    any = true;
  }
  if (any) {
    if (focus_changed_)
      focus_changed_();
    changed();
  }
  return any;
}

void Desktop::clicked(SurfaceId surface) {
  const Surface* s = scene_.find(surface);
  if (!s)
    return;
  SurfaceId top = scene_.root_of(*s).id();
  bool in_popup = false;
  for (const Popup* p = popup(top); p; p = popup(top)) {
    in_popup = true;
    top = p->parent;
  }
  if (!in_popup)
    dismiss_popups();
  const Window* found = find_by_surface(top);
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
  for (auto it = popups_.rbegin(); it != popups_.rend(); ++it)
    if ((*it)->grabs && (*it)->mapped)
      return (*it)->surface;
  const Window* w = focused_ ? find(*focused_) : nullptr;
  return w && w->mapped ? std::optional(w->surface) : std::nullopt;
}

std::optional<Point> Desktop::origin_of(SurfaceId surface) const {
  Point sum;
  for (const Popup* p = popup(surface); p; p = popup(surface)) {
    // A popup's place is relative to its parent's window geometry, and names its own geometry's corner.
    sum = sum + p->placement.origin() - geometry_of(surface).origin() + geometry_of(p->parent).origin();
    surface = p->parent;
  }
  const Window* w = find_by_surface(surface);
  if (!w || !w->mapped)
    return std::nullopt;
  return w->position - geometry_of(surface).origin() + sum;
}

void Desktop::append_popups(SurfaceId parent, std::vector<RootPlacement>& roots) const {
  for (const auto& p : popups_) {
    if (p->parent != parent || !p->mapped)
      continue;
    if (const std::optional<Point> origin = origin_of(p->surface))
      roots.push_back({p->surface, *origin, LayerRole::Content});
    append_popups(p->surface, roots);
  }
}

void Desktop::append_roots(OutputId, std::vector<RootPlacement>& roots) const {
  for (const auto& w : windows_) {
    if (!w->mapped)
      continue;
    if (const std::optional<Point> origin = origin_of(w->surface))
      roots.push_back({w->surface, *origin, LayerRole::Content});
    append_popups(w->surface, roots);
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
  std::vector<RootPlacement> roots;
  append_roots({}, roots);
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
