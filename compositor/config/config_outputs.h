#pragma once
#include <vector>

#include "compositor/config/config_section.h"
#include "compositor/frame/output_settings.h"

namespace fenceline {

/// Each [[output]].
[[nodiscard]] std::vector<OutputSettings> read_outputs(ConfigSection& whole);

} // namespace fenceline
