#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compositor/frame/ids.h"

namespace fenceline {

/// Why a layer is not on a plane of its own. Each value names the rule or the test that said no.
enum class Refusal : std::uint8_t {
  None,           ///< It is on a plane.
  NotDmabuf,      ///< wl_shm memory or a single colour: no device reads it as it is.
  NotCovering,    ///< It does not cover the whole output, and there is no overlay plane.
  NotOpaque,      ///< Something below would show through.
  SomethingAbove, ///< Another layer lies above it: not the cursor, or a cursor that has to be composed.
  Scaled,         ///< It would have to be scaled, cropped or turned.
  FormatRefused,  ///< No plane takes its format with its modifier.
  NoFramebuffer,  ///< The display could not make a framebuffer of the buffer.
  TestRejected,   ///< A test commit said no.
  SubmitRejected, ///< A real commit with it said no: on the deny list.
  NoPlane,        ///< The output has no such plane (no cursor plane, say), or all are taken.
  TooLarge,       ///< Larger than the cursor plane.
  NoComposer,     ///< It would have to be composed, and there is no renderer: it is not shown.
  Faded,          ///< alpha-modifier has made it translucent.
  NotTried,       ///< The frame's test commits were used up before its turn: a later frame asks.
  Encoding,       ///< Video whose coefficients or range no plane that takes its format reads.
};

[[nodiscard]] std::string_view name(Refusal refusal);

/// Where one layer goes.
struct LayerPlan {
  SurfaceId surface{};
  std::optional<PlaneId> plane;    ///< None: it is composed.
  Refusal refusal = Refusal::None; ///< Why it is composed.
  bool hidden = false;             ///< Nothing of it can be seen: neither drawn nor scanned out. No refusal then.
  bool background = false;         ///< It is one colour, and the display's own background is of that. No refusal then.
};

/// Where each layer of a snapshot goes, in the snapshot's order.
struct FramePlan {
  std::vector<LayerPlan> layers;
  bool composes = false; ///< Whether the composer has to draw, also for an empty scene.

  /// For logs and tests: "6:background, 7:plane 31, 9:composed (not covering)".
  [[nodiscard]] std::string text() const;
};

} // namespace fenceline
