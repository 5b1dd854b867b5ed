#include "tools/report/trace_reader.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

#include "compositor/trace/event_schema.h"
#include "compositor/trace/name_book.h"
#include "compositor/trace/perfetto_trace.pb.h"
#include "tools/report/packet_stream.h"

namespace fenceline::report {

namespace {

/// One file of a trace.
struct Part {
  Trace trace;
  std::uint64_t session = 0;
  std::uint64_t number = 0;
  std::uint64_t unknown = 0;    ///< Events of kinds that this program does not know.
  std::uint64_t unreadable = 0; ///< Packets that are no packets inside.
  std::uint64_t disk_errors = 0;
  bool started = false;
  bool ended = false;
};

/// No sum of two such times overflows, whatever a garbled file says.
std::int64_t bounded_ns(std::uint64_t ns) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(ns, 1ull << 61));
}

class PartReader {
 public:
  explicit PartReader(Part& part) : part_(part) {}

  void packet(std::string_view bytes) {
    if (!packet_.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      ++part_.unreadable;
      return;
    }
    Strings& strings = strings_[packet_.trusted_packet_sequence_id()];
    if ((packet_.sequence_flags() & 1) != 0)
      strings = {};
    for (const auto& entry : packet_.interned_data().event_names())
      strings.events[entry.iid()] = entry.str();
    for (const auto& entry : packet_.interned_data().debug_annotation_names())
      strings.notes[entry.iid()] = note_of(entry.str());
    for (const auto& entry : packet_.interned_data().debug_annotation_string_values())
      strings.words[entry.iid()] = entry.str();
    if (packet_.has_track_event())
      event(packet_.track_event(), strings);
  }

 private:
  struct Strings {
    std::unordered_map<std::uint64_t, std::string> events, words;
    std::unordered_map<std::uint64_t, Note> notes;
  };
  struct Value {
    std::uint64_t number = 0;
    std::string_view text;
  };

  [[nodiscard]] std::uint64_t number(Note note) const { return values_[static_cast<std::size_t>(note)].number; }
  [[nodiscard]] std::string_view text(Note note) const { return values_[static_cast<std::size_t>(note)].text; }

  void event(const perfetto::TrackEvent& event, const Strings& strings) {
    values_ = {};
    for (const auto& annotation : event.debug_annotations()) {
      Note note = Note::None;
      if (annotation.has_name())
        note = note_of(annotation.name());
      else if (const auto at = strings.notes.find(annotation.name_iid()); at != strings.notes.end())
        note = at->second;
      Value& value = values_[static_cast<std::size_t>(note)];
      if (annotation.has_uint_value())
        value.number = annotation.uint_value();
      else if (annotation.has_bool_value())
        value.number = annotation.bool_value() ? 1 : 0;
      else if (annotation.has_string_value())
        value.text = annotation.string_value();
      else if (const auto at = strings.words.find(annotation.string_value_iid()); at != strings.words.end())
        value.text = at->second;
    }
    if (!text(Note::Kind).empty())
      frame_event();
    else if (event.has_name())
      file_event(event.name());
  }

  void frame_event() {
    const auto kind = kind_of(text(Note::Kind));
    if (!kind) {
      ++part_.unknown;
      return;
    }
    const EventNotes notes = notes_of(*kind);
    StampedEvent stamped;
    const std::uint64_t written = number(Note::Written) != 0 ? number(Note::Written) : packet_.timestamp();
    stamped.written = {bounded_ns(written)};
    stamped.ring = packet_.trusted_packet_sequence_id();
    FrameEvent& e = stamped.event;
    e.kind = *kind;
    e.client = static_cast<ClientId>(number(Note::Client));
    e.surface = static_cast<SurfaceId>(number(Note::Surface));
    e.output = static_cast<OutputId>(number(Note::Output));
    e.commit = static_cast<CommitId>(number(Note::Commit));
    e.frame = static_cast<FrameId>(number(Note::Frame));
    e.value = number(notes.value);
    e.time = {bounded_ns(number(notes.time))};
    const auto detail = detail_of(notes.detail, text(notes.detail));
    e.detail = detail ? *detail : static_cast<std::uint8_t>(std::min<std::uint64_t>(number(notes.detail), 0xff));
    e.flags = static_cast<std::uint16_t>(number(notes.flags) | number(Note::Flags));
    part_.trace.events.push_back(stamped);
    seen(stamped.written);
  }

