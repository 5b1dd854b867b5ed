#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compositor/base/result.h"
#include "compositor/frame/output_state.h"

namespace fenceline {

/// A mode as a person asks for it: WxH or WxH@Hz.
struct ModeRequest {
  Size size;
  std::optional<double> refresh_hz{};
  bool operator==(const ModeRequest&) const = default;
};

/// What OutputSettings::match says for all outputs that have no settings of their own.
inline constexpr std::string_view every_output = "*";

/// When an output's refresh follows its content, where its display can.
enum class RefreshChoice : std::uint8_t {
  Off,
  Fullscreen, ///< While a game or a video covers it, as its client says (wp_content_type_v1).
  On,
};

/// What a person wants of one output (the configuration file, or a request at run time).
struct OutputSettings {
  /// The connector's name (HDMI-A-1), "make model serial" as fenceline tells them, or every_output.
  std::string match;
  bool enabled = true;
  std::optional<ModeRequest> mode{}; ///< None: the one that the display prefers.
  std::optional<Point> position{};   ///< Upper left corner in global coordinates, px. None: to the right of the others.
  double scale = 1.0;                ///< Output pixels a logical pixel, 0.25 to 8.
  /// What is done to the picture so that it is upright on a display that hangs turned (wl_output.transform).
  Transform transform = Transform::Normal;
  bool tearing = true; ///< A window that alone covers it and asks for that may tear.
  RefreshChoice variable_refresh = RefreshChoice::Fullscreen;
  bool operator==(const OutputSettings&) const = default;
};

/// Parses "1024x768" or "1920x1080@59.94". The error says what was expected.
[[nodiscard]] Result<ModeRequest> parse_mode(const std::string& text);

/// Parses "normal", "90", "180", "270", "flipped", "flipped-90", "flipped-180" or "flipped-270".
[[nodiscard]] Result<Transform> parse_transform(const std::string& text);
/// The same words.
[[nodiscard]] std::string_view name(Transform transform);

/// "make model serial" without what the display does not tell; empty when it tells nothing.
[[nodiscard]] std::string identity_of(const OutputInfo& info);
/// Whether the settings are meant for the output: by its name or by its identity, or for all.
[[nodiscard]] bool matches(const OutputSettings& settings, const OutputInfo& info);
/// The last of those that match, so that a later entry replaces an earlier one; those for every output come after
/// all that name it. Null: there is none.
[[nodiscard]] const OutputSettings* find_settings(std::span<const OutputSettings> all, const OutputInfo& info);

/// What was asked for (the nearest refresh within half a hertz; without one the preferred or else the fastest of that
/// size), else the preferred mode, else the first. An error names the modes that `output` has.
[[nodiscard]] Result<Mode> choose_mode(std::string_view output, std::span<const Mode> modes,
                                       const std::optional<ModeRequest>& requested);

/// "1024x768@60.00".
[[nodiscard]] std::string mode_text(const Mode& mode);

} // namespace fenceline
