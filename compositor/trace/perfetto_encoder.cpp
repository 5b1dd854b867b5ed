#include "compositor/trace/perfetto_encoder.h"

#include <algorithm>
#include <utility>

namespace fenceline {

namespace {

using perfetto::TrackEvent;

// Perfetto's numbers of the kernel's clocks.
constexpr std::uint32_t clock_realtime = 1, clock_monotonic = 3, clock_boottime = 6;
constexpr std::uint32_t state_cleared = 1, needs_state = 2;
constexpr std::uint32_t unit_bytes = 3;
constexpr std::uint32_t explicit_order = 3;

// Whose packets: the trace writer's own come first, then each ring's.
constexpr std::uint32_t writer_sequence = 1;
constexpr std::uint32_t sequence_of(std::uint32_t ring) {
  return ring + 2;
}

// Interning ids, fixed for all files. Names of events: the kinds, then the slices' own names.
constexpr std::uint64_t slice_latch = 100, slice_compose = 101, slice_flight = 102, slice_gpu = 103;
constexpr std::uint64_t kind_iid(FrameEventKind kind) {
  return static_cast<std::uint64_t>(kind) + 1;
}
// Words: the kinds, then 32 for each sort of detail.
constexpr std::uint64_t word_base(Note note) {
  switch (note) {
  case Note::Refusal:
    return 32;
  case Note::CopyKind:
    return 64;
  case Note::Cause:
    return 96;
  case Note::InputFrom:
    return 128;
  default:
    return 160;
  }
}
static_assert(static_cast<unsigned>(last_kind) + 1 < 32 && static_cast<unsigned>(last_refusal) < 32);

constexpr std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

void intern(google::protobuf::RepeatedPtrField<perfetto::InternedString>& table, std::uint64_t iid,
            std::string_view text) {
  auto& entry = *table.Add();
  entry.set_iid(iid);
  entry.set_str(text.data(), text.size());
}

} // namespace

PerfettoEncoder::PerfettoEncoder(std::string& out, NameBook& names, Info info)
    : out_(out), names_(names), info_(std::move(info)) {}

// --- packets ---

perfetto::TracePacket& PerfettoEncoder::start_packet(std::uint32_t sequence, TimePoint at) {
  packet_.Clear();
  packet_.set_timestamp(static_cast<std::uint64_t>(std::max<std::int64_t>(at.ns, 0)));
  packet_.set_timestamp_clock_id(clock_monotonic);
  packet_.set_trusted_packet_sequence_id(sequence);
  const bool first = sequences_.insert(sequence).second;
  const bool gap = after_dropped_.erase(sequence) != 0;
  if (first)
    packet_.set_first_packet_on_sequence(true);
  if (gap)
    packet_.set_previous_packet_dropped(1);
  // After a gap a reader forgets what was interned before it.
  packet_.set_sequence_flags(first || gap ? state_cleared | needs_state : needs_state);
  if (first || gap)
    add_interned(packet_);
  last_ = std::max(last_, at);
  return packet_;
}

void PerfettoEncoder::add_interned(perfetto::TracePacket& packet) {
  auto& data = *packet.mutable_interned_data();
  intern(*data.mutable_event_categories(), 1, "frame");
  for (unsigned i = 0; i <= static_cast<unsigned>(last_kind); ++i) {
    const auto kind = static_cast<FrameEventKind>(i);
    intern(*data.mutable_event_names(), kind_iid(kind), name(kind));
    intern(*data.mutable_debug_annotation_string_values(), kind_iid(kind), name(kind));
  }
  intern(*data.mutable_event_names(), slice_latch, "latch");
  intern(*data.mutable_event_names(), slice_compose, "compose");
  intern(*data.mutable_event_names(), slice_flight, "in flight");
  intern(*data.mutable_event_names(), slice_gpu, "gpu");
  for (unsigned i = 1; i < static_cast<unsigned>(Note::End_); ++i)
    intern(*data.mutable_debug_annotation_names(), i, key(static_cast<Note>(i)));
  for (const Note sort : {Note::Refusal, Note::CopyKind, Note::Cause, Note::InputFrom, Note::Mostly})
    for (unsigned i = 0; i < 32; ++i)
      if (const auto word = detail_word(sort, static_cast<std::uint8_t>(i)); !word.empty())
        intern(*data.mutable_debug_annotation_string_values(), word_base(sort) + i, word);
}

TrackEvent& PerfettoEncoder::start_event(std::uint32_t sequence, TimePoint at, std::uint64_t track,
                                         TrackEvent::Type type) {
  auto& event = *start_packet(sequence, at).mutable_track_event();
  event.set_type(type);
  event.set_track_uuid(track);
  if (type != TrackEvent::TYPE_SLICE_END)
    event.add_category_iids(1);
  return event;
}

void PerfettoEncoder::note(Note note, std::uint64_t value) {
  auto& annotation = *packet_.mutable_track_event()->add_debug_annotations();
  annotation.set_name_iid(static_cast<std::uint64_t>(note));
  annotation.set_uint_value(value);
}

void PerfettoEncoder::note_text(Note note, std::string_view text) {
  auto& annotation = *packet_.mutable_track_event()->add_debug_annotations();
  annotation.set_name_iid(static_cast<std::uint64_t>(note));
  annotation.set_string_value(text.data(), text.size());
}

void PerfettoEncoder::note_word(Note note, std::uint64_t iid) {
  auto& annotation = *packet_.mutable_track_event()->add_debug_annotations();
  annotation.set_name_iid(static_cast<std::uint64_t>(note));
  annotation.set_string_value_iid(iid);
}

void PerfettoEncoder::note_flag(Note note, bool value) {
  auto& annotation = *packet_.mutable_track_event()->add_debug_annotations();
  annotation.set_name_iid(static_cast<std::uint64_t>(note));
  annotation.set_bool_value(value);
}

void PerfettoEncoder::finish_packet() {
  // A Trace is its packets one after the other, each as field 1 with its length.
  constexpr char packet_tag = (1 << 3) | 2;
  const std::size_t size = packet_.ByteSizeLong();
  out_.push_back(packet_tag);
  for (std::size_t rest = size; true; rest >>= 7) {
    if (rest < 0x80) {
      out_.push_back(static_cast<char>(rest));
      break;
    }
    out_.push_back(static_cast<char>((rest & 0x7f) | 0x80));
  }
  const std::size_t head = out_.size();
  out_.resize(head + size);
  packet_.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(out_.data() + head));
}

