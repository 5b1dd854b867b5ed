#pragma once
#include <nlohmann/json_fwd.hpp>

namespace fenceline::top {

/// Two answers to `stats` of one session, as one with rates: the newer one, with `seconds` between them, and in each
/// output and client that is in both `fps` (flips, or updates presented) and `copied-per-second` (bytes); in outputs
/// also `missed-since`. Without the older one (null), or with one that is not older: the newer one as it is.
[[nodiscard]] nlohmann::ordered_json with_rates(nlohmann::ordered_json now, const nlohmann::ordered_json& before);

/// The sum of an object's numbers.
[[nodiscard]] double sum_of(const nlohmann::ordered_json& counts);

} // namespace fenceline::top
