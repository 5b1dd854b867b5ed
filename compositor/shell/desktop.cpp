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

Desktop::Desktop(Scene& scene, Log& log)
    : scene_(scene), log_(log), titles_(std::make_shared<TitleText>(log)) {
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
  for (const auto& w : windows_.all())
    if (w->fullscreen_on && !outputs_.area(*w->fullscreen_on))
      w->fullscreen_on.reset();
  share_out();
  for (const auto& w : windows_.all()) {
    if (!w->mapped)
      continue;
    const Size size = layout_.geometry_of(w->surface).size();
    const bool somewhere = w->place && outputs_.shows({w->place->x, w->place->y, size.width, size.height});
    // One that was never put anywhere is in the middle of an output, whichever there are.
    if (!somewhere && (w->place || w->shown_floating()))
      place_window(*w);
    send_configure(*w, false);
    tell_popups(*w);
  }
  changed();
}

void Desktop::place_window(Window& w) {
  if (outputs_.empty())
    return;
  const Insets frame = layout_.frame_insets(w);
  const Size content = layout_.geometry_of(w.surface).size();
  const Size size{content.width + frame.left + frame.right, content.height + frame.top + frame.bottom};
  const bool has_parent = w.parent && w.parent->visible();
  if (!has_parent) {
    w.place = placement_.next(outputs_.first_area(), size) + Point{frame.left, frame.top};
    return;
  }
  // Over the middle of its parent, and inside as far as it fits.
  const Rect area = layout_.area_for(*w.parent);
  const Rect over = frame_of(*w.parent);
  const auto put = [](std::int32_t from, std::int32_t length, std::int32_t own, std::int32_t first, std::int32_t room) {
    const std::int64_t at = std::int64_t{from} + (std::int64_t{length} - own) / 2;
    const std::int64_t last = std::max<std::int64_t>(first, std::int64_t{first} + room - own);
    return saturated(std::clamp<std::int64_t>(at, first, last));
  };
  w.place = Point{put(over.x, over.width, size.width, area.x, area.width),
                  put(over.y, over.height, size.height, area.y, area.height)} +
            Point{frame.left, frame.top};
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
  share_out();
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
  Window* w = windows_.find(id);
  if (!w)
    return;
  enter_kiosk(*w);
  send_configure(*w, true);
}

void Desktop::map(WindowId id) {
  Window* w = windows_.find(id);
  if (!w || w->mapped)
    return;
  w->mapped = true;
  update_frame(*w);
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
  w->decoration.reset();
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
  fresh.frame_wish = w->frame_wish;
  *w = std::move(fresh);
  w->last_sent.number = w->answered = number;
  for (const auto& other : windows_.all())
    if (other->parent == w)
      other->parent = nullptr;
  share_out();
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
  Window* w = windows_.find(id);
  if (!w)
    return;
  w->title = std::move(title);
  update_frame(*w);
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
  if (w->last_sent.number != 0) {
    enter_kiosk(*w);
    if (w->mapped)
      send_configure(*w, false);
  }
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
  w->fullscreen_on = w->chosen_output = output && outputs_.area(*output) ? output : std::nullopt;
  lose_grab(id);
  share_out();
}

void Desktop::leave_fullscreen(WindowId id) {
  Window* w = windows_.find(id);
  if (!w || !w->wants_fullscreen || w->in_kiosk)
    return;
  w->wants_fullscreen = false;
  w->fullscreen_on.reset();
  w->chosen_output.reset();
}

void Desktop::set_frame_wish(WindowId id, FrameWish wish) {
  if (Window* w = windows_.find(id))
    w->frame_wish = wish;
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
  if (!w || !w->mapped || kiosk_)
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
  w->shown_decorated = configure.decorated;
  if (!other || !w->mapped)
    return;
  if (kiosk_)
    follow_parent(*w);
  tell_popups(*w);
  changed();
}

void Desktop::committed(WindowId id) {
  Window* w = windows_.find(id);
  if (!w || !w->mapped)
    return;
  update_frame(*w);
  if (!w->shown_floating())
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
  if (w->place == before)
    return;
  tell_popups(*w);
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

bool Desktop::place(WindowId id, Point at) {
  Window* w = windows_.find(id);
  if (!w || !w->mapped || !w->wants_floating() || !w->shown_floating())
    return false;
  lose_grab(id);
  w->dragged = window_edge::none;
  if (w->place == at)
    return true;
  w->place = at;
  // It may be on another output now.
  send_configure(*w, false);
  tell_popups(*w);
  changed();
  return true;
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

Rect Desktop::frame_of(const Window& w) const {
  const Point corner = layout_.corner_of(w);
  const Size size = layout_.geometry_of(w.surface).size();
  return {corner.x, corner.y, size.width, size.height};
}

const Window* Desktop::window_at(double x, double y) const {
  const std::optional<SurfaceHit> hit = hit_test(x, y);
  const Surface* surface = hit ? scene_.find(hit->surface) : nullptr;
  if (const std::optional<FrameHit> frame = frame_hit(x, y))
    return windows_.find(frame->window);
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
    if (Window* w = touched ? windows_.find(*touched) : nullptr; w && w->mapped) {
      send_configure(*w, false);
      update_frame(*w);
    }
  if (focus_changed_)
    focus_changed_();
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
