#pragma once
#include "compositor/config/config_section.h"
#include "compositor/input/input_settings.h"
#include "compositor/input/key_bindings.h"

namespace fenceline {

/// [input], with [input.keyboard], [input.cursor] and each [[input.device]].
void read_input(ConfigSection& section, InputSettings& settings);
/// [keys]: "Super+f" = "fullscreen"; "none" unbinds.
void read_keys(ConfigSection& section, KeyBindings& keys);

} // namespace fenceline
