#include "tests/fuzz/windows.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <string>

namespace fenceline::fuzz {

namespace {

constexpr std::size_t kWindowsAtMost = 8;
constexpr std::size_t kSubsurfacesAtMost = 8;

} // namespace

void Windows::forget_the_dead() {
  // By interface: the id of a destroyed object may be somebody else's by now.
  const auto alive = [this](std::uint32_t id, const char* name) {
    return maker_.objects().alive_as(id, maker_.interface(name));
  };
  std::erase_if(windows_, [&](const Window& window) {
    return !alive(window.surface, "wl_surface") || !alive(window.xdg_surface, "xdg_surface") ||
           !alive(window.role, window.parent == 0 ? "xdg_toplevel" : "xdg_popup");
  });
  std::erase_if(subsurfaces_, [&](const Subsurface& subsurface) {
    return !alive(subsurface.surface, "wl_surface") || !alive(subsurface.role, "wl_subsurface") ||
           !alive(subsurface.parent, "wl_surface");
  });
}

std::vector<std::uint32_t> Windows::waiting() const {
  std::vector<std::uint32_t> out;
  for (const auto& window : windows_)
    if (window.stage == Stage::Waiting)
      out.push_back(window.xdg_surface);
  return out;
}

bool Windows::any_mapped() const {
  return std::ranges::any_of(windows_, [](const Window& window) { return window.stage == Stage::Mapped; });
}

Windows::Window* Windows::pick(bool mapped) {
  std::vector<Window*> candidates;
  for (auto& window : windows_)
    if (!mapped || window.stage == Stage::Mapped)
      candidates.push_back(&window);
  return candidates.empty() ? nullptr : maker_.prng().pick(candidates);
}

std::uint32_t Windows::any_surface() {
  forget_the_dead();
  auto& prng = maker_.prng();
  if (!subsurfaces_.empty() && prng.chance(1, 3))
    return prng.pick(subsurfaces_).surface;
  const auto* window = pick(true);
  return window == nullptr ? 0 : window->surface;
}

void Windows::go_on() {
  forget_the_dead();
  for (auto& window : windows_) {
    if (window.stage != Stage::Waiting)
      continue;
    maker_.request(window.xdg_surface, "ack_configure", {Value::answer(window.xdg_surface)});
    window.stage = Stage::Mapped;
    paint(window.surface);
  }
}

void Windows::make_toplevel() {
  auto& prng = maker_.prng();
  const auto compositor = maker_.global("wl_compositor");
  const auto shell = maker_.global("xdg_wm_base");
  if (compositor == 0 || shell == 0)
    return;
  Window window;
  window.surface = maker_.request(compositor, "create_surface");
  window.xdg_surface = maker_.request(shell, "get_xdg_surface", {Value::of(window.surface)});
  window.role = maker_.request(window.xdg_surface, "get_toplevel");
  if (prng.chance(1, 2))
    maker_.request(window.role, "set_title");
  if (prng.chance(1, 2))
    maker_.request(window.role, "set_app_id");
  window.fullscreen = prng.chance(1, 6);
  if (window.fullscreen)
    maker_.request(window.role, "set_fullscreen", {Value::of(prng.chance(1, 2) ? 0 : maker_.global("wl_output"))});
  // A maximised window must have exactly the configured size, which these seldom have.
  if (prng.chance(1, 40))
    maker_.request(window.role, "set_maximized");
  maker_.request(window.surface, "commit");
  windows_.push_back(window);
}

std::uint32_t Windows::make_positioner() {
  auto& prng = maker_.prng();
  const auto positioner = maker_.request(maker_.global("xdg_wm_base"), "create_positioner");
  maker_.request(positioner, "set_size", {Value::of(prng.between(1, 300)), Value::of(prng.between(1, 300))});
  maker_.request(positioner, "set_anchor_rect",
                 {Value::of(prng.between(0, 50)), Value::of(prng.between(0, 50)), Value::of(prng.between(1, 50)),
                  Value::of(prng.between(1, 50))});
  maker_.request(positioner, "set_anchor");
  maker_.request(positioner, "set_gravity");
  maker_.request(positioner, "set_constraint_adjustment");
  if (prng.chance(1, 2))
    maker_.request(positioner, "set_offset", {Value::of(prng.between(-50, 50)), Value::of(prng.between(-50, 50))});
  if (prng.chance(1, 3))
    maker_.request(positioner, "set_reactive");
  if (prng.chance(1, 3))
    maker_.request(positioner, "set_parent_size", {Value::of(prng.between(1, 500)), Value::of(prng.between(1, 500))});
  return positioner;
}

void Windows::make_popup(const Window& parent) {
  auto& prng = maker_.prng();
  const auto positioner = make_positioner();
  Window popup;
  popup.parent = parent.xdg_surface;
  popup.surface = maker_.request(maker_.global("wl_compositor"), "create_surface");
  popup.xdg_surface = maker_.request(maker_.global("xdg_wm_base"), "get_xdg_surface", {Value::of(popup.surface)});
  popup.role = maker_.request(popup.xdg_surface, "get_popup", {Value::of(popup.parent), Value::of(positioner)});
  if (prng.chance(2, 3))
    maker_.request(positioner, "destroy");
  const auto seat = prng.chance(1, 4) ? maker_.global("wl_seat") : 0;
  if (seat != 0)
    maker_.request(popup.role, "grab", {Value::of(seat), maker_.values().known_serial(prng)});
  maker_.request(popup.surface, "commit");
  windows_.push_back(popup);
}

void Windows::make_subsurface() {
  auto& prng = maker_.prng();
  const auto parent = any_surface();
  const auto subcompositor = maker_.global("wl_subcompositor");
  if (parent == 0 || subcompositor == 0 || subsurfaces_.size() >= kSubsurfacesAtMost)
    return;
  Subsurface subsurface;
  subsurface.parent = parent;
  subsurface.surface = maker_.request(maker_.global("wl_compositor"), "create_surface");
  subsurface.role = maker_.request(subcompositor, "get_subsurface", {Value::of(subsurface.surface), Value::of(parent)});
  maker_.request(subsurface.role, "set_position",
                 {Value::of(prng.between(-50, 200)), Value::of(prng.between(-50, 200))});
  if (prng.chance(1, 2))
    maker_.request(subsurface.role, "set_desync");
  subsurfaces_.push_back(subsurface);
  paint(subsurface.surface);
  maker_.request(parent, "commit");
}

void Windows::paint(std::uint32_t surface) {
  auto& prng = maker_.prng();
  const auto window = std::ranges::find(windows_, surface, &Window::surface);
  const bool fills_output = window != windows_.end() && window->fullscreen && prng.chance(2, 3);
  if (const bool attaches = prng.chance(9, 10); attaches && sync_.covers(surface)) {
    sync_.attach(surface, fills_output);
  } else if (attaches) {
    auto buffer = fills_output ? buffers_.dmabuf(true) : Buffer();
    if (buffer.id == 0)
      buffer = buffers_.any();
    maker_.request(surface, "attach", {Value::of(buffer.id), Value::of(0), Value::of(0)});
  }
  constexpr auto kWhole = std::numeric_limits<std::int32_t>::max();
  const auto damage = [&](const char* name) {
    if (prng.chance(1, 2))
      maker_.request(surface, name, {Value::of(0), Value::of(0), Value::of(kWhole), Value::of(kWhole)});
    else
      maker_.request(surface, name);
  };
  if (prng.chance(3, 4))
    damage("damage_buffer");
  if (prng.chance(1, 4))
    damage("damage");
  if (prng.chance(1, 3))
    maker_.request(surface, "frame");
  // Tells whether it was scanned out.
  if (fills_output && prng.chance(1, 2))
    maker_.request(maker_.global("wp_presentation"), "feedback", {Value::of(surface)});
  maker_.request(surface, "commit");
}

std::uint32_t Windows::make_region() {
  auto& prng = maker_.prng();
  const auto region = maker_.request(maker_.global("wl_compositor"), "create_region");
  const auto count = prng.below(6);
  for (std::uint32_t i = 0; i < count; ++i)
    maker_.request(region, prng.chance(3, 4) ? "add" : "subtract");
  return region;
}

void Windows::change_surface(std::uint32_t surface) {
  auto& prng = maker_.prng();
  switch (prng.below(8)) {
  case 0:
    maker_.request(surface, "set_buffer_scale", {Value::of(prng.chance(3, 4) ? 1 : 2)});
    break;
  case 1:
    maker_.request(surface, "set_buffer_transform");
    break;
  case 2:
  case 3: {
    const auto region = prng.chance(1, 5) ? 0 : make_region();
    maker_.request(surface, prng.chance(1, 2) ? "set_opaque_region" : "set_input_region", {Value::of(region)});
    if (region != 0 && prng.chance(4, 5))
      maker_.request(region, "destroy");
    break;
  }
  case 4:
    maker_.request(surface, "offset", {Value::of(prng.between(-20, 20)), Value::of(prng.between(-20, 20))});
    break;
  case 5:
    maker_.request(surface, "frame");
    break;
  default:
    break;
  }
  if (prng.chance(3, 4))
    maker_.request(surface, "commit");
}

void Windows::change_toplevel(const Window& window) {
  auto& prng = maker_.prng();
  if (prng.chance(1, 4)) {
    maker_.request(window.xdg_surface, "set_window_geometry",
                   {Value::of(prng.between(-10, 50)), Value::of(prng.between(-10, 50)), Value::of(prng.between(1, 500)),
                    Value::of(prng.between(1, 500))});
  } else if (prng.chance(1, 4)) {
    const auto seat = maker_.global("wl_seat");
    const auto serial = maker_.values().known_serial(prng);
    constexpr std::array<std::uint32_t, 8> kEdges = {1, 2, 4, 5, 6, 8, 9, 10};
    if (seat != 0 && prng.chance(1, 2))
      maker_.request(window.role, "move", {Value::of(seat), serial});
    else if (seat != 0)
      maker_.request(window.role, "resize", {Value::of(seat), serial, Value::of(prng.pick(kEdges))});
  } else if (prng.chance(1, 4)) {
    const auto low = prng.between(0, 100);
    maker_.request(window.role, "set_min_size", {Value::of(low), Value::of(low)});
    maker_.request(window.role, "set_max_size", {Value::of(low + prng.between(0, 500)), Value::of(low + 100)});
  } else {
    constexpr std::array<const char*, 7> kPlain = {"set_title",      "set_app_id",       "unset_maximized",
                                                   "set_fullscreen", "unset_fullscreen", "set_minimized",
                                                   "set_parent"};
    maker_.request(window.role, prng.pick(kPlain));
  }
  if (prng.chance(1, 2))
    maker_.request(window.surface, "commit");
  // Size changes are answered with a configure; whoever follows the protocol answers the newest.
  if (prng.chance(1, 4))
    maker_.request(window.xdg_surface, "ack_configure", {Value::answer(window.xdg_surface)});
}

void Windows::change_popup(const Window& window) {
  auto& prng = maker_.prng();
  const auto positioner = make_positioner();
  maker_.request(window.role, "reposition", {Value::of(positioner), Value::of(prng.below(100))});
  maker_.request(positioner, "destroy");
}

void Windows::change_subsurface() {
  auto& prng = maker_.prng();
  if (subsurfaces_.empty())
    return;
  const auto subsurface = prng.pick(subsurfaces_);
  std::uint32_t sibling = subsurface.parent;
  for (const auto& other : subsurfaces_)
    if (other.parent == subsurface.parent && other.surface != subsurface.surface && prng.chance(1, 2))
      sibling = other.surface;
  switch (prng.below(7)) {
  case 0:
    maker_.request(subsurface.role, "set_sync");
    break;
  case 1:
    maker_.request(subsurface.role, "set_desync");
    break;
  case 2:
    maker_.request(subsurface.role, "set_position");
    break;
  case 3:
    maker_.request(subsurface.role, prng.chance(1, 2) ? "place_above" : "place_below", {Value::of(sibling)});
    break;
  case 4:
    // Of the two, either may go first; so may the parent.
    maker_.request(subsurface.role, "destroy");
    if (prng.chance(1, 2))
      maker_.request(subsurface.surface, "destroy");
    return;
  case 5:
    maker_.request(subsurface.surface, "attach", {Value::of(0u), Value::of(0), Value::of(0)});
    maker_.request(subsurface.surface, "commit");
    return;
  default:
    paint(subsurface.surface);
    break;
  }
  if (prng.chance(1, 2))
    maker_.request(subsurface.parent, "commit");
}

void Windows::remap(Window& window) {
  maker_.request(window.surface, "attach", {Value::of(0u), Value::of(0), Value::of(0)});
  maker_.request(window.surface, "commit");
  // The next commit without a buffer asks for a configure again.
  window.stage = Stage::Unmapped;
}

void Windows::destroy(Window& window) {
  auto& prng = maker_.prng();
  // Popups of this window first: it is an error to leave them behind, which some do.
  if (prng.chance(9, 10))
    for (std::size_t i = 0; i < windows_.size(); ++i)
      if (windows_[i].parent == window.xdg_surface && &windows_[i] != &window) {
        // Ids are used again: a stale parent must not lead round in a circle.
        windows_[i].parent = 0;
        destroy(windows_[i]);
      }
  maker_.request(window.role, "destroy");
  maker_.request(window.xdg_surface, "destroy");
  maker_.request(window.surface, "destroy");
}

void Windows::step() {
  forget_the_dead();
  auto& prng = maker_.prng();
  const auto draw = prng.below(100);
  auto* mapped = pick(true);
  if (windows_.empty() || (draw < 6 && windows_.size() < kWindowsAtMost)) {
    make_toplevel();
    return;
  }
  if (draw < 10) {
    auto* window = pick(false);
    if (window->stage == Stage::Unmapped) {
      maker_.request(window->surface, "commit");
      window->stage = Stage::Waiting;
      return;
    }
  }
  if (mapped == nullptr)
    return;
  const bool popup = mapped->parent != 0;
  if (draw < 50)
    paint(any_surface());
  else if (draw < 62)
    change_surface(any_surface());
  else if (draw < 72)
    popup ? change_popup(*mapped) : change_toplevel(*mapped);
  else if (draw < 78 && windows_.size() < kWindowsAtMost)
    make_popup(Window(*mapped));
  else if (draw < 85)
    make_subsurface();
  else if (draw < 94)
    change_subsurface();
  else if (draw < 97 && !popup)
    remap(*mapped);
  else
    destroy(*mapped);
}

} // namespace fenceline::fuzz