// --- tracks ---

std::uint64_t PerfettoEncoder::uuid(Track track, std::uint64_t id) const {
  return mixed(info_.session + mixed((static_cast<std::uint64_t>(track) << 56) | id));
}

bool PerfettoEncoder::describe(std::uint64_t track, std::uint64_t parent, std::string_view name, int rank) {
  if (!described_.insert(track).second)
    return false;
  auto& descriptor = *start_packet(writer_sequence, last_).mutable_track_descriptor();
  descriptor.set_uuid(track);
  descriptor.set_parent_uuid(parent);
  descriptor.set_name(name.data(), name.size());
  if (rank != 0)
    descriptor.set_sibling_order_rank(rank);
  return true;
}

std::uint64_t PerfettoEncoder::client_track(ClientId id, TimePoint at) {
  const std::uint64_t track = uuid(Track::Client, static_cast<std::uint64_t>(id));
  if (described_.contains(track))
    return track;
  const auto number = static_cast<std::uint32_t>(id);
  const NameBook::Client* known = names_.find(id);
  const std::string name =
      known ? "client " + known->name + " (" + std::to_string(known->pid) + ")" : "client #" + std::to_string(number);
  describe(track, uuid(Track::Process, 0), name);
  finish_packet();
  if (known) {
    start_event(writer_sequence, at, track, TrackEvent::TYPE_INSTANT)
        .set_name(trace_names::client.data(), trace_names::client.size());
    note(Note::Client, number);
    note_text(Note::Name, known->name);
    note(Note::Pid, static_cast<std::uint64_t>(std::max(known->pid, 0)));
    finish_packet();
  }
  return track;
}

