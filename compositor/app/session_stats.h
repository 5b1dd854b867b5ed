#pragma once
#include <nlohmann/json_fwd.hpp>

#include "compositor/app/globals.h"
#include "compositor/app/output_layout.h"
#include "compositor/base/clock.h"
#include "compositor/output/output_set.h"
#include "compositor/scene/scene.h"
#include "compositor/shell/desktop.h"
#include "compositor/trace/frame_counters.h"

namespace fenceline {

/// Where the session's running counts are.
struct StatsSources {
  const Clock& clock;
  const FrameCounters& counters;
  OutputSet& outputs;
  const OutputLayout& layout;
  const Scene& scene;
  const Desktop& desktop;
  const Globals& globals;
};

/// The answer to `stats` on the control socket: fenceline-msg(1) says what is in it. Counts are since each output and
/// each client came; whoever wants rates asks twice and divides by the difference of `time-ms`.
[[nodiscard]] nlohmann::ordered_json session_stats(const StatsSources& of);

} // namespace fenceline
