#include "tools/report/lost_blanks.h"

#include <algorithm>
#include <utility>

namespace fenceline::report {

namespace {

LostCause of_frame(std::optional<MissCause> cause) {
  switch (cause.value_or(MissCause::Unknown)) {
  case MissCause::LateWake:
    return LostCause::WokenLate;
  case MissCause::LateCompose:
    return LostCause::ComposedLate;
  case MissCause::LateSubmit:
    return LostCause::SubmittedLate;
  case MissCause::LateFence:
    return LostCause::FenceLate;
  case MissCause::KernelLate:
    return LostCause::KernelLate;
  case MissCause::BlankLost:
    return LostCause::BlankLost;
  case MissCause::Unknown:
    break;
  }
  return LostCause::Behind;
}

LostCause cause_of(const ShownUpdate& update, TimePoint blank) {
  const TimePoint latch = blank - update.lead;
  if (update.commit > latch)
    return LostCause::ClientLate;
  // It was in the picture for that blank. A fence without a stamp of its own counts as signalled when it was seen, then.
  if (update.latched < blank)
    return of_frame(update.cause);
  if (update.fence > latch)
    return LostCause::FenceLate;
  if (update.applied > latch)
    return LostCause::HeldBack;
  return LostCause::Behind;
}

} // namespace

std::string_view name(LostCause cause) {
  switch (cause) {
  case LostCause::ClientLate:
    return "client late";
  case LostCause::FenceLate:
    return "fence late";
  case LostCause::HeldBack:
    return "held back";
  case LostCause::WokenLate:
    return "woken late";
  case LostCause::ComposedLate:
    return "composed late";
  case LostCause::SubmittedLate:
    return "submitted late";
  case LostCause::KernelLate:
    return "kernel late";
  case LostCause::BlankLost:
    return "blank lost";
  case LostCause::Behind:
    return "behind a late frame";
  }
  return "unknown";
}

void LostBlanks::presented(const ShownUpdate& update, Counts& counts) {
  const TimePoint before = std::exchange(last_flip_[update.surface], update.flip);
  const Nanoseconds refresh = update.refresh;
  // Told before that picture was shown: it was drawn for another reason.
  if (before.ns == 0 || refresh <= Nanoseconds::zero() || update.cue < before - refresh / 2)
    return;
  if (update.commit - update.cue > refresh * patience)
    return;
  const std::int64_t frames = (update.flip - before + refresh / 2) / refresh;
  // The display was away, or the trace is not what it was.
  if (frames > most_frames)
    return;
  for (std::int64_t i = 1; i < frames; ++i)
    ++counts.at(static_cast<std::size_t>(cause_of(update, before + refresh * i)));
}

} // namespace fenceline::report