std::uint64_t PerfettoEncoder::surface_track(SurfaceId id, ClientId client, TimePoint at) {
  const std::uint64_t track = uuid(Track::Surface, static_cast<std::uint64_t>(id));
  if (described_.contains(track))
    return track;
  const auto number = static_cast<std::uint32_t>(id);
  const NameBook::Surface* known = names_.find(id);
  if (client == ClientId{} && known)
    client = known->client;
  const std::uint64_t parent = client == ClientId{} ? uuid(Track::Process, 0) : client_track(client, at);
  std::string name = "surface #" + std::to_string(number);
  if (known && !known->name.empty())
    name += " " + known->name;
  describe(track, parent, name);
  finish_packet();
  if (known) {
    start_event(writer_sequence, at, track, TrackEvent::TYPE_INSTANT)
        .set_name(trace_names::surface.data(), trace_names::surface.size());
    note(Note::Surface, number);
    note(Note::Client, static_cast<std::uint64_t>(client));
    note_text(Note::Name, known->name);
    finish_packet();
  }
  return track;
}

std::uint64_t PerfettoEncoder::output_track(OutputId id, Track lane, TimePoint at) {
  const auto number = static_cast<std::uint64_t>(id);
  const std::uint64_t output = uuid(Track::Output, number);
  if (!described_.contains(output)) {
    const NameBook::Output* known = names_.find(id);
    describe(output, uuid(Track::Process, 0), known ? "output " + known->name : "output #" + std::to_string(number));
    packet_.mutable_track_descriptor()->set_child_ordering(explicit_order);
    finish_packet();
    if (known) {
      start_event(writer_sequence, at, output, TrackEvent::TYPE_INSTANT)
          .set_name(trace_names::output.data(), trace_names::output.size());
      note(Note::Output, number);
      note_text(Note::Name, known->name);
      note(Note::Refresh, static_cast<std::uint64_t>(std::max<std::int64_t>(known->refresh.count(), 0)));
      finish_packet();
    }
  }
  if (lane == Track::Output)
    return output;
  const std::uint64_t track = uuid(lane, number);
  const std::string_view name = lane == Track::Latch     ? "latch"
                                : lane == Track::Compose ? "compose"
                                : lane == Track::Flight  ? "in flight"
                                : lane == Track::Gpu     ? "gpu"
                                                         : "flips";
  if (describe(track, output, name, static_cast<int>(lane)))
    finish_packet();
  return track;
}

std::uint64_t PerfettoEncoder::counter_track(CopyKind kind) {
  const std::uint64_t track = uuid(Track::Counter, static_cast<std::uint64_t>(kind));
  if (describe(track, uuid(Track::Process, 0), "copied bytes: " + std::string(name(kind)))) {
    packet_.mutable_track_descriptor()->mutable_counter()->set_unit(unit_bytes);
    finish_packet();
  }
  return track;
}

void PerfettoEncoder::renamed(ClientId id) {
  described_.erase(uuid(Track::Client, static_cast<std::uint64_t>(id)));
}
void PerfettoEncoder::renamed(OutputId id) {
  described_.erase(uuid(Track::Output, static_cast<std::uint64_t>(id)));
}
void PerfettoEncoder::renamed(SurfaceId id) {
  described_.erase(uuid(Track::Surface, static_cast<std::uint64_t>(id)));
}

// --- a part's beginning and end ---

