#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "compositor/base/result.h"
#include "compositor/trace/perfetto_encoder.h"
#include "compositor/trace/trace_file.h"

namespace fenceline {

/// A trace on disk: events in, whole files out, each of at most about `max_bytes`. After an error the trace is at its
/// end; make no more calls.
class TraceWriter {
 public:
  TraceWriter(TraceFile file, NameBook& names, PerfettoEncoder::Info info, std::uint64_t max_bytes,
              std::function<ClockReadings()> read_clocks);
  // The encoder writes to the file's buffer.
  TraceWriter(const TraceWriter&) = delete;
  TraceWriter& operator=(const TraceWriter&) = delete;

  void begin() { encoder_.begin(part_, read_clocks_()); }
  [[nodiscard]] Result<void> event(const StampedEvent& event);
  [[nodiscard]] Result<void> dropped(std::uint32_t ring, std::string_view ring_name, std::uint64_t count,
                                     TimePoint when);
  [[nodiscard]] Result<void> flush() { return file_.flush(); }
  [[nodiscard]] Result<void> finish(TimePoint now, std::string_view reason);

  [[nodiscard]] PerfettoEncoder& encoder() { return encoder_; }
  /// How many files were filled before this one.
  [[nodiscard]] std::uint32_t part() const { return part_; }

 private:
  [[nodiscard]] Result<void> make_room();

  TraceFile file_;
  PerfettoEncoder encoder_;
  std::uint64_t max_bytes_;
  std::function<ClockReadings()> read_clocks_;
  std::uint32_t part_ = 0;
};

} // namespace fenceline
