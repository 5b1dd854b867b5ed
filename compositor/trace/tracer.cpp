#include "compositor/trace/tracer.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <limits>

#include "compositor/base/thread.h"
#include "compositor/trace/trace_writer.h"

namespace fenceline {

namespace {

std::int64_t read_clock(clockid_t id) {
  timespec ts{};
  ::clock_gettime(id, &ts);
  return std::int64_t{ts.tv_sec} * 1'000'000'000 + ts.tv_nsec;
}

} // namespace

/// A thread's own observer.
class Tracer::ThreadWriter final : public FrameObserver {
 public:
  ThreadWriter(Tracer& tracer, std::shared_ptr<Slot> slot)
      : tracer_(tracer), ticks_(tracer.ticks_), slot_(std::move(slot)) {}
  ThreadWriter(const ThreadWriter&) = delete;
  ThreadWriter& operator=(const ThreadWriter&) = delete;
  // Release: who sees it closed sees its last record too.
  ~ThreadWriter() override { slot_->closed.store(true, std::memory_order_release); }

  void record(const FrameEvent& event) override {
    (void)slot_->ring.push(ticks_.now(), event);
    tracer_.gate_.recorded();
  }
  void describe(ClientId client, std::string_view name, int pid) override { tracer_.describe(client, name, pid); }
  void describe(OutputId output, std::string_view name, Nanoseconds refresh) override {
    tracer_.describe(output, name, refresh);
  }
  void describe(SurfaceId surface, ClientId client, std::string_view name) override {
    tracer_.describe(surface, client, name);
  }

