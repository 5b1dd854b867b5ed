#pragma once
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compositor/frame/output_settings.h"

namespace fenceline {

/// An output as the session uses it.
struct PlacedOutput {
  OutputInfo info; ///< With the mode that is wanted.
  Rect area;       ///< Global coordinates, logical px: the mode's size, turned and divided by the scale.
  double scale = 1.0;
  Transform transform = Transform::Normal;
};

/// What becomes of the outputs that there are.
struct Arrangement {
  std::vector<PlacedOutput> used;   ///< In the order of the device.
  std::vector<OutputId> unused;     ///< The settings switch them off.
  std::vector<std::string> remarks; ///< What is odd about it: lines for the log.
};

/// A mode that a display lists, and did not take.
struct RefusedMode {
  std::string output; ///< Its name.
  Mode mode;
  std::optional<Mode> before{}; ///< The one that it had when it was given this one.
};

struct ArrangementWishes {
  std::span<const OutputSettings> settings{};
  /// Asked for on the command line: goes before the settings on each output that has it.
  std::optional<ModeRequest> forced_mode{};
  /// Where outputs were before, by name: they stay there, or come back to there, as long as the place is free.
  std::map<std::string, Point> before{};
  /// Not taken, as long as the output has another one: the mode before takes the place of one of these.
  std::span<const RefusedMode> refused{};
};

/// Outputs with a position in the settings are put there; the others keep their place, or go to the right of all. The
/// result depends on nothing else. Where the settings switch all outputs off, they are all used: a session that
/// nobody can see helps nobody.
[[nodiscard]] Arrangement arrange(std::span<const OutputInfo> outputs, const ArrangementWishes& wishes);

} // namespace fenceline
