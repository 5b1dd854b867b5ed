#include "compositor/app/output_layout.h"

#include <algorithm>
#include <utility>

namespace fenceline {
namespace {

const PlacedOutput* find_in(const std::vector<PlacedOutput>& outputs, OutputId id) {
  const auto found =
      std::find_if(outputs.begin(), outputs.end(), [id](const PlacedOutput& output) { return output.info.id == id; });
  return found == outputs.end() ? nullptr : &*found;
}

bool shown_alike(const PlacedOutput& a, const PlacedOutput& b) {
  return same_mode(a.info.mode, b.info.mode) && a.area == b.area && a.scale == b.scale && a.transform == b.transform;
}

OutputDescription description_of(const PlacedOutput& output) {
  return {.info = output.info,
          .position = output.area.origin(),
          .scale = output.scale,
          .logical_size = output.area.size(),
          .transform = output.transform};
}

} // namespace

OutputLayout::OutputLayout(const OutputLayoutParts& parts, std::vector<OutputSettings> settings,
                           std::optional<ModeRequest> forced_mode)
    : parts_(parts), settings_(std::move(settings)), forced_mode_(forced_mode) {
  parts_.outputs.on_changed([this] { update(); });
  parts_.outputs.on_mode_refused([this](OutputId output, const Mode& mode) { refuse(output, mode); });
  update();
}

OutputLayout::~OutputLayout() {
  parts_.outputs.on_changed({});
  parts_.outputs.on_mode_refused({});
}

void OutputLayout::apply(std::vector<OutputSettings> settings) {
  if (settings == settings_)
    return;
  settings_ = std::move(settings);
  // The same settings give the same layout, whatever was before.
  places_.clear();
  refused_.clear();
  said_.clear();
  met_.clear();
  update();
}

void OutputLayout::announce(OutputGlobals* globals) {
  globals_ = globals;
  tell_clients({});
}

const PlacedOutput* OutputLayout::find(std::string_view name) const {
  const auto found =
      std::find_if(used_.begin(), used_.end(), [name](const PlacedOutput& output) { return output.info.name == name; });
  return found == used_.end() ? nullptr : &*found;
}

void OutputLayout::update() {
  // Loops first: an output without one cannot be used.
  if (const Result<void> followed = parts_.outputs.follow(); !followed)
    parts_.log.error("an output cannot be used: {}", followed.error().text());
  std::vector<OutputInfo> there;
  for (const OutputInfo& info : parts_.device.outputs())
    if (parts_.outputs.find(info.id) != nullptr)
      there.push_back(info);
  // Another display, or the same one on another cable, may take them.
  std::erase_if(refused_, [&there](const RefusedMode& refused) {
    return std::none_of(there.begin(), there.end(),
                        [&refused](const OutputInfo& info) { return info.name == refused.output; });
  });
  Arrangement arrangement =
      arrange(there, {.settings = settings_, .forced_mode = forced_mode_, .before = places_, .refused = refused_});
  const std::vector<PlacedOutput> before = std::exchange(used_, std::move(arrangement.used));
  say(before, arrangement.remarks);
  look_for_strays();

  for (const OutputId output : arrangement.unused)
    parts_.outputs.set_power(output, false);
  std::vector<Rect> areas;
  std::vector<std::string> names;
  std::vector<Transform> transforms;
  for (const PlacedOutput& output : used_) {
    const OutputId id = output.info.id;
    places_[output.info.name] = output.area.origin();
    areas.push_back(output.area);
    names.push_back(output.info.name);
    transforms.push_back(output.transform);
    if (const PlacedOutput* was = find_in(before, id); was != nullptr && !same_mode(was->info.mode, output.info.mode))
      modes_before_[output.info.name] = was->info.mode;
    OutputLoop& loop = *parts_.outputs.find(id);
    loop.set_mode(output.info.mode);
    const OutputSettings* chosen = find_settings(settings_, output.info);
    const OutputSettings by_default{.match = {}};
    loop.choose((chosen != nullptr ? *chosen : by_default).tearing,
                (chosen != nullptr ? *chosen : by_default).variable_refresh);
    parts_.builder.set_output(id, output.area, output.scale, output.info.mode.size, output.transform);
    if (const auto area = parts_.desktop.output_area(id); area != output.area)
      parts_.desktop.set_output(id, output.area);
    if (find_in(before, id) == nullptr)
      parts_.outputs.set_power(id, true);
  }
  // After the new ones, so that windows have somewhere to go.
  for (const PlacedOutput& output : before)
    if (find_in(used_, output.info.id) == nullptr) {
      parts_.desktop.remove_output(output.info.id);
      parts_.builder.remove_output(output.info.id);
    }
  parts_.seat.set_areas(std::move(areas), std::move(names), std::move(transforms));
  tell_clients(before);
  parts_.outputs.schedule_all();
  if (changed_)
    changed_();
}

void OutputLayout::refuse(OutputId output, const Mode& mode) {
  const PlacedOutput* placed = find_in(used_, output);
  if (placed == nullptr)
    return;
  const auto before = modes_before_.find(placed->info.name);
  refused_.push_back(
      {placed->info.name, mode, before == modes_before_.end() ? std::nullopt : std::optional<Mode>(before->second)});
  update();
}

/// Settings for an output that is not there, and was not: it may be plugged yet, or the name be wrong.
void OutputLayout::look_for_strays() {
  const auto there = parts_.device.outputs();
  strays_.clear();
  std::string names;
  for (const OutputInfo& info : there)
    names += (names.empty() ? "" : ", ") + info.name;
  for (const OutputSettings& settings : settings_) {
    const bool matched = std::any_of(there.begin(), there.end(),
                                     [&settings](const OutputInfo& info) { return matches(settings, info); });
    const bool fresh = met_.insert(settings.match).second;
    if (matched || settings.match == every_output)
      continue;
    strays_.push_back(
        fmt::format("[[output]] with match = \"{}\" in the configuration is for no output that is there ({})",
                    settings.match, names.empty() ? "there is none" : names));
    if (fresh)
      parts_.log.warn("{}", strays_.back());
  }
}

std::vector<std::string> OutputLayout::remarks() const {
  std::vector<std::string> all = said_;
  all.insert(all.end(), strays_.begin(), strays_.end());
  return all;
}

void OutputLayout::tell_clients(const std::vector<PlacedOutput>& before) {
  if (globals_ == nullptr)
    return;
  for (const PlacedOutput& output : used_) {
    const PlacedOutput* was = find_in(before, output.info.id);
    if (was == nullptr)
      globals_->add(description_of(output));
    else if (!shown_alike(*was, output))
      globals_->update(description_of(output));
  }
  for (const PlacedOutput& output : before)
    if (find_in(used_, output.info.id) == nullptr)
      globals_->remove(output.info.id);
}

void OutputLayout::say(const std::vector<PlacedOutput>& before, const std::vector<std::string>& remarks) {
  for (const std::string& remark : remarks)
    if (std::find(said_.begin(), said_.end(), remark) == said_.end())
      parts_.log.warn("{}", remark);
  said_ = remarks;
  for (const PlacedOutput& output : used_) {
    const PlacedOutput* was = find_in(before, output.info.id);
    if (was != nullptr && shown_alike(*was, output))
      continue;
    const Mode& mode = output.info.mode;
    parts_.log.info("output {}: {}x{} at {:.3f} Hz, at {},{}{}{}", output.info.name, mode.size.width, mode.size.height,
                    mode.refresh.count() > 0 ? 1e9 / static_cast<double>(mode.refresh.count()) : 0.0, output.area.x,
                    output.area.y, output.scale == 1.0 ? "" : fmt::format(", scale {:g}", output.scale),
                    output.transform == Transform::Normal ? "" : fmt::format(", transform {}", name(output.transform)));
  }
  for (const PlacedOutput& output : before)
    if (find_in(used_, output.info.id) == nullptr)
      parts_.log.info("output {} is not used any more", output.info.name);
}

} // namespace fenceline
