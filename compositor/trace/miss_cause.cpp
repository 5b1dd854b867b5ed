#include "compositor/trace/miss_cause.h"

namespace fenceline {

std::uint64_t missed_blanks(const RecordedFrame& frame) {
  if (frame.aimed.ns == 0 || frame.flip.ns == 0 || frame.refresh <= Nanoseconds::zero())
    return 0;
  // The flip's stamp is a blank's, give or take the drivers' error: it belongs to the nearest one.
  const Nanoseconds late = frame.flip - frame.aimed;
  return late <= frame.refresh / 2 ? 0 : static_cast<std::uint64_t>((late + frame.refresh / 2) / frame.refresh);
}

MissCause miss_cause(const RecordedFrame& frame) {
  if (missed_blanks(frame) == 0 || frame.submit.ns == 0)
    return MissCause::Unknown;
  if (frame.submit <= frame.aimed) {
    if (frame.fence > frame.aimed)
      return MissCause::LateFence;
    return frame.compose_pending ? MissCause::Unknown : MissCause::KernelLate;
  }
  if (frame.latch_begin.ns != 0) {
    if (frame.latch_begin >= frame.aimed)
      return MissCause::LateWake;
    TimePoint planned = frame.planned;
    if (planned.ns == 0 && frame.lead > Nanoseconds::zero())
      planned = frame.aimed - frame.lead;
    const Nanoseconds overslept = frame.latch_begin - planned;
    if (planned.ns != 0 && overslept > Nanoseconds::zero() && frame.submit - overslept <= frame.aimed)
      return MissCause::LateWake;
  }
  if (frame.accepting > Nanoseconds::zero() && frame.submit - frame.accepting <= frame.aimed)
    return MissCause::KernelLate;
  if (frame.compose_begin.ns != 0 && frame.compose_end > frame.compose_begin) {
    const Nanoseconds composing = frame.compose_end - frame.compose_begin;
    if (frame.compose_end > frame.aimed || frame.submit - composing <= frame.aimed)
      return MissCause::LateCompose;
  }
  return MissCause::LateSubmit;
}

} // namespace fenceline
