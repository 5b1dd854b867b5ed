#include "protocols/scanout_tranches.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>
#include <utility>

namespace fenceline {

Result<std::unique_ptr<ScanoutTranches>> ScanoutTranches::create(EventLoop& loop, Indices first, bool always,
                                                                 std::function<void(SurfaceId)> changed) {
  std::unique_ptr<ScanoutTranches> made(new ScanoutTranches(loop, std::move(first), always, std::move(changed)));
  auto timer = loop.make_timer([raw = made.get()] { raw->tell(); });
  if (!timer)
    return timer.error();
  made->timer_ = std::move(*timer);
  return made;
}

void ScanoutTranches::set_outputs(std::vector<Output> outputs) {
  // The indices of a tranche are in the table's order, whatever the planes' is.
  for (Output& output : outputs)
    for (Indices* indices : {&output.any, &output.overlay})
      std::sort(indices->begin(), indices->end());
  if (outputs == outputs_)
    return;
  outputs_ = std::move(outputs);
  std::erase_if(planned_, [this](const auto& entry) { return find(entry.first) == nullptr; });
  for (auto& [id, surface] : surfaces_) {
    std::erase_if(surface.on, [this](const auto& entry) { return find(entry.first) == nullptr; });
    look(surface);
  }
  arm();
}

void ScanoutTranches::planned(OutputId output, std::span<const SurfaceChance> chances) {
  if (find(output) == nullptr)
    return;
  std::vector<SurfaceChance>& before = planned_[output];
  // So it is in nearly all frames.
  if (std::equal(before.begin(), before.end(), chances.begin(), chances.end()))
    return;
  std::unordered_set<SurfaceId> here;
  for (const SurfaceChance& now : chances)
    here.insert(now.surface);
  for (const SurfaceChance& was : before)
    if (const auto surface = surfaces_.find(was.surface); surface != surfaces_.end() && !here.contains(was.surface)) {
      surface->second.on.erase(output);
      look(surface->second);
    }
  before.assign(chances.begin(), chances.end());
  for (const SurfaceChance& now : chances)
    take(output, now);
  arm();
}

void ScanoutTranches::take(OutputId output, const SurfaceChance& now) {
  const auto found = surfaces_.find(now.surface);
  if (found == surfaces_.end())
    return;
  Surface& surface = found->second;
  surface.seen = true;
  if (now.chance != FormatChance::Unknown)
    surface.last = now.chance;
  FormatChance& chance = surface.on.try_emplace(output, surface.last).first->second;
  if (now.chance != FormatChance::Unknown)
    chance = now.chance;
  look(surface);
}

void ScanoutTranches::follow(SurfaceId id) {
  const auto [entry, is_new] = surfaces_.try_emplace(id);
  if (!is_new)
    return;
  Surface& surface = entry->second;
  surface.told = want(surface);
  for (const auto& [output, chances] : planned_)
    for (const SurfaceChance& chance : chances)
      if (chance.surface == id)
        take(output, chance);
  // Nobody has been told anything yet, so that nothing has to be waited for.
  surface.told = want(surface);
  look(surface);
}

const ScanoutTranches::Output* ScanoutTranches::find(OutputId output) const {
  const auto found =
      std::find_if(outputs_.begin(), outputs_.end(), [output](const Output& known) { return known.id == output; });
  return found == outputs_.end() ? nullptr : &*found;
}

ScanoutTranches::Indices ScanoutTranches::want(const Surface& surface) const {
  if (!surface.seen) {
    const auto able =
        std::find_if(outputs_.begin(), outputs_.end(), [](const Output& output) { return !output.any.empty(); });
    return able != outputs_.end() ? able->any : outputs_.empty() || always_ ? first_ : Indices();
  }
  if (surface.on.empty())
    return surface.told;
  std::optional<Indices> all;
  Indices some;
  for (const auto& [id, chance] : surface.on) {
    const Output* output = find(id);
    if (output == nullptr || (chance == FormatChance::None && !always_))
      continue;
    const Indices& takes = chance == FormatChance::Overlay ? output->overlay : output->any;
    Indices both;
    if (all)
      std::set_intersection(all->begin(), all->end(), takes.begin(), takes.end(), std::back_inserter(both));
    all = all ? std::move(both) : takes;
    Indices either;
    std::set_union(some.begin(), some.end(), takes.begin(), takes.end(), std::back_inserter(either));
    some = std::move(either);
  }
  if (always_ && some.empty())
    return first_;
  return all && !all->empty() ? *all : some;
}

void ScanoutTranches::look(Surface& surface) {
  Indices wanted = want(surface);
  if (wanted == surface.wanted)
    return;
  surface.wanted = std::move(wanted);
  surface.since = loop_.clock().now();
}

TimePoint ScanoutTranches::due(const Surface& surface) {
  return surface.since + (surface.wanted.empty() ? goes_after : comes_after);
}

void ScanoutTranches::arm() {
  std::optional<TimePoint> first;
  for (const auto& [id, surface] : surfaces_)
    if (surface.wanted != surface.told)
      first = first ? std::min(*first, due(surface)) : due(surface);
  if (first)
    timer_->arm(*first);
  else
    timer_->disarm();
}

void ScanoutTranches::tell() {
  const TimePoint now = loop_.clock().now();
  std::vector<SurfaceId> changed;
  for (auto& [id, surface] : surfaces_)
    if (surface.wanted != surface.told && due(surface) <= now) {
      surface.told = surface.wanted;
      changed.push_back(id);
    }
  arm();
  for (const SurfaceId id : changed)
    changed_(id);
}

} // namespace fenceline
