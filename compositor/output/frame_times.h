#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

#include "compositor/frame/frame_event.h"

namespace fenceline {

/// What a frame took.
enum class FrameWork : std::uint8_t {
  Scanout,  ///< Buffers that were there went on planes.
  Mixed,    ///< Some did, and the rest was composed.
  Composed, ///< All of it was.
};
constexpr std::size_t frame_works = 3;
[[nodiscard]] constexpr std::size_t index_of(FrameWork work) {
  return static_cast<std::size_t>(work);
}

/// When the stations of one frame were passed.
struct FrameTimes {
  FrameWork work = FrameWork::Scanout;
  TimePoint planned;              ///< When the latch was to be.
  TimePoint woken;                ///< When it was.
  TimePoint composed;             ///< The composed image was done, or its fence handed out; 0: nothing was drawn.
  TimePoint sent;                 ///< The commit was handed to the display; 0: not known.
  TimePoint submitted;            ///< It had been accepted.
  std::optional<TimePoint> fence; ///< When the fence that the display waited for signalled.
  std::optional<TimePoint> blank; ///< The one that it may not miss, of the first try; none: it was not known.
  bool hurried = false; ///< The blank before that one was tried for, with less than the lead (LatchTime::hurried).
  std::optional<MissCause> first_try; ///< Why the first try came to nothing, when there were more.
};

/// How far a frame came late.
struct Miss {
  std::uint64_t blanks = 0;
  MissCause cause = MissCause::Unknown;
  friend bool operator==(const Miss&, const Miss&) = default;
};

/// Whether the frame missed the blank that it aimed at, and why. The first station that was passed after the blank is
/// the cause; but when it would have been in time had the loop woken as planned, the wake is. `blank_lost`: see
/// blank_was_lost().
[[nodiscard]] std::optional<Miss> find_miss(const FrameTimes& times, TimePoint flip, Nanoseconds refresh,
                                            bool blank_lost = false);

} // namespace fenceline
