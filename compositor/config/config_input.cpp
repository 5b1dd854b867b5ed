#include "compositor/config/config_input.h"

#include <fmt/format.h>
#include <linux/input-event-codes.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compositor/input/keymap.h"

namespace fenceline {
namespace {

void read_keyboard(ConfigSection& section, KeyboardSettings& settings) {
  section.read("rules", settings.rules);
  section.read("model", settings.model);
  section.read("layout", settings.layout);
  section.read("variant", settings.variant);
  section.read("options", settings.options);
  section.read("repeat-rate", settings.repeat_rate, 0, 1000);
  section.read("repeat-delay-ms", settings.repeat_delay, 1, 60000);
  section.finish();
  // What xkbcommon cannot compile is the file's mistake, where the file has said anything of it.
  for (const std::string_view key : {"layout", "variant", "model", "rules", "options"})
    if (section.contains(key)) {
      if (const Result<Keymap> keymap = Keymap::create(settings); !keymap)
        section.note(key,
                     "the keyboard has no such layout: xkeyboard-config(7) lists rules, models, layouts, variants and "
                     "options");
      break;
    }
}

void read_cursor(ConfigSection& section, CursorSettings& settings) {
  section.read("theme", settings.theme);
  section.read("size", settings.size, 1, 512);
  section.read("hide-after-seconds", settings.hide_after, 0.0, 86400.0);
  if (settings.theme.find('/') != std::string::npos)
    section.note("theme", "a theme is known by its name, not by a path");
  section.finish();
}

template <class Value>
void choice(ConfigSection& section, std::string_view key, std::optional<Value>& value,
            ConfigSection::Choices<Value> choices) {
  if (!section.contains(key))
    return;
  Value chosen{};
  section.choice(key, chosen, choices);
  value = chosen;
}

DeviceRule read_device(ConfigSection& section) {
  DeviceRule rule;
  DeviceSettings& settings = rule.settings;
  section.read("name", rule.name);
  choice<DeviceType>(section, "type", rule.type,
                     {{"keyboard", DeviceType::Keyboard},
                      {"mouse", DeviceType::Mouse},
                      {"touchpad", DeviceType::Touchpad},
                      {"touch", DeviceType::Touch}});
  section.read("enabled", settings.enabled);
  choice<AccelProfile>(section, "accel-profile", settings.accel_profile,
                       {{"adaptive", AccelProfile::Adaptive}, {"flat", AccelProfile::Flat}});
  section.read("accel-speed", settings.accel_speed, -1.0, 1.0);
  section.read("natural-scroll", settings.natural_scroll);
  section.read("tap", settings.tap);
  section.read("tap-drag", settings.tap_drag);
  section.read("left-handed", settings.left_handed);
  section.read("middle-emulation", settings.middle_emulation);
  choice<ScrollMethod>(section, "scroll-method", settings.scroll_method,
                       {{"none", ScrollMethod::None},
                        {"two-finger", ScrollMethod::TwoFinger},
                        {"edge", ScrollMethod::Edge},
                        {"on-button", ScrollMethod::OnButton}});
  choice<std::uint32_t>(
      section, "scroll-button", settings.scroll_button,
      {{"left", BTN_LEFT}, {"right", BTN_RIGHT}, {"middle", BTN_MIDDLE}, {"side", BTN_SIDE}, {"extra", BTN_EXTRA}});
  section.read("disable-while-typing", settings.disable_while_typing);
  section.read("output", settings.output);
  if (rule.name.empty() && !rule.type && !section.contains("name") && !section.contains("type"))
    section.note_here("name a device or a type of devices that this is for (name = \"...\" or type = \"...\")");
  section.finish();
  return rule;
}

} // namespace

void read_input(ConfigSection& section, InputSettings& settings) {
  if (auto keyboard = section.section("keyboard"))
    read_keyboard(*keyboard, settings.keyboard);
  if (auto cursor = section.section("cursor"))
    read_cursor(*cursor, settings.cursor);
  for (ConfigSection& device : section.sections("device"))
    settings.devices.push_back(read_device(device));
  section.finish();
}

void read_keys(ConfigSection& section, KeyBindings& keys) {
  const std::vector<ConfigSection::Entry> entries = section.entries();
  std::vector<std::pair<KeyChord, const ConfigSection::Entry*>> seen;
  for (const ConfigSection::Entry& entry : entries) {
    const Result<KeyChord> chord = parse_key_chord(entry.key);
    if (!chord) {
      section.note(entry, chord.error().what);
      continue;
    }
    // One chord may be written in several ways: TOML takes them for different keys.
    const auto before =
        std::find_if(seen.begin(), seen.end(), [&](const auto& known) { return known.first == *chord; });
    if (before != seen.end()) {
      section.note(entry, fmt::format("\"{}\" is the same keys as \"{}\" in line {}, column {}", entry.key,
                                      before->second->key, before->second->line, before->second->column));
      continue;
    }
    seen.emplace_back(*chord, &entry);
    if (entry.value == "none") {
      keys.unbind(*chord);
      continue;
    }
    const Result<KeyBinding> binding = parse_key_binding(entry.key, entry.value);
    if (!binding)
      section.note(entry, binding.error().what);
    else if (const Result<void> bound = keys.bind(*binding); !bound)
      section.note(entry, bound.error().what);
  }
  section.finish();
}

} // namespace fenceline
