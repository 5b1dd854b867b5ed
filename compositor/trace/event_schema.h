#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "compositor/frame/frame_event.h"

namespace fenceline {

/// The keys of a trace event's annotations. Writer and reader share them; the numbers are the interning ids in the
/// file.
enum class Note : std::uint8_t {
  None = 0,
  Kind,
  Client,
  Surface,
  Output,
  Commit,
  Frame,
  // The event's value.
  Value,
  Buffer,
  Plane,
  Errno,
  Sequence,
  Bytes,
  Blanks,
  Planned,
  Took,
  Held,
  Events,
  // The event's time, in nanoseconds of CLOCK_MONOTONIC.
  Time,
  Aimed,
  Signalled,
  Flip,
  Began,
  Happened,
  // The event's detail.
  Detail,
  Refusal,
  CopyKind,
  Cause,
  InputFrom,
  Mostly,
  // The event's flags, by bit 0's meaning.
  Flags,
  FencePending,
  ZeroCopy,
  Hidden,
  ComposedImage,
  HeldUp,
  /// When the event was written down, where its packet stands at another time.
  Written,
  // Of the names and of the file itself.
  Name,
  Pid,
  Refresh,
  Session,
  Part,
  Version,
  Ticks,
  Dropped,
  Ring,
  DiskErrors,
  Reason,
  End_,
};

/// The key as it stands in the file.
[[nodiscard]] std::string_view key(Note note);
/// Note::None for a key that is not one of ours.
[[nodiscard]] Note note_of(std::string_view key);

/// Under which keys the fields of an event of one kind that mean something else in each kind are written.
struct EventNotes {
  Note value = Note::Value;
  Note time = Note::Time;
  Note detail = Note::Detail;
  Note flags = Note::Flags;
};
[[nodiscard]] EventNotes notes_of(FrameEventKind kind);

inline constexpr auto last_kind = FrameEventKind::LeftOut;
inline constexpr auto last_refusal = Refusal::Encoding;
inline constexpr auto last_copy_kind = CopyKind::ParentUpload;
inline constexpr auto last_cause = MissCause::BlankLost;
inline constexpr auto last_input_kind = InputKind::Touch;
inline constexpr auto last_turn_part = TurnPart::Rest;

[[nodiscard]] std::optional<FrameEventKind> kind_of(std::string_view name);
/// The number of the word under `note` (Refusal, CopyKind, Cause, InputFrom or Mostly), or none for a word that this version
/// does not know.
[[nodiscard]] std::optional<std::uint8_t> detail_of(Note note, std::string_view word);
/// The word for a detail under `note`; empty when there is none.
[[nodiscard]] std::string_view detail_word(Note note, std::uint8_t detail);

/// Events that are about the file and not about a frame: their names.
namespace trace_names {
inline constexpr std::string_view start = "trace start";
inline constexpr std::string_view end = "trace end";
inline constexpr std::string_view dropped = "records dropped";
inline constexpr std::string_view client = "client";
inline constexpr std::string_view output = "output";
inline constexpr std::string_view surface = "surface";
inline constexpr std::string_view continued = "continued";
inline constexpr std::string_view abandoned = "abandoned";
} // namespace trace_names

} // namespace fenceline