  void file_event(std::string_view name) {
    seen({bounded_ns(packet_.timestamp())});
    if (name == trace_names::start) {
      part_.started = true;
      part_.session = number(Note::Session);
      part_.number = number(Note::Part);
      part_.trace.version = printable(text(Note::Version));
      part_.trace.ticks = printable(text(Note::Ticks));
      part_.trace.begin = {bounded_ns(packet_.timestamp())};
    } else if (name == trace_names::end) {
      part_.ended = true;
      part_.disk_errors += number(Note::DiskErrors);
    } else if (name == trace_names::dropped) {
      part_.trace.dropped += number(Note::Dropped);
    } else if (name == trace_names::client) {
      part_.trace.clients[static_cast<ClientId>(number(Note::Client))] = {printable(text(Note::Name)),
                                                                          number(Note::Pid)};
    } else if (name == trace_names::output) {
      part_.trace.outputs[static_cast<OutputId>(number(Note::Output))] = {
          printable(text(Note::Name)), Nanoseconds(bounded_ns(number(Note::Refresh)))};
    }
  }

  void seen(TimePoint at) { part_.trace.end = std::max(part_.trace.end, at); }

  Part& part_;
  perfetto::TracePacket packet_;
  std::unordered_map<std::uint32_t, Strings> strings_; // By sequence.
  std::array<Value, static_cast<std::size_t>(Note::End_)> values_{};
};

Result<Part> read_part(const std::string& path) {
  auto stream = PacketStream::open(path);
  if (!stream)
    return stream.error();
  Part part;
  PartReader reader(part);
  std::string_view packet;
  bool any = false;
  while (true) {
    const auto state = stream->next(packet);
    if (!state)
      return state.error();
    if (*state == PacketStream::State::Packet) {
      any = true;
      reader.packet(packet);
      continue;
    }
    if (*state == PacketStream::State::End && !any)
      return Error{path + " is empty: it holds no trace", 0};
    if (!part.started)
      return Error{path + " is not a trace of Fenceline's", 0};
    if (*state == PacketStream::State::Cut)
      part.trace.warnings.push_back(fmt::format("{} is cut off within a packet, at byte {}", path, stream->position()));
    else if (*state == PacketStream::State::Broken)
      part.trace.warnings.push_back(fmt::format("{} cannot be read after byte {}", path, stream->position()));
    else if (!part.ended)
      part.trace.warnings.push_back(path + " has no end: the session was cut off, or still runs");
    break;
  }
  if (part.unreadable != 0)
    part.trace.warnings.push_back(fmt::format("{} packets of {} are garbled", part.unreadable, path));
  if (part.unknown != 0)
    part.trace.warnings.push_back(
        fmt::format("{} events of {} are of kinds that this program does not know", part.unknown, path));
  if (part.disk_errors != 0)
    part.trace.warnings.push_back(path + " was cut short by disk errors");
  return part;
}

} // namespace

Result<Trace> read_trace(const std::string& path) {
  std::vector<Part> parts;
  for (unsigned i = 0;; ++i) {
    const std::string name = i == 0 ? path : path + '.' + std::to_string(i);
    if (i != 0 && ::access(name.c_str(), F_OK) != 0)
      break;
    auto part = read_part(name);
    if (!part && i == 0)
      return part.error();
    if (!part) {
      parts.back().trace.warnings.push_back("left out: " + part.error().text());
      break;
    }
    // Another session's, left over from before.
    if (i != 0 && (part->session != parts.front().session || part->number >= parts.back().number))
      break;
    parts.push_back(std::move(*part));
  }

  Trace trace;
  trace.version = parts.front().trace.version;
  trace.ticks = parts.front().trace.ticks;
  trace.begin = parts.back().trace.begin;
  const std::uint64_t first = parts.back().number, last = parts.front().number;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) { // Oldest first.
    Trace& from = part->trace;
    if (trace.events.empty())
      trace.events = std::move(from.events);
    else
      trace.events.insert(trace.events.end(), from.events.begin(), from.events.end());
    for (auto& [id, client] : from.clients)
      trace.clients[id] = std::move(client);
    for (auto& [id, output] : from.outputs)
      trace.outputs[id] = std::move(output);
    trace.dropped += from.dropped;
    trace.end = std::max(trace.end, from.end);
    trace.warnings.insert(trace.warnings.end(), from.warnings.begin(), from.warnings.end());
  }
  if (first != 0)
    trace.warnings.push_back(
        fmt::format("the first {} files of this session were rotated away: the figures are of the rest", first));
  if (last - first + 1 != parts.size())
    trace.warnings.push_back("files in the middle of this session are missing");
  if (trace.dropped != 0)
    trace.warnings.push_back(
        fmt::format("{} records were dropped because a ring was full: the figures are incomplete", trace.dropped));
  std::stable_sort(trace.events.begin(), trace.events.end(),
                   [](const StampedEvent& a, const StampedEvent& b) { return a.written < b.written; });
  // A snapshot's file was begun after its events.
  if (!trace.events.empty() && (trace.begin.ns == 0 || trace.events.front().written < trace.begin))
    trace.begin = trace.events.front().written;
  return trace;
}

} // namespace fenceline::report