void PerfettoEncoder::begin(std::uint32_t part, const ClockReadings& clocks) {
  part_ = part;
  described_.clear();
  sequences_.clear();
  after_dropped_.clear();
  lanes_.clear();
  // Flows that were open have been closed by end(), or there are none.
  (void)flows_.next_part(part);

  auto& snapshot = *start_packet(writer_sequence, clocks.monotonic).mutable_clock_snapshot();
  snapshot.set_primary_trace_clock(clock_monotonic);
  const auto add = [&](std::uint32_t id, std::int64_t ns) {
    if (ns == 0 && id != clock_monotonic)
      return;
    auto& clock = *snapshot.add_clocks();
    clock.set_clock_id(id);
    clock.set_timestamp(static_cast<std::uint64_t>(ns));
  };
  add(clock_monotonic, clocks.monotonic.ns);
  add(clock_boottime, clocks.boottime_ns);
  add(clock_realtime, clocks.realtime_ns);
  finish_packet();

  const std::uint64_t process = uuid(Track::Process, 0);
  auto& descriptor = *start_packet(writer_sequence, clocks.monotonic).mutable_track_descriptor();
  descriptor.set_uuid(process);
  descriptor.mutable_process()->set_pid(info_.pid);
  descriptor.mutable_process()->set_process_name("fenceline");
  finish_packet();

  start_event(writer_sequence, clocks.monotonic, process, TrackEvent::TYPE_INSTANT)
      .set_name(trace_names::start.data(), trace_names::start.size());
  note(Note::Session, info_.session);
  note(Note::Part, part);
  note_text(Note::Version, info_.version);
  note_text(Note::Ticks, info_.tsc ? "tsc" : "clock_gettime");
  finish_packet();
}

void PerfettoEncoder::end(TimePoint now, std::string_view reason, bool last, std::uint64_t disk_errors) {
  const TimePoint at = std::max(now, last_);
  for (auto& [output, lanes] : lanes_) {
    close_slice(output, Track::Latch, lanes.latch, at);
    close_slice(output, Track::Compose, lanes.compose, at);
    close_slice(output, Track::Flight, lanes.flight, at);
  }
  for (const FlowBook::Flow& flow : last ? flows_.finish() : flows_.next_part(part_ + 1))
    close_flow(flow, at);
  start_event(writer_sequence, at, uuid(Track::Process, 0), TrackEvent::TYPE_INSTANT)
      .set_name(trace_names::end.data(), trace_names::end.size());
  note_text(Note::Reason, reason);
  if (disk_errors != 0)
    note(Note::DiskErrors, disk_errors);
  finish_packet();
}

std::size_t PerfettoEncoder::closing_bytes() const {
  return 256 + 128 * flows_.open() + 256 * lanes_.size();
}

void PerfettoEncoder::dropped(std::uint32_t ring, std::string_view ring_name, std::uint64_t count, TimePoint when) {
  start_event(writer_sequence, when, uuid(Track::Process, 0), TrackEvent::TYPE_INSTANT)
      .set_name(trace_names::dropped.data(), trace_names::dropped.size());
  note(Note::Dropped, count);
  note_text(Note::Ring, ring_name);
  finish_packet();
  after_dropped_.insert(sequence_of(ring));
}

// --- events ---

void PerfettoEncoder::add_fields(const StampedEvent& stamped, TimePoint at) {
  const FrameEvent& e = stamped.event;
  note_word(Note::Kind, kind_iid(e.kind));
  const auto id = [&](Note which, auto value) {
    if (const auto number = static_cast<std::uint64_t>(value); number != 0)
      note(which, number);
  };
  id(Note::Client, e.client);
  id(Note::Surface, e.surface);
  id(Note::Output, e.output);
  id(Note::Commit, e.commit);
  id(Note::Frame, e.frame);
  const EventNotes notes = notes_of(e.kind);
  id(notes.value, e.value);
  // CLOCK_MONOTONIC is never negative; 0 says that the event is about no other time.
  if (e.time.ns > 0)
    note(notes.time, static_cast<std::uint64_t>(e.time.ns));
  // A latch in time was held up by nothing.
  const bool in_time = notes.flags == Note::HeldUp && (e.flags & 1U) == 0;
  if (notes.detail == Note::Detail)
    id(Note::Detail, e.detail);
  else if (!in_time && !detail_word(notes.detail, e.detail).empty())
    note_word(notes.detail, word_base(notes.detail) + e.detail);
  else if (!in_time)
    note(notes.detail, e.detail); // A value that this version has no word for.
  if (notes.flags != Note::Flags && e.flags <= 1)
    note_flag(notes.flags, e.flags != 0);
  else
    id(Note::Flags, e.flags);
  if (at != stamped.written)
    note(Note::Written, static_cast<std::uint64_t>(std::max<std::int64_t>(stamped.written.ns, 0)));
}

