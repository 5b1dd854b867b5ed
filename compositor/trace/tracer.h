#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "compositor/base/clock.h"
#include "compositor/base/log.h"
#include "compositor/base/result.h"
#include "compositor/frame/frame_event.h"
#include "compositor/trace/drain_gate.h"
#include "compositor/trace/kept_events.h"
#include "compositor/trace/name_book.h"
#include "compositor/trace/ring.h"
#include "compositor/trace/tick_timeline.h"
#include "compositor/base/ticks.h"

namespace fenceline {

class TraceWriter;

struct TracerOptions {
  std::string file;                                    ///< Empty: nothing is written, the last `keep` stays in memory.
  std::uint64_t max_file_bytes = 256ull << 20;         ///< Then FILE becomes FILE.1 and a new FILE begins.
  unsigned rotated_files = 1;                          ///< How many of FILE.1, FILE.2, ... are kept.
  Nanoseconds keep = std::chrono::seconds(60);         ///< How far back write_snapshot() reaches.
  std::size_t keep_limit = 256 * 1024;                 ///< Events kept at most (64 bytes each).
  std::size_t ring_records = 8192;                     ///< Of the main thread's ring (56 bytes each).
  Nanoseconds period = std::chrono::milliseconds(250); ///< How often the rings are drained; 0: by flush() only.
  std::string version;                                 ///< The program's, for the file.
};

/// Writes frames down. record() costs a read of the time stamp counter and a copy into a ring: no lock, no system call,
/// no allocation. A thread of its own drains the rings to a Perfetto file, or keeps the last minute in memory; it
/// sleeps while nothing is recorded.
///
/// Threads: record() is for the thread that the tracer was made on. Each other thread gets its own observer from
/// writer(), and with it its own ring. Everything else may be called from any thread.
class Tracer final : public FrameObserver {
 public:
  struct Counts {
    std::uint64_t events = 0;      ///< Drained so far.
    std::uint64_t dropped = 0;     ///< Lost to full rings.
    std::uint64_t disk_errors = 0; ///< After one, the trace goes on in memory.
    std::uint32_t rotations = 0;
  };

  /// `log` and `clock` must outlive it. Fails only if the file cannot be created.
  [[nodiscard]] static Result<std::unique_ptr<Tracer>> create(TracerOptions options, Log& log, const Clock& clock);
  /// The same with a given counter: Ticks(clock) for virtual time.
  [[nodiscard]] static Result<std::unique_ptr<Tracer>> create(TracerOptions options, Log& log, const Clock& clock,
                                                              Ticks ticks);
  ~Tracer() override;

  void record(const FrameEvent& event) override {
    (void)main_->ring.push(ticks_.now(), event);
    gate_.recorded();
  }
  void describe(ClientId client, std::string_view name, int pid) override;
  void describe(OutputId output, std::string_view name, Nanoseconds refresh) override;
  void describe(SurfaceId surface, ClientId client, std::string_view name) override;

  /// Another thread's way to write: for one thread at a time, gone before the tracer is. `name` is for the file.
  [[nodiscard]] std::unique_ptr<FrameObserver> writer(std::string_view name, std::size_t ring_records = 1024);

  /// Drains the rings now.
  void flush();
  /// Writes what is kept to a file of its own. It waits for the disk: not for the main thread of a running session.
  /// Fails when the trace goes to a file anyway.
  [[nodiscard]] Result<void> write_snapshot(const std::string& path);
  /// Writes to a file from now on, with the bounds of the options; what was kept before is not in it. Fails when the
  /// trace goes to a file already, or that one cannot be created. It waits for the disk.
  [[nodiscard]] Result<void> begin_file(const std::string& path);
  /// Ends the file: from now on the last `keep` stays in memory again. Fails when there is none, or its end could not
  /// be written. It waits for the disk.
  [[nodiscard]] Result<void> end_file();
  /// Drains, closes the file and ends the thread. What is recorded afterwards is lost. The destructor does it too.
  void stop();
  [[nodiscard]] Counts counts();
  /// Whether the thread sleeps until something is recorded.
  [[nodiscard]] bool asleep() const { return gate_.asleep(); }

 private:
  /// A thread's ring and what is known of it.
  struct Slot {
    Slot(std::size_t records, std::string slot_name, std::uint32_t number)
        : ring(records), name(std::move(slot_name)), index(number) {}
    Ring ring;
    std::string name;
    std::uint32_t index;
    std::uint64_t dropped_seen = 0;   ///< The drainer's.
    std::atomic<bool> closed = false; ///< Its thread will write no more.
  };
  class ThreadWriter;
  struct NamedClient {
    ClientId id;
    std::string name;
    int pid;
  };
  struct NamedOutput {
    OutputId id;
    std::string name;
    Nanoseconds refresh;
  };
  struct NamedSurface {
    SurfaceId id;
    ClientId client;
    std::string name;
  };
  struct Names {
    std::vector<NamedClient> clients;
    std::vector<NamedOutput> outputs;
    std::vector<NamedSurface> surfaces;
  };
  struct Pending {
    std::uint64_t ticks;
    StampedEvent stamped;
  };

  Tracer(TracerOptions options, Log& log, const Clock& clock, Ticks ticks);
  [[nodiscard]] Result<void> start();
  void run();
  // With drain_mutex_ held:
  void drain(bool last);
  [[nodiscard]] bool idle() const;
  void collect(std::uint64_t horizon);
  void take_names();
  void sample();
  void put(const StampedEvent& event);
  void report_drops(TimePoint when);
  void give_up_file(const Error& error);
  [[nodiscard]] Result<void> open_file(const std::string& path);
  [[nodiscard]] ClockReadings read_clocks() const;

  const TracerOptions options_;
  Log& log_;
  const Clock& clock_;
  const Ticks ticks_;
  const std::shared_ptr<Slot> main_;
  std::uint64_t session_ = 0;

  // The consumer's side: whoever holds this is the rings' one consumer.
  std::mutex drain_mutex_;
  std::vector<std::shared_ptr<Slot>> slots_;
  std::uint32_t next_slot_ = 1;
  std::vector<Pending> batch_; ///< Drained and not yet written: what came after the last horizon stays.
  std::vector<KeptEvents::Gap> gaps_;
  TickTimeline timeline_;
  NameBook names_;
  KeptEvents kept_;
  std::unique_ptr<TraceWriter> writer_;
  std::string file_; ///< The writer's.
  Counts counts_;
  bool stopped_ = false;

  // Held for moments only, never while writing.
  std::mutex names_mutex_;
  Names new_names_;

  DrainGate gate_;
  std::thread thread_;
};

} // namespace fenceline
