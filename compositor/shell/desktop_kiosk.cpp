// A kiosk: no window without a parent is anything but fullscreen, and each output that can have one of its own has.
#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "compositor/shell/desktop.h"

namespace fenceline {

void Desktop::be_kiosk() {
  kiosk_ = true;
  layout_.be_kiosk();
}

void Desktop::enter_kiosk(Window& w) {
  if (!kiosk_)
    return;
  const bool main = w.parent == nullptr;
  if (main == w.in_kiosk)
    return;
  w.in_kiosk = main;
  w.wants_fullscreen = main;
  if (!main)
    w.fullscreen_on.reset();
  share_out();
}

void Desktop::share_out() {
  if (!kiosk_ || outputs_.empty())
    return;
  // Those whose parent has gone are nobody's dialogs any more.
  for (const auto& w : windows_.all())
    if (w->mapped && !w->parent)
      w->in_kiosk = w->wants_fullscreen = true;
  std::map<OutputId, std::size_t> taken;
  std::vector<Window*> waiting;
  for (const auto& w : windows_.all()) {
    if (!w->in_kiosk)
      continue;
    if (w->chosen_output && outputs_.area(*w->chosen_output))
      ++taken[*(w->fullscreen_on = w->chosen_output)];
    else
      waiting.push_back(w.get());
  }
  // The oldest first: it stays where it is, whatever comes and goes beside it.
  std::sort(waiting.begin(), waiting.end(), [](const Window* a, const Window* b) { return a->id < b->id; });
  for (Window* w : waiting) {
    const auto& all = outputs_.all();
    const auto best = std::min_element(all.begin(), all.end(),
                                       [&taken](const auto& a, const auto& b) { return taken[a.id] < taken[b.id]; });
    w->fullscreen_on = best->id;
    ++taken[best->id];
  }
  for (const auto& w : windows_.all())
    if (w->in_kiosk && w->mapped)
      send_configure(*w, false);
}

void Desktop::follow_parent(const Window& parent) {
  for (const auto& w : windows_.all())
    if (w->parent == &parent && w->mapped) {
      if (w->shown_floating())
        place_window(*w);
      follow_parent(*w);
    }
}

std::optional<Point> Desktop::origin_near(SurfaceId surface, Point near) const {
  const std::optional<Point> origin = layout_.origin_of(surface);
  const OutputAreas::Output* on = kiosk_ ? outputs_.at(near) : nullptr;
  return origin && on ? *origin + layout_.mirrored_by(on->id) : origin;
}

} // namespace fenceline