void PerfettoEncoder::close_slice(OutputId output, Track lane, bool& open, TimePoint at) {
  if (!open)
    return;
  open = false;
  start_event(writer_sequence, at, output_track(output, lane, at), TrackEvent::TYPE_SLICE_END);
  finish_packet();
}

// Both ends are known by now. The GPU may begin with one composition while it ends the one before: slices of one track
// follow each other all the same.
void PerfettoEncoder::gpu_slice(const StampedEvent& stamped) {
  const FrameEvent& e = stamped.event;
  constexpr std::uint64_t longest = 60'000'000'000; // A longer one is a clock that went wrong.
  TimePoint& until = lanes_[e.output].gpu_until;
  const TimePoint begin = std::max(e.time, until);
  const TimePoint end = std::max(begin, e.time + Nanoseconds(static_cast<std::int64_t>(std::min(e.value, longest))));
  const std::uint64_t track = output_track(e.output, Track::Gpu, begin);
  start_event(sequence_of(stamped.ring), begin, track, TrackEvent::TYPE_SLICE_BEGIN).set_name_iid(slice_gpu);
  add_fields(stamped, begin);
  finish_packet();
  start_event(sequence_of(stamped.ring), end, track, TrackEvent::TYPE_SLICE_END);
  finish_packet();
  until = end;
}

void PerfettoEncoder::slice_begin(const StampedEvent& stamped, Track lane, bool& open, std::uint64_t name_iid) {
  close_slice(stamped.event.output, lane, open, stamped.written);
  const std::uint64_t track = output_track(stamped.event.output, lane, stamped.written);
  start_event(sequence_of(stamped.ring), stamped.written, track, TrackEvent::TYPE_SLICE_BEGIN).set_name_iid(name_iid);
  add_fields(stamped, stamped.written);
  finish_packet();
  open = true;
}

void PerfettoEncoder::slice_end(const StampedEvent& stamped, Track lane, bool& open) {
  const std::uint64_t track = output_track(stamped.event.output, lane, stamped.written);
  if (!open) { // Its beginning is in another file, or was dropped.
    instant(stamped, track, stamped.written);
    return;
  }
  open = false;
  start_event(sequence_of(stamped.ring), stamped.written, track, TrackEvent::TYPE_SLICE_END);
  add_fields(stamped, stamped.written);
  finish_packet();
}

void PerfettoEncoder::instant(const StampedEvent& stamped, std::uint64_t track, TimePoint at) {
  const FrameEvent& e = stamped.event;
  const auto step = flows_.see(e);
  if (step && step->continues) {
    start_event(sequence_of(stamped.ring), at, track, TrackEvent::TYPE_INSTANT)
        .set_name(trace_names::continued.data(), trace_names::continued.size());
    packet_.mutable_track_event()->add_flow_ids(step->flow.id);
    finish_packet();
  }
  std::uint64_t counter = 0;
  if (e.kind == FrameEventKind::Copy && e.detail < copied_.size())
    counter = counter_track(static_cast<CopyKind>(e.detail));
  auto& event = start_event(sequence_of(stamped.ring), at, track, TrackEvent::TYPE_INSTANT);
  event.set_name_iid(kind_iid(e.kind));
  if (step && step->ends)
    event.add_terminating_flow_ids(step->flow.id);
  else if (step)
    event.add_flow_ids(step->flow.id);
  if (counter != 0) {
    copied_[e.detail] += e.value;
    event.add_extra_counter_track_uuids(counter);
    event.add_extra_counter_values(static_cast<std::int64_t>(copied_[e.detail]));
  }
  add_fields(stamped, at);
  finish_packet();
  while (const auto flow = flows_.overdue())
    close_flow(*flow, at);
}

