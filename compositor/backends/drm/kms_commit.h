#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "compositor/backends/drm/drm_api.h"
#include "compositor/backends/drm/kms_outputs.h"

namespace fenceline {

/// What the request of one state needs to know besides the state.
struct CommitContext {
  const KmsOutput& output;
  /// The framebuffer of the plane's buffer, if the display knows it.
  std::function<std::optional<std::uint32_t>(const PlaneState&)> framebuffer;
  /// Planes that show something since the last state; they are switched off unless the state names them. With a modeset
  /// every plane of the output is.
  std::span<const std::uint32_t> planes_on;
  /// Planes that were told of something that `dressed` names: they are told to stop with the next state that has none.
  std::span<const std::uint32_t> dressed;
  std::uint32_t mode_blob = 0; ///< With a modeset only.
  /// The background of the state before is other than black: it is told to stop with a state that has none.
  bool coloured = false;
  /// What the state before said of them.
  bool variable_refresh = false;
  ContentType content = ContentType::None;
};

/// Whether the plane does more with its buffer than to show it: it turns it, fades it, or reads its YCbCr otherwise
/// than after a modeset.
[[nodiscard]] constexpr bool dressed(const PlaneState& state) {
  return state.transform != Transform::Normal || state.alpha < 1.0F || state.yuv != YuvEncoding{};
}

/// The atomic request of a state, complete for its CRTC. The fences' descriptors stay the state's. Errors: a plane or a
/// buffer that the output does not know, a plane named twice, a fence for a plane that takes none, a turn, a fade
/// or an encoding that the plane has not.
[[nodiscard]] Result<void> build_request(const CommitContext& context, const OutputState& state,
                                         AtomicRequest& request);

/// The request of a state that tears: no more than the kernel lets an async flip change (drm_atomic_set_property),
/// which is a plane's buffer and its fence. Errors: a state that sets the mode, shows something on another plane than
/// before, or changes what is not the plane's; a fence for a plane that takes none.
[[nodiscard]] Result<void> build_async_request(const CommitContext& context, const OutputState& state,
                                               AtomicRequest& request);

/// The request that makes the background of an output's CRTC black again; the output has one (OutputInfo::background).
[[nodiscard]] AtomicRequest build_black_background(const KmsOutput& output);

/// The request that gives an output up: its CRTC and its planes are off, and its connector is bound to none.
[[nodiscard]] AtomicRequest build_release(const KmsOutput& output);

} // namespace fenceline
