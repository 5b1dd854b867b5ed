#include "tests/lab/witness_perfetto.h"

#include <functional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace fenceline::lab {

namespace {

/// One field of a message: a number (varint, fixed 32 or 64) or bytes.
struct Field {
  std::uint32_t number = 0;
  std::uint64_t value = 0;
  std::string_view bytes;
};

std::uint64_t varint(std::string_view& in) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (in.empty())
      break;
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if ((byte & 0x80U) == 0)
      return value;
  }
  throw std::runtime_error("a varint without an end");
}

std::string_view take(std::string_view& in, std::uint64_t count) {
  if (count > in.size())
    throw std::runtime_error("a field beyond its message's end");
  const std::string_view taken = in.substr(0, count);
  in.remove_prefix(count);
  return taken;
}

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    value |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return value;
}

void each_field(std::string_view message, const std::function<void(const Field&)>& see) {
  while (!message.empty()) {
    const std::uint64_t key = varint(message);
    Field field{static_cast<std::uint32_t>(key >> 3), 0, {}};
    switch (key & 7U) {
    case 0:
      field.value = varint(message);
      break;
    case 1:
      field.value = little_endian(take(message, 8));
      break;
    case 2:
      field.bytes = take(message, varint(message));
      break;
    case 5:
      field.value = little_endian(take(message, 4));
      break;
    default:
      throw std::runtime_error("a wire type that protobuf does not use");
    }
    see(field);
  }
}

using Strings = std::map<std::uint64_t, std::string>;

/// What a packet sequence has interned so far.
struct Interned {
  Strings event_names, note_names, note_values;
};

void intern(std::string_view message, Strings& strings) {
  std::uint64_t id = 0;
  std::string text;
  each_field(message, [&](const Field& f) {
    if (f.number == 1)
      id = f.value;
    else if (f.number == 2)
      text = f.bytes;
  });
  strings[id] = text;
}

std::string interned(const Strings& strings, std::uint64_t id) {
  const auto found = strings.find(id);
  if (found == strings.end())
    throw std::runtime_error("interning id " + std::to_string(id) + " is used and was never told");
  return found->second;
}

void read_note(std::string_view message, const Interned& words, WireEvent& event) {
  std::string key;
  std::variant<std::uint64_t, std::string> value;
  each_field(message, [&](const Field& f) {
    switch (f.number) {
    case 1:
      key = interned(words.note_names, f.value);
      break;
    case 10:
      key = f.bytes;
      break;
    case 2: // bool
    case 3: // uint64
    case 4: // int64
      value = f.value;
      break;
    case 6:
      value = std::string(f.bytes);
      break;
    case 17:
      value = interned(words.note_values, f.value);
      break;
    default:
      break;
    }
  });
  event.notes[key] = std::move(value);
}

void read_event(std::string_view message, const Interned& words, WireEvent& event) {
  const auto add = [](const Field& f, std::vector<std::uint64_t>& list) {
    if (f.bytes.empty()) {
      list.push_back(f.value);
      return;
    }
    for (std::string_view packed = f.bytes; !packed.empty();)
      list.push_back(little_endian(take(packed, 8)));
  };
  each_field(message, [&](const Field& f) {
    switch (f.number) {
    case 4:
      read_note(f.bytes, words, event);
      break;
    case 9:
      event.type = static_cast<WireEvent::Type>(f.value);
      break;
    case 10:
      event.name = interned(words.event_names, f.value);
      break;
    case 11:
      event.track = f.value;
      break;
    case 23:
      event.name = f.bytes;
      break;
    case 47:
      add(f, event.flows);
      break;
    case 48:
      add(f, event.ending_flows);
      break;
    default:
      break;
    }
  });
}

void read_track(std::string_view message, WireTrace& trace) {
  std::uint64_t id = 0;
  std::string name;
  each_field(message, [&](const Field& f) {
    if (f.number == 1)
      id = f.value;
    else if (f.number == 2)
      name = f.bytes;
  });
  trace.tracks[id] = name;
}

void read_packet(std::string_view message, std::map<std::uint64_t, Interned>& sequences, WireTrace& trace) {
  // Fields come in any order: what the event's meaning hangs on is read first.
  WireEvent event;
  std::uint64_t flags = 0;
  std::string_view interned_data, event_bytes;
  bool has_event = false;
  each_field(message, [&](const Field& f) {
    switch (f.number) {
    case 6:
      ++trace.clock_snapshots;
      break;
    case 8:
      event.time = f.value;
      break;
    case 10:
      event.sequence = f.value;
      break;
    case 11:
      event_bytes = f.bytes;
      has_event = true;
      break;
    case 12:
      interned_data = f.bytes;
      break;
    case 13:
      flags = f.value;
      break;
    case 42:
      trace.dropped += f.value;
      break;
    case 58:
      event.clock = f.value;
      break;
    case 60:
      read_track(f.bytes, trace);
      break;
    default:
      break;
    }
  });
  constexpr std::uint64_t state_cleared = 1;
  Interned& words = sequences[event.sequence];
  if ((flags & state_cleared) != 0)
    words = {};
  each_field(interned_data, [&](const Field& f) {
    if (f.number == 2)
      intern(f.bytes, words.event_names);
    else if (f.number == 3)
      intern(f.bytes, words.note_names);
    else if (f.number == 29)
      intern(f.bytes, words.note_values);
  });
  if (!has_event)
    return;
  read_event(event_bytes, words, event);
  trace.events.push_back(std::move(event));
}

} // namespace

std::optional<std::uint64_t> WireEvent::number(const std::string& key) const {
  const auto found = notes.find(key);
  if (found == notes.end() || !std::holds_alternative<std::uint64_t>(found->second))
    return std::nullopt;
  return std::get<std::uint64_t>(found->second);
}

std::string WireEvent::text(const std::string& key) const {
  const auto found = notes.find(key);
  return found != notes.end() && std::holds_alternative<std::string>(found->second)
             ? std::get<std::string>(found->second)
             : std::string();
}

std::vector<const WireEvent*> WireTrace::named(const std::string& name) const {
  std::vector<const WireEvent*> found;
  for (const WireEvent& event : events)
    if (event.name == name)
      found.push_back(&event);
  return found;
}

WireTrace read_wire_trace(const std::string& bytes) {
  WireTrace trace;
  std::map<std::uint64_t, Interned> sequences;
  each_field(bytes, [&](const Field& f) {
    if (f.number != 1)
      throw std::runtime_error("field " + std::to_string(f.number) + " where only packets are");
    ++trace.packets;
    read_packet(f.bytes, sequences, trace);
  });
  return trace;
}

} // namespace fenceline::lab
