#include "compositor/input/input_settings.h"

namespace fenceline {
namespace {

template <class T>
void take(std::optional<T>& to, const std::optional<T>& from) {
  if (from)
    to = from;
}

void merge(DeviceSettings& to, const DeviceSettings& from) {
  // A field that is added has to be named here: the binding does not compile otherwise.
  const auto& [enabled, profile, speed, natural, tap, drag, left, middle, method, button, typing, output] = from;
  take(to.enabled, enabled);
  take(to.accel_profile, profile);
  take(to.accel_speed, speed);
  take(to.natural_scroll, natural);
  take(to.tap, tap);
  take(to.tap_drag, drag);
  take(to.left_handed, left);
  take(to.middle_emulation, middle);
  take(to.scroll_method, method);
  take(to.scroll_button, button);
  take(to.disable_while_typing, typing);
  take(to.output, output);
}

} // namespace

DeviceSettings settings_for(const std::vector<DeviceRule>& rules, const std::string& name, DeviceType type) {
  DeviceSettings all;
  for (const DeviceRule& rule : rules)
    if ((rule.name.empty() || rule.name == name) && (!rule.type || *rule.type == type))
      merge(all, rule.settings);
  return all;
}

} // namespace fenceline
