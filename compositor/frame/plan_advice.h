#pragma once
#include <string_view>

#include "compositor/frame/plan.h"

namespace fenceline {

/// What would have to change for the layer to be on a plane, in a few words for a person; empty: nothing is known.
[[nodiscard]] std::string_view what_would_help(Refusal refusal);

} // namespace fenceline
