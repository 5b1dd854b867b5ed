#include "compositor/app/output_arrangement.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <memory>

#include "compositor/base/transform.h"

namespace fenceline {
namespace {

constexpr double smallest_scale = 0.25, largest_scale = 8;

std::int32_t scaled(std::int32_t pixels, double scale) {
  return std::max<std::int32_t>(1, static_cast<std::int32_t>(std::lround(pixels / scale)));
}

Mode wanted_mode(const OutputInfo& info, const OutputSettings* settings, const std::optional<ModeRequest>& forced,
                 std::vector<std::string>& remarks) {
  if (info.modes.empty())
    return info.mode;
  if (forced)
    if (auto mode = choose_mode(info.name, info.modes, forced))
      return *mode;
  if (settings && settings->mode) {
    if (auto mode = choose_mode(info.name, info.modes, settings->mode))
      return *mode;
    else
      remarks.push_back(mode.error().what);
  }
  const auto mode = choose_mode(info.name, info.modes, std::nullopt);
  return mode ? *mode : info.mode;
}

const RefusedMode* refusal_of(const Mode& mode, const OutputInfo& info, std::span<const RefusedMode> refused) {
  const auto found = std::find_if(refused.begin(), refused.end(), [&](const RefusedMode& one) {
    return one.output == info.name && same_mode(one.mode, mode);
  });
  return found == refused.end() ? nullptr : &*found;
}

Mode mode_for(const OutputInfo& info, const OutputSettings* settings, const ArrangementWishes& wishes,
              std::vector<std::string>& remarks) {
  const Mode wanted = wanted_mode(info, settings, wishes.forced_mode, remarks);
  const RefusedMode* refusal = refusal_of(wanted, info, wishes.refused);
  if (refusal == nullptr)
    return wanted;
  std::vector<Mode> others;
  std::copy_if(info.modes.begin(), info.modes.end(), std::back_inserter(others),
               [&](const Mode& mode) { return refusal_of(mode, info, wishes.refused) == nullptr; });
  const auto is_before = [&](const Mode& mode) { return refusal->before && same_mode(mode, *refusal->before); };
  const auto before = std::find_if(others.begin(), others.end(), is_before);
  const Result<Mode> taken =
      before != others.end() ? Result<Mode>(*before) : choose_mode(info.name, others, std::nullopt);
  if (!taken) {
    remarks.push_back(fmt::format("{}: its display takes none of the modes that it lists", info.name));
    return wanted;
  }
  remarks.push_back(fmt::format("{}: its display does not take {}, which it lists: {} is used", info.name,
                                mode_text(wanted), mode_text(*taken)));
  return *taken;
}

bool free(const Rect& area, std::span<const PlacedOutput> placed, std::span<const bool> settled) {
  for (std::size_t i = 0; i < placed.size(); ++i)
    if (settled[i] && !placed[i].area.intersected(area).empty())
      return false;
  return true;
}

} // namespace

Arrangement arrange(std::span<const OutputInfo> outputs, const ArrangementWishes& wishes) {
  Arrangement made;
  const bool any = std::any_of(outputs.begin(), outputs.end(), [&](const OutputInfo& info) {
    const OutputSettings* settings = find_settings(wishes.settings, info);
    return settings == nullptr || settings->enabled;
  });
  if (!any && !outputs.empty())
    made.remarks.push_back("every output that is there is switched off in the settings: using them all the same");

  std::vector<std::optional<Point>> wanted;
  for (const OutputInfo& info : outputs) {
    const OutputSettings* settings = find_settings(wishes.settings, info);
    if (any && settings && !settings->enabled) {
      made.unused.push_back(info.id);
      continue;
    }
    PlacedOutput placed{.info = info,
                        .area = {},
                        .scale = settings ? settings->scale : 1.0,
                        .transform = settings ? settings->transform : Transform::Normal};
    if (!(placed.scale >= smallest_scale && placed.scale <= largest_scale)) {
      made.remarks.push_back(fmt::format("{}: a scale of {} cannot be had: {} to {}", info.name, placed.scale,
                                         smallest_scale, largest_scale));
      placed.scale = 1.0;
    }
    placed.info.mode = mode_for(info, settings, wishes, made.remarks);
    const Size upright = turned(inverse(placed.transform), placed.info.mode.size);
    placed.area = {0, 0, scaled(upright.width, placed.scale), scaled(upright.height, placed.scale)};
    wanted.push_back(settings ? settings->position : std::nullopt);
    made.used.push_back(std::move(placed));
  }

  // Not std::vector<bool>, which is no span.
  const auto settled = std::make_unique<bool[]>(made.used.size());
  const std::span<const bool> so_far(settled.get(), made.used.size());
  const auto settle = [&](std::size_t i, Point at) {
    made.used[i].area.x = at.x;
    made.used[i].area.y = at.y;
    settled[i] = true;
  };
  for (std::size_t i = 0; i < made.used.size(); ++i) {
    if (!wanted[i])
      continue;
    settle(i, *wanted[i]);
    for (std::size_t other = 0; other < i; ++other)
      if (wanted[other] && !made.used[i].area.intersected(made.used[other].area).empty())
        made.remarks.push_back(fmt::format("{} and {} overlap as they are placed in the settings",
                                           made.used[other].info.name, made.used[i].info.name));
  }
  for (std::size_t i = 0; i < made.used.size(); ++i)
    if (const auto before = wishes.before.find(made.used[i].info.name); !settled[i] && before != wishes.before.end())
      if (const Rect area = made.used[i].area.moved(before->second); free(area, made.used, so_far))
        settle(i, before->second);
  for (std::size_t i = 0; i < made.used.size(); ++i) {
    if (settled[i])
      continue;
    std::optional<std::int32_t> right;
    for (std::size_t other = 0; other < made.used.size(); ++other)
      if (settled[other])
        right = std::max(right.value_or(INT32_MIN), made.used[other].area.x + made.used[other].area.width);
    settle(i, {right.value_or(0), 0});
  }
  return made;
}

} // namespace fenceline
