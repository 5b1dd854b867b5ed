#pragma once
#include "compositor/base/clock.h"
#include "compositor/frame/frame_event.h"

namespace fenceline {

/// The recorded times of one frame on one output. A time of 0 was not recorded.
struct RecordedFrame {
  TimePoint aimed;         ///< The blank that the latch was for.
  TimePoint planned;       ///< When the output's loop was to wake for it.
  TimePoint latch_begin;   ///< When it did.
  TimePoint compose_begin; ///< 0 both: nothing was composed.
  TimePoint compose_end;
  bool compose_pending = false; ///< compose_end is when the work was handed over; its fence was still pending.
  TimePoint submit;             ///< The kernel had accepted the commit,
  Nanoseconds accepting{};      ///< after it had that for so long; 0: not known.
  TimePoint fence;              ///< When the last of the clients' fences on planes signalled; 0: none, or not known.
  TimePoint flip;
  Nanoseconds lead{};    ///< How long before the blank this output's latches begin as a rule: in place of `planned`.
  Nanoseconds refresh{}; ///< Length of a frame; 0: not known.
};

/// How many blanks after the one aimed at the frame was flipped: 0 for one in time, or when that cannot be told.
[[nodiscard]] std::uint64_t missed_blanks(const RecordedFrame& frame);

/// Why it was late, from its times alone:
/// - accepted by the blank: LateFence when a fence that it waits for signalled after the blank, else KernelLate
///   (BlankLost only the session knows); Unknown when the composed image's fence was pending and nobody wrote down when
///   it signalled;
/// - accepted after it: LateWake when the latch began after the blank, or so late that without that delay the frame
///   would have been sent in time; KernelLate when the kernel had it before the blank; LateCompose when the frame would
///   have been sent in time without the time that composing took; else LateSubmit.
/// Unknown also when the frame was not late or the times are missing.
[[nodiscard]] MissCause miss_cause(const RecordedFrame& frame);

} // namespace fenceline