void PerfettoEncoder::close_flow(const FlowBook::Flow& flow, TimePoint at) {
  const std::uint64_t track = surface_track(flow.surface, flow.client, at);
  start_event(writer_sequence, at, track, TrackEvent::TYPE_INSTANT)
      .set_name(trace_names::abandoned.data(), trace_names::abandoned.size());
  packet_.mutable_track_event()->add_terminating_flow_ids(flow.id);
  finish_packet();
}

void PerfettoEncoder::event(const StampedEvent& stamped) {
  const FrameEvent& e = stamped.event;
  const TimePoint at = stamped.written;
  switch (e.kind) {
  case FrameEventKind::LatchBegin:
    return slice_begin(stamped, Track::Latch, lanes_[e.output].latch, slice_latch);
  case FrameEventKind::LatchEnd:
    return slice_end(stamped, Track::Latch, lanes_[e.output].latch);
  case FrameEventKind::ComposeBegin:
    return slice_begin(stamped, Track::Compose, lanes_[e.output].compose, slice_compose);
  case FrameEventKind::ComposeEnd:
    return slice_end(stamped, Track::Compose, lanes_[e.output].compose);
  case FrameEventKind::Submit:
    lanes_[e.output].submitted = at;
    return slice_begin(stamped, Track::Flight, lanes_[e.output].flight, slice_flight);
  case FrameEventKind::Flip: {
    // It stands where the display flipped, not where that was read; but no slice ends before it began.
    Lanes& lanes = lanes_[e.output];
    TimePoint flip = e.time.ns > 0 ? e.time : at;
    if (lanes.flight)
      flip = std::max(flip, lanes.submitted);
    close_slice(e.output, Track::Flight, lanes.flight, flip);
    return instant(stamped, output_track(e.output, Track::Flips, at), flip);
  }
  case FrameEventKind::GpuTime:
    return e.time.ns > 0 ? gpu_slice(stamped) : instant(stamped, output_track(e.output, Track::Gpu, at), at);
  case FrameEventKind::SubmitFailed:
  case FrameEventKind::Missed:
    return instant(stamped, output_track(e.output, Track::Flips, at), at);
  case FrameEventKind::TestCommit:
    return instant(stamped, output_track(e.output, Track::Latch, at), at);
  case FrameEventKind::Commit:
  case FrameEventKind::AcquireReady:
  case FrameEventKind::Applied:
  case FrameEventKind::Superseded:
  case FrameEventKind::Latch:
  case FrameEventKind::Placed:
  case FrameEventKind::Presented:
  case FrameEventKind::Discarded:
  case FrameEventKind::Released:
  case FrameEventKind::Copy:
  case FrameEventKind::RendererLost:
  case FrameEventKind::RendererBack:
  case FrameEventKind::Input:
  case FrameEventKind::Cue:
  case FrameEventKind::FenceOverdue:
  case FrameEventKind::Turn:
  case FrameEventKind::LeftOut:
    break;
  }
  // What is on no surface is the compositor's own: its cursor, a capture.
  if (e.surface != SurfaceId{})
    return instant(stamped, surface_track(e.surface, e.client, at), at);
  if (e.output != OutputId{})
    return instant(stamped, output_track(e.output, Track::Output, at), at);
  instant(stamped, uuid(Track::Process, 0), at);
}

} // namespace fenceline
