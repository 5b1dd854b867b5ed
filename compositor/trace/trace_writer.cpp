#include "compositor/trace/trace_writer.h"

#include <algorithm>

namespace fenceline {

namespace {

// The interned strings and the clocks alone are 4 KiB a file.
constexpr std::uint64_t smallest_limit = 32 * 1024;
constexpr std::size_t flush_at = 256 * 1024;

} // namespace

TraceWriter::TraceWriter(TraceFile file, NameBook& names, PerfettoEncoder::Info info, std::uint64_t max_bytes,
                         std::function<ClockReadings()> read_clocks)
    : file_(std::move(file)), encoder_(file_.pending(), names, std::move(info)),
      max_bytes_(std::max(max_bytes, smallest_limit)), read_clocks_(std::move(read_clocks)) {}

Result<void> TraceWriter::event(const StampedEvent& event) {
  encoder_.event(event);
  return make_room();
}

Result<void> TraceWriter::dropped(std::uint32_t ring, std::string_view ring_name, std::uint64_t count, TimePoint when) {
  encoder_.dropped(ring, ring_name, count, when);
  return make_room();
}

Result<void> TraceWriter::make_room() {
  // Room for one more event and its tracks stays, as what closes the file must fit in it too.
  constexpr std::uint64_t one_event = 2048;
  if (file_.size() + encoder_.closing_bytes() + one_event > max_bytes_) {
    const ClockReadings clocks = read_clocks_();
    encoder_.end(clocks.monotonic, "rotated", false);
    if (auto rotated = file_.rotate(); !rotated)
      return rotated;
    encoder_.begin(++part_, clocks);
  }
  if (file_.pending().size() >= flush_at)
    return file_.flush();
  return {};
}

Result<void> TraceWriter::finish(TimePoint now, std::string_view reason) {
  encoder_.end(now, reason, true);
  return file_.flush();
}

} // namespace fenceline
