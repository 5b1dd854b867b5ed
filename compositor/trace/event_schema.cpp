#include "compositor/trace/event_schema.h"

#include <array>

namespace fenceline {

namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Note::End_)> keys = {
    "",        "kind",          "client",    "surface", "output",         "commit",    "frame",
    "value",   "buffer",        "plane",     "errno",   "sequence",       "bytes",     "blanks",
    "planned", "took",          "held",      "events",    "time",    "aimed",          "signalled", "flip",
    "began",   "happened",      "detail",    "refusal", "copy",           "cause",     "input",  "mostly",
    "flags",   "fence_pending", "zero_copy", "hidden",  "composed_image", "held_up",   "written",   "name",
    "pid",     "refresh",       "session",   "part",    "version",        "ticks",     "dropped",
    "ring",    "disk_errors",   "reason"};
static_assert(!keys.back().empty());

template <class Enum>
std::optional<std::uint8_t> find(std::string_view word, Enum last) {
  for (unsigned i = 0; i <= static_cast<unsigned>(last); ++i)
    if (name(static_cast<Enum>(i)) == word)
      return static_cast<std::uint8_t>(i);
  return std::nullopt;
}

template <class Enum>
std::string_view word_of(std::uint8_t detail, Enum last) {
  return detail <= static_cast<std::uint8_t>(last) ? name(static_cast<Enum>(detail)) : std::string_view();
}

} // namespace

std::string_view key(Note note) {
  return keys.at(static_cast<std::size_t>(note));
}

Note note_of(std::string_view key) {
  for (std::size_t i = 1; i < keys.size(); ++i)
    if (keys[i] == key)
      return static_cast<Note>(i);
  return Note::None;
}

EventNotes notes_of(FrameEventKind kind) {
  switch (kind) {
  case FrameEventKind::Commit:
  case FrameEventKind::Latch:
  case FrameEventKind::Released:
    return {.value = Note::Buffer};
  case FrameEventKind::AcquireReady:
    return {.time = Note::Signalled};
  case FrameEventKind::LatchBegin:
    return {.value = Note::Planned, .time = Note::Aimed, .detail = Note::Mostly, .flags = Note::HeldUp};
  case FrameEventKind::Placed:
    return {.value = Note::Plane, .detail = Note::Refusal, .flags = Note::Hidden};
  case FrameEventKind::ComposeEnd:
    return {.flags = Note::FencePending};
  case FrameEventKind::Submit:
    return {.value = Note::Took, .flags = Note::ComposedImage};
  case FrameEventKind::SubmitFailed:
  case FrameEventKind::TestCommit:
    return {.value = Note::Errno};
  case FrameEventKind::Flip:
    return {.value = Note::Sequence, .time = Note::Flip};
  case FrameEventKind::Presented:
    return {.time = Note::Flip, .flags = Note::ZeroCopy};
  case FrameEventKind::Copy:
    return {.value = Note::Bytes, .detail = Note::CopyKind};
  case FrameEventKind::Missed:
    return {.value = Note::Blanks, .time = Note::Aimed, .detail = Note::Cause};
  case FrameEventKind::GpuTime:
    return {.value = Note::Took, .time = Note::Began};
  case FrameEventKind::Input:
    return {.value = Note::Events, .time = Note::Happened, .detail = Note::InputFrom};
  case FrameEventKind::LeftOut:
    return {.value = Note::Events};
  case FrameEventKind::Cue:
    return {.value = Note::Held, .time = Note::Aimed};
  case FrameEventKind::Turn:
    return {.value = Note::Took, .detail = Note::Mostly};
  case FrameEventKind::RendererBack:
    return {.value = Note::Took};
  case FrameEventKind::RendererLost:
  case FrameEventKind::Applied:
  case FrameEventKind::Superseded:
  case FrameEventKind::LatchEnd:
  case FrameEventKind::ComposeBegin:
  case FrameEventKind::Discarded:
  case FrameEventKind::FenceOverdue:
    break;
  }
  return {};
}

std::optional<FrameEventKind> kind_of(std::string_view word) {
  const auto number = find(word, last_kind);
  return number ? std::optional(static_cast<FrameEventKind>(*number)) : std::nullopt;
}

std::optional<std::uint8_t> detail_of(Note note, std::string_view word) {
  switch (note) {
  case Note::Refusal:
    return find(word, last_refusal);
  case Note::CopyKind:
    return find(word, last_copy_kind);
  case Note::Cause:
    return find(word, last_cause);
  case Note::InputFrom:
    return find(word, last_input_kind);
  case Note::Mostly:
    return find(word, last_turn_part);
  default:
    return std::nullopt;
  }
}

std::string_view detail_word(Note note, std::uint8_t detail) {
  switch (note) {
  case Note::Refusal:
    return word_of(detail, last_refusal);
  case Note::CopyKind:
    return word_of(detail, last_copy_kind);
  case Note::Cause:
    return word_of(detail, last_cause);
  case Note::InputFrom:
    return word_of(detail, last_input_kind);
  case Note::Mostly:
    return word_of(detail, last_turn_part);
  default:
    return {};
  }
}

} // namespace fenceline
