#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "compositor/trace/event_schema.h"
#include "compositor/trace/flow_book.h"
#include "compositor/trace/name_book.h"
#include "compositor/trace/perfetto_trace.pb.h"
#include "compositor/trace/stamped_event.h"

namespace fenceline {

/// Turns frame events into the bytes of a Perfetto trace (TrackEvent packets), which Perfetto's own viewer and
/// fenceline-report read. Each part (file) stands for itself: clocks, tracks, names and interned strings are written
/// when they are first needed in it, and what is open at its end is closed.
class PerfettoEncoder {
 public:
  struct Info {
    std::uint64_t session = 0; ///< Tells the parts of one session from another's; also salts the tracks' ids.
    int pid = 0;
    std::string version;
    bool tsc = false; ///< Which counter the stamps came from.
  };

  /// Appends to `out`, which must outlive it, as must `names`.
  PerfettoEncoder(std::string& out, NameBook& names, Info info);

  void begin(std::uint32_t part, const ClockReadings& clocks);
  void event(const StampedEvent& stamped);
  /// A ring was full: `count` records were lost after the last event that came from it.
  void dropped(std::uint32_t ring, std::string_view ring_name, std::uint64_t count, TimePoint when);
  /// Closes what is open. `last`: nothing follows; else begin() follows, with the next part.
  void end(TimePoint now, std::string_view reason, bool last, std::uint64_t disk_errors = 0);
  /// An id has a new name: its track is described again before its next event.
  void renamed(ClientId id);
  void renamed(OutputId id);
  void renamed(SurfaceId id);
  /// About how many bytes end() would append now.
  [[nodiscard]] std::size_t closing_bytes() const;

 private:
  enum class Track : std::uint8_t { Process, Client, Surface, Output, Latch, Compose, Flight, Gpu, Flips, Counter };
  struct Lanes {
    bool latch = false, compose = false, flight = false; ///< Whether a slice is open.
    TimePoint submitted;
    TimePoint gpu_until; ///< Where the last slice on the GPU's track ends.
  };

  // Packets are built in packet_, one at a time.
  perfetto::TrackEvent& start_event(std::uint32_t sequence, TimePoint at, std::uint64_t track,
                                    perfetto::TrackEvent::Type type);
  perfetto::TracePacket& start_packet(std::uint32_t sequence, TimePoint at);
  void note(Note note, std::uint64_t value);
  void note_text(Note note, std::string_view text);
  void note_word(Note note, std::uint64_t iid);
  void note_flag(Note note, bool value);
  void finish_packet();
  void add_interned(perfetto::TracePacket& packet);
  void add_fields(const StampedEvent& stamped, TimePoint at);

  [[nodiscard]] std::uint64_t uuid(Track track, std::uint64_t id) const;
  bool describe(std::uint64_t track, std::uint64_t parent, std::string_view name, int rank = 0);
  std::uint64_t client_track(ClientId id, TimePoint at);
  std::uint64_t surface_track(SurfaceId id, ClientId client, TimePoint at);
  std::uint64_t output_track(OutputId id, Track lane, TimePoint at);
  std::uint64_t counter_track(CopyKind kind);

  void slice_begin(const StampedEvent& stamped, Track lane, bool& open, std::uint64_t name_iid);
  void slice_end(const StampedEvent& stamped, Track lane, bool& open);
  void gpu_slice(const StampedEvent& stamped);
  void close_slice(OutputId output, Track lane, bool& open, TimePoint at);
  void instant(const StampedEvent& stamped, std::uint64_t track, TimePoint at);
  void close_flow(const FlowBook::Flow& flow, TimePoint at);

  std::string& out_;
  NameBook& names_;
  Info info_;
  FlowBook flows_;
  perfetto::TracePacket packet_;
  std::uint32_t part_ = 0;
  TimePoint last_;                                  ///< The latest time written.
  std::unordered_set<std::uint64_t> described_;     ///< Tracks, in this part.
  std::unordered_set<std::uint32_t> sequences_;     ///< Whose interned strings are in this part.
  std::unordered_set<std::uint32_t> after_dropped_; ///< Sequences that have a gap before their next packet.
  std::unordered_map<OutputId, Lanes> lanes_;
  std::array<std::uint64_t, static_cast<std::size_t>(last_copy_kind) + 1> copied_{};
};

} // namespace fenceline