 private:
  Tracer& tracer_;
  const Ticks ticks_;
  std::shared_ptr<Slot> slot_;
};

Result<std::unique_ptr<Tracer>> Tracer::create(TracerOptions options, Log& log, const Clock& clock) {
  return create(std::move(options), log, clock, Ticks::detect(clock));
}

Result<std::unique_ptr<Tracer>> Tracer::create(TracerOptions options, Log& log, const Clock& clock, Ticks ticks) {
  std::unique_ptr<Tracer> tracer(new Tracer(std::move(options), log, clock, ticks));
  const TracerOptions& chosen = tracer->options_;
  if (!chosen.file.empty())
    if (auto opened = tracer->open_file(chosen.file); !opened)
      return opened.error();
  if (chosen.period > Nanoseconds::zero())
    if (auto started = tracer->start(); !started)
      return started.error();
  return tracer;
}

Tracer::Tracer(TracerOptions options, Log& log, const Clock& clock, Ticks ticks)
    : options_(std::move(options)), log_(log), clock_(clock), ticks_(ticks),
      main_(std::make_shared<Slot>(options_.ring_records, "main", 0)),
      session_(static_cast<std::uint64_t>(read_clock(CLOCK_REALTIME)) ^ (static_cast<std::uint64_t>(::getpid()) << 48)),
      slots_{main_}, kept_(options_.keep, options_.keep_limit) {
  sample();
}

Tracer::~Tracer() {
  stop();
}

Result<void> Tracer::start() {
  Result<std::thread> started = start_thread("fenceline-trace", [this] { run(); });
  if (!started)
    return started.error();
  thread_ = std::move(*started);
  return {};
}

void Tracer::run() {
  // It can wait; frames cannot. Linux takes this for the calling thread alone.
  (void)::setpriority(PRIO_PROCESS, 0, 10);
  // Steady frames, however few a second, are not the ones that pay for a wake.
  constexpr unsigned sleeps_after = 8;
  const auto nothing_is_there = [this] {
    const std::lock_guard lock(drain_mutex_);
    return idle();
  };
  unsigned idle_periods = 0;
  while (gate_.wait(options_.period)) {
    idle_periods = nothing_is_there() ? idle_periods + 1 : 0;
    flush();
    if (idle_periods >= sleeps_after)
      gate_.sleep(nothing_is_there);
  }
}

Result<void> Tracer::open_file(const std::string& path) {
  auto file = TraceFile::create(path, options_.rotated_files);
  if (!file)
    return file.error();
  file_ = path;
  writer_ = std::make_unique<TraceWriter>(
      std::move(*file), names_,
      PerfettoEncoder::Info{session_, static_cast<int>(::getpid()), options_.version, ticks_.is_tsc()},
      options_.max_file_bytes, [this] { return read_clocks(); });
  writer_->begin();
  return {};
}

Result<void> Tracer::begin_file(const std::string& path) {
  std::lock_guard lock(drain_mutex_);
  if (stopped_)
    return Error{"the session is at its end", 0};
  if (writer_)
    return Error{"the trace goes to " + file_ + " already", 0};
  // What was recorded until now is not the file's.
  drain(false);
  return open_file(path);
}

Result<void> Tracer::end_file() {
  std::lock_guard lock(drain_mutex_);
  if (!writer_)
    return Error{"the trace goes to no file", 0};
  drain(false);
  // Draining gives a file up that can't be written.
  if (!writer_)
    return Error{"the trace's file could not be written to its end: " + file_, 0};
  auto done = writer_->finish(clock_.now(), "stopped");
  writer_.reset();
  return done;
}

void Tracer::stop() {
  gate_.end();
  if (thread_.joinable())
    thread_.join();
  std::lock_guard lock(drain_mutex_);
  if (stopped_)
    return;
  drain(true);
  stopped_ = true;
  if (writer_) {
    if (auto done = writer_->finish(clock_.now(), "stopped"); !done)
      give_up_file(done.error());
    writer_.reset();
  }
}

void Tracer::flush() {
  std::lock_guard lock(drain_mutex_);
  if (!stopped_)
    drain(false);
}

Tracer::Counts Tracer::counts() {
  std::lock_guard lock(drain_mutex_);
  Counts counts = counts_;
  for (const auto& slot : slots_)
    counts.dropped += slot->ring.dropped() - slot->dropped_seen;
  return counts;
}

std::unique_ptr<FrameObserver> Tracer::writer(std::string_view name, std::size_t ring_records) {
  std::lock_guard lock(drain_mutex_);
  slots_.push_back(std::make_shared<Slot>(ring_records, std::string(name), next_slot_++));
  return std::make_unique<ThreadWriter>(*this, slots_.back());
}

void Tracer::describe(ClientId client, std::string_view name, int pid) {
  std::lock_guard lock(names_mutex_);
  new_names_.clients.push_back({client, std::string(name), pid});
}

void Tracer::describe(OutputId output, std::string_view name, Nanoseconds refresh) {
  std::lock_guard lock(names_mutex_);
  new_names_.outputs.push_back({output, std::string(name), refresh});
}

void Tracer::describe(SurfaceId surface, ClientId client, std::string_view name) {
  std::lock_guard lock(names_mutex_);
  new_names_.surfaces.push_back({surface, client, std::string(name)});
}

// --- the drain ---

ClockReadings Tracer::read_clocks() const {
  return {clock_.now(), read_clock(CLOCK_BOOTTIME), read_clock(CLOCK_REALTIME)};
}

void Tracer::sample() {
  // The clock that ticks_ reads cannot disagree with itself.
  const int tries = ticks_.is_tsc() ? 5 : 1;
  timeline_.add(sample_clock([this] { return ticks_.now(); }, [this] { return clock_.now(); }, tries));
}

void Tracer::collect(std::uint64_t horizon) {
  for (auto slot = slots_.begin(); slot != slots_.end();) {
    Slot& from = **slot;
    // Acquire, before the records are read: after this, a closed ring gets no more.
    const bool closed = from.closed.load(std::memory_order_acquire);
    from.ring.consume([&](const TraceRecord& record) {
      batch_.push_back({record.ticks, {TimePoint{}, from.index, record.event}});
    });
    if (const std::uint64_t dropped = from.ring.dropped(); dropped != from.dropped_seen) {
      gaps_.push_back({TimePoint{}, from.index, from.name, dropped - from.dropped_seen});
      counts_.dropped += dropped - from.dropped_seen;
      from.dropped_seen = dropped;
    }
    slot = closed ? slots_.erase(slot) : slot + 1;
  }
  // Rings are drained one after the other: what was written meanwhile waits, so that an older record of a ring that was
  // drained earlier can still come before it.
  std::stable_sort(batch_.begin(), batch_.end(), [](const Pending& a, const Pending& b) { return a.ticks < b.ticks; });
  const auto later = std::find_if(batch_.begin(), batch_.end(), [&](const Pending& p) { return p.ticks > horizon; });
  for (auto at = batch_.begin(); at != later; ++at) {
    at->stamped.written = timeline_.time_of(at->ticks);
    put(at->stamped);
  }
  counts_.events += static_cast<std::uint64_t>(later - batch_.begin());
  batch_.erase(batch_.begin(), later);
}

bool Tracer::idle() const {
  return batch_.empty() && std::all_of(slots_.begin(), slots_.end(), [](const auto& slot) {
           return slot->ring.empty() && slot->ring.dropped() == slot->dropped_seen &&
                  !slot->closed.load(std::memory_order_relaxed);
         });
}

void Tracer::drain(bool last) {
  // Where a clock costs a system call, an idle session should pay for none.
  if (!last && idle())
    return;
  // Read before the names are taken: an event of before then has its name among them.
  const std::uint64_t horizon = last ? std::numeric_limits<std::uint64_t>::max() : ticks_.now();
  // Sampled after the horizon: every record before it lies between two samples.
  sample();
  take_names();
  collect(horizon);
  const TimePoint now = timeline_.time_of(ticks_.now());
  report_drops(now);
  if (!writer_) {
    kept_.age(now);
    return;
  }
  if (auto flushed = writer_->flush(); !flushed)
    give_up_file(flushed.error());
}

void Tracer::take_names() {
  Names fresh;
  {
    std::lock_guard lock(names_mutex_);
    std::swap(fresh, new_names_);
  }
  for (const NamedClient& n : fresh.clients)
    names_.set(n.id, n.name, n.pid);
  for (const NamedOutput& n : fresh.outputs)
    names_.set(n.id, n.name, n.refresh);
  for (const NamedSurface& n : fresh.surfaces)
    names_.set(n.id, n.client, n.name);
  if (!writer_)
    return;
  const auto renamed = [this](const auto& named) {
    for (const auto& n : named)
      writer_->encoder().renamed(n.id);
  };
  renamed(fresh.clients);
  renamed(fresh.outputs);
  renamed(fresh.surfaces);
}

void Tracer::put(const StampedEvent& stamped) {
  // Counts as use of the names, so that those in use are not the ones forgotten.
  (void)names_.find(stamped.event.client);
  (void)names_.find(stamped.event.surface);
  (void)names_.find(stamped.event.output);
  if (!writer_) {
    kept_.append(stamped);
    return;
  }
  if (auto written = writer_->event(stamped); !written)
    give_up_file(written.error());
  else
    counts_.rotations = writer_->part();
}

void Tracer::report_drops(TimePoint when) {
  for (KeptEvents::Gap& gap : gaps_) {
    gap.when = when;
    if (!writer_)
      kept_.append(std::move(gap));
    else if (auto written = writer_->dropped(gap.ring, gap.ring_name, gap.count, when); !written)
      give_up_file(written.error());
  }
  gaps_.clear();
}

void Tracer::give_up_file(const Error& error) {
  ++counts_.disk_errors;
  writer_.reset();
  log_.error("{}; tracing goes on in memory only", error.text());
}

Result<void> Tracer::write_snapshot(const std::string& path) {
  std::lock_guard lock(drain_mutex_);
  if (writer_)
    return Error{"the trace goes to " + file_ + " already; read that file instead", 0};
  if (!stopped_)
    drain(false);
  auto file = TraceFile::create(path, 0);
  if (!file)
    return file.error();
  const TimePoint now = clock_.now();
  TraceWriter snapshot(std::move(*file), names_,
                       PerfettoEncoder::Info{session_, static_cast<int>(::getpid()), options_.version, ticks_.is_tsc()},
                       std::numeric_limits<std::uint64_t>::max(), [this] { return read_clocks(); });
  snapshot.begin();
  Result<void> result;
  kept_.each(now - kept_.keep(), [&](const StampedEvent& event) {
    if (result)
      result = snapshot.event(event);
  });
  for (const KeptEvents::Gap& gap : kept_.gaps())
    if (result)
      result = snapshot.dropped(gap.ring, gap.ring_name, gap.count, gap.when);
  return result ? snapshot.finish(now, "snapshot") : result;
}

} // namespace fenceline
