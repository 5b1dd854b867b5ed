#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compositor/base/result.h"
#include "compositor/output/frame_times.h"

namespace fenceline::test {

/// What the model of an output's clock was told of the frames of a session, and the lead that it chose after each.
struct ClockRecording {
  struct Frame {
    FrameTimes times; ///< With a blank.
    TimePoint flip;
    /// What the model chose for the next frame; none: not decided yet.
    std::optional<Nanoseconds> lead;
  };
  Nanoseconds refresh{};
  std::vector<Frame> frames;
};

/// The leads that the model chooses now, one after each frame.
[[nodiscard]] std::vector<Nanoseconds> replay_leads(const ClockRecording& recording);

/// One line a frame, times in nanoseconds from the blank that it aimed at. What the model does not look at (the client,
/// the absolute time) is not in it.
[[nodiscard]] std::string write_recording(const ClockRecording& recording);
/// Fails on what write_recording() does not write, with the line's number.
[[nodiscard]] Result<ClockRecording> parse_recording(std::string_view text);
/// Whether it begins as a recording does.
[[nodiscard]] bool is_recording(std::string_view text);

} // namespace fenceline::test
