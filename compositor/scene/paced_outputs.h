#pragma once
#include <optional>
#include <span>

#include "compositor/base/clock.h"
#include "compositor/frame/ids.h"

namespace fenceline {

/// The outputs, as far as they set the pace of content updates.
class PacedOutputs {
 public:
  virtual ~PacedOutputs() = default;
  /// The one whose frames a surface keeps time with. None: nothing that takes pictures shows it.
  [[nodiscard]] virtual std::optional<OutputId> output_of(SurfaceId surface) const = 0;
  /// Those that show a surface, also where they take no pictures.
  [[nodiscard]] virtual std::span<const OutputId> outputs_of(SurfaceId surface) const = 0;
  [[nodiscard]] virtual bool takes_pictures(OutputId output) const = 0;
  /// From when on ask() leads to the first picture that is shown at or after `target`; before that, it may lead to an
  /// earlier one.
  [[nodiscard]] virtual TimePoint ask_time(OutputId output, TimePoint target) const = 0;
  /// When the next picture is taken of what has changed by now, if nothing else changes.
  [[nodiscard]] virtual TimePoint next_latch(OutputId output) const = 0;
  /// Has the output take a picture at its next latch, no earlier.
  virtual void ask(OutputId output) = 0;
  /// Has the output look, when it could take its next picture, whether there is a reason to take one.
  virtual void ask_to_look(OutputId output) = 0;
};

} // namespace fenceline
