#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "compositor/frame/frame_event.h"

namespace fenceline::test {

/// Keeps every event in the order of recording, with the time of recording when it is given a clock.
class RecordingObserver final : public FrameObserver {
 public:
  struct Entry {
    TimePoint at;
    FrameEvent event;
  };

  explicit RecordingObserver(const Clock* clock = nullptr) : clock_(clock) {}

  void record(const FrameEvent& event) override {
    entries.push_back({clock_ != nullptr ? clock_->now() : TimePoint{}, event});
  }
  void describe(ClientId, std::string_view name, int) override { described.emplace_back(name); }
  void describe(OutputId, std::string_view name, Nanoseconds) override { described.emplace_back(name); }
  void describe(SurfaceId, ClientId, std::string_view name) override { described.emplace_back(name); }

  [[nodiscard]] std::vector<FrameEvent> all(FrameEventKind kind) const {
    std::vector<FrameEvent> found;
    for (const Entry& entry : entries)
      if (entry.event.kind == kind)
        found.push_back(entry.event);
    return found;
  }
  [[nodiscard]] std::size_t count(FrameEventKind kind) const { return all(kind).size(); }
  [[nodiscard]] FrameEvent last(FrameEventKind kind) const {
    const auto found = all(kind);
    return found.empty() ? FrameEvent{} : found.back();
  }
  /// Bytes booked by kind, on one surface or on all (SurfaceId{}).
  [[nodiscard]] std::uint64_t bytes(CopyKind kind, SurfaceId surface = {}) const {
    std::uint64_t sum = 0;
    for (const FrameEvent& event : all(FrameEventKind::Copy))
      if (event.detail == static_cast<std::uint8_t>(kind) && (surface == SurfaceId{} || event.surface == surface))
        sum += event.value;
    return sum;
  }
  /// The kinds in order, of one frame or of all (FrameId{}): "latch begin, latch, latch end".
  [[nodiscard]] std::string text(FrameId frame = {}) const {
    std::string out;
    for (const Entry& entry : entries) {
      if (frame != FrameId{} && entry.event.frame != frame)
        continue;
      if (!out.empty())
        out += ", ";
      out += name(entry.event.kind);
    }
    return out;
  }
  void clear() { entries.clear(); }

  std::vector<Entry> entries;
  std::vector<std::string> described;

 private:
  const Clock* clock_;
};

} // namespace fenceline::test
