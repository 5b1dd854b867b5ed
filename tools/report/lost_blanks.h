#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "compositor/frame/frame_event.h"

namespace fenceline::report {

/// Why a client that draws whenever it is told to has shown nothing new at a blank.
enum class LostCause : std::uint8_t {
  ClientLate,  ///< Its commit was read after the latch for that blank.
  FenceLate,   ///< Its fence signalled after it.
  HeldBack,    ///< It was to wait: for the time that the client gave it, its turn (fifo), or its parent.
  WokenLate,   ///< It was in time, and the frame that was to show it was not: see MissCause.
  ComposedLate,
  SubmittedLate,
  KernelLate,
  BlankLost,
  Behind, ///< It was in time, and the display still waited for the frame before.
};
inline constexpr std::size_t lost_cause_count = 9;
[[nodiscard]] std::string_view name(LostCause cause);

/// An update that was shown, and what was recorded of its way. Times of 0 were not recorded.
struct ShownUpdate {
  SurfaceId surface{};
  TimePoint cue; ///< When its client was told to draw; 0: it draws of its own accord.
  TimePoint commit, fence, applied, latched;
  TimePoint flip;
  Nanoseconds refresh{};
  Nanoseconds lead{};             ///< How long before the blank its output latches.
  std::optional<MissCause> cause; ///< Of its frame, where that came late.
};

/// Counts the blanks between two pictures of a surface whose client was told to draw at the first and did, by who lost
/// them.
///
/// A client that takes its time is not late: one that commits more than `patience` frames after it was told draws when
/// something happens, and its blanks are nobody's. Nor are those of clients that ask for no callbacks.
class LostBlanks {
 public:
  static constexpr std::int64_t patience = 3;
  static constexpr std::int64_t most_frames = 10'000; ///< Between two pictures.
  using Counts = std::array<std::uint64_t, lost_cause_count>;

  /// Adds what was lost before the update was shown.
  void presented(const ShownUpdate& update, Counts& counts);

 private:
  std::unordered_map<SurfaceId, TimePoint> last_flip_;
};

} // namespace fenceline::report
