#include "compositor/shell/layout.h"

#include <algorithm>

#include "compositor/shell/decoration.h"

namespace fenceline {

Rect Layout::geometry_of(SurfaceId surface) const {
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

OutputId Layout::home_of(const Window& w) const {
  if (w.wants_fullscreen && w.fullscreen_on && outputs_.area(*w.fullscreen_on))
    return *w.fullscreen_on;
  if (w.place) {
    // One that fills an output is where it will be again when it does no more.
    const Size size = w.shown_floating() || w.floating_size.empty() ? geometry_of(w.surface).size() : w.floating_size;
    if (const OutputAreas::Output* on = outputs_.at(*w.place + Point{size.width / 2, size.height / 2}))
      return on->id;
    for (const OutputAreas::Output& o : outputs_.all())
      if (!o.area.intersected({w.place->x, w.place->y, size.width, size.height}).empty())
        return o.id;
  }
  return outputs_.empty() ? OutputId{} : outputs_.all().front().id;
}

Rect Layout::area_for(const Window& w) const {
  return outputs_.area(home_of(w)).value_or(Rect{});
}

Rect Layout::filled_by(const Window& w) const {
  return w.shown_floating() ? Rect{} : outputs_.area(w.shown_on).value_or(area_for(w));
}

Insets Layout::frame_insets(const Window& w) const {
  return w.decoration && !w.shown_fullscreen ? Decoration::insets(w.shown_maximized) : Insets{};
}

WindowConfigure Layout::wanted(const Window& w, bool activated) const {
  WindowConfigure wanted;
  wanted.activated = activated;
  wanted.resizing = w.resizing;
  const OutputId home = home_of(w);
  const Rect area = outputs_.area(home).value_or(Rect{});
  wanted.bounds = area.size();
  wanted.decorated = w.frame_wish == FrameWish::ServerSide || (w.frame_wish == FrameWish::Any && prefers_server_side_);
  // It is told that it is maximised while it is fullscreen, too: that is what it goes back to.
  wanted.maximized = w.wants_maximized && !outputs_.empty();
  wanted.fullscreen = w.wants_fullscreen && !outputs_.empty();
  if (!wanted.maximized && !wanted.fullscreen) {
    wanted.size = w.floating_size;
    return wanted;
  }
  wanted.size = area.size();
  if (wanted.decorated && !wanted.fullscreen && !kiosk_) {
    const Insets around = Decoration::insets(true);
    wanted.size = {std::max(1, area.width - around.left - around.right),
                   std::max(1, area.height - around.top - around.bottom)};
  }
  wanted.output = home;
  return wanted;
}

Point Layout::corner_of(const Window& w) const {
  if (w.place && w.shown_floating())
    return *w.place;
  const Rect area = w.shown_floating() ? area_for(w) : filled_by(w);
  if (w.shown_maximized && !w.shown_fullscreen)
    return area.origin() + Point{frame_insets(w).left, frame_insets(w).top};
  // In the middle where it does not fill the output (xdg_toplevel.set_fullscreen).
  const Size size = geometry_of(w.surface).size();
  return {area.x + std::max(0, (area.width - size.width) / 2), area.y + std::max(0, (area.height - size.height) / 2)};
}

std::optional<Point> Layout::origin_of(SurfaceId surface) const {
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
  const Window* w = windows_.find_by_surface(surface);
  if (!w || !w->visible())
    return std::nullopt;
  return corner_of(*w) - geometry_of(surface).origin() + sum;
}

Rect Layout::popup_bounds(SurfaceId parent) const {
  if (outputs_.empty())
    return {};
  const std::optional<Point> origin = origin_of(parent);
  if (!origin)
    return outputs_.first_area();
  const Rect geometry = geometry_of(parent);
  const Point corner = *origin + geometry.origin();
  const OutputAreas::Output* on = outputs_.at(corner + Point{geometry.width / 2, geometry.height / 2});
  return (on ? on->area : outputs_.first_area()).moved(Point{} - corner);
}

SurfaceId Layout::base_of(SurfaceId surface) const {
  const Popup* p = popups_.find(surface);
  return p ? p->base : surface;
}

Layout::PopupPlaces Layout::shown_popups() const {
  PopupPlaces places;
  std::unordered_map<SurfaceId, Point> corners;
  for (const auto& p : popups_.all()) {
    if (!p->mapped)
      continue;
    auto parent = corners.find(p->parent);
    if (parent == corners.end()) {
      const Window* w = p->parent == p->base ? windows_.find_by_surface(p->base) : nullptr;
      if (!w || !w->visible())
        continue;
      parent = corners.emplace(p->parent, corner_of(*w)).first;
    }
    const Point corner = parent->second + p->placement.origin();
    corners.emplace(p->surface, corner);
    places[p->base].push_back({p->surface, corner - geometry_of(p->surface).origin(), LayerRole::Content});
  }
  return places;
}

OutputId Layout::source_of(OutputId output) const {
  if (!kiosk_)
    return output;
  const Window* first = nullptr;
  for (const auto& w : windows_.all()) {
    if (!w->visible() || !w->shown_fullscreen)
      continue;
    if (w->shown_on == output)
      return output;
    if (!first || w->id < first->id)
      first = w.get();
  }
  return first && outputs_.area(first->shown_on) ? first->shown_on : output;
}

Point Layout::mirrored_by(OutputId output) const {
  const OutputId source = source_of(output);
  const std::optional<Rect> from = outputs_.area(source), to = outputs_.area(output);
  if (source == output || !from || !to)
    return {};
  // Middle on middle: displays of different sizes lose as much on either side.
  return {to->x - from->x + (to->width - from->width) / 2, to->y - from->y + (to->height - from->height) / 2};
}

void Layout::append_roots(OutputId output, std::vector<RootPlacement>& roots) const {
  const std::size_t before = roots.size();
  append_own(source_of(output), roots);
  const Point shift = mirrored_by(output);
  for (std::size_t i = before; i < roots.size(); ++i)
    roots[i].position = roots[i].position + shift;
}

void Layout::append_own(OutputId output, std::vector<RootPlacement>& roots) const {
  const WindowStack::Windows& windows = windows_.all();
  const PopupPlaces popups = shown_popups();
  // Where a fullscreen window leaves room there is black (xdg_toplevel.set_fullscreen). What one covers is hidden by it
  // as by any other window, and goes on in time.
  const std::optional<Rect> area = outputs_.area(output);
  const auto framed = std::find_if(windows.rbegin(), windows.rend(), [&](const auto& w) {
    const Size size = geometry_of(w->surface).size();
    return area && w->visible() && w->shown_fullscreen && filled_by(*w) == *area &&
           (size.width < area->width || size.height < area->height);
  });
  const auto hidden = std::distance(framed, windows.rend());
  for (std::size_t i = hidden == 0 ? 0 : static_cast<std::size_t>(hidden) - 1; i < windows.size(); ++i) {
    const auto& w = windows[i];
    if (!w->visible())
      continue;
    if (w->decoration && !w->shown_fullscreen)
      w->decoration->append_roots(corner_of(*w), roots);
    roots.push_back({w->surface, corner_of(*w) - geometry_of(w->surface).origin(), LayerRole::Content});
    if (const auto on_it = popups.find(w->surface); on_it != popups.end())
      roots.insert(roots.end(), on_it->second.begin(), on_it->second.end());
  }
}

} // namespace fenceline
