#include "compositor/config/config_outputs.h"

#include <algorithm>
#include <string>

namespace fenceline {
namespace {

OutputSettings read_output(ConfigSection& section) {
  OutputSettings settings;
  section.read("match", settings.match);
  if (settings.match.empty()) {
    if (section.contains("match"))
      section.note("match", "it names no display");
    else
      section.note_here("which display is this for? match = \"HDMI-A-1\", say");
  }
  section.read("enabled", settings.enabled);
  section.parsed("mode", settings.mode, parse_mode);
  section.read("position", settings.position);
  section.read("scale", settings.scale, 0.25, 8.0);
  section.parsed("transform", settings.transform, parse_transform);
  section.read("tearing", settings.tearing);
  section.choice("variable-refresh", settings.variable_refresh,
                 {{"off", RefreshChoice::Off}, {"fullscreen", RefreshChoice::Fullscreen}, {"on", RefreshChoice::On}});
  section.finish();
  return settings;
}

} // namespace

std::vector<OutputSettings> read_outputs(ConfigSection& whole) {
  std::vector<OutputSettings> all;
  for (ConfigSection& section : whole.sections("output")) {
    OutputSettings settings = read_output(section);
    const bool known = std::any_of(all.begin(), all.end(), [&](const auto& s) { return s.match == settings.match; });
    if (known && !settings.match.empty())
      section.note("match", "there is another [[output]] for it");
    all.push_back(std::move(settings));
  }
  return all;
}

} // namespace fenceline
