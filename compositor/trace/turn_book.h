#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "compositor/base/turn_watch.h"
#include "compositor/frame/frame_event.h"
#include "compositor/trace/ticks.h"

namespace fenceline {

/// What the main loop's time goes to, for the trace: its long turns, as whatever is due meanwhile, a latch or a flip, has
/// to wait, and of a latch that comes late what the loop was busy with. It reads the processor's counter and no clock,
/// which would cost more than many a turn. All other records go on to `next` as they are. Main thread.
class TurnBook final : public TurnWatch, public FrameObserver {
 public:
  static constexpr Nanoseconds least = std::chrono::milliseconds(1); ///< Shorter turns delay nobody.
  /// A latch that comes so late has to say why: most of the guard that it has, and more than a timer's jitter.
  static constexpr Nanoseconds least_late = std::chrono::microseconds(100);

  /// All outlive it.
  TurnBook(FrameObserver& next, const Clock& clock, Ticks ticks);

  void woke() override;
  void did(TurnPart part) override;
  void sleeps() override;
  /// The requests that come next are this client's, or (0) no client's any more.
  void serves(ClientId client);

  void record(const FrameEvent& event) override;
  void describe(ClientId client, std::string_view name, int pid) override { next_.describe(client, name, pid); }
  void describe(OutputId output, std::string_view name, Nanoseconds refresh) override {
    next_.describe(output, name, refresh);
  }
  void describe(SurfaceId surface, ClientId client, std::string_view name) override {
    next_.describe(surface, client, name);
  }
  void gone(ClientId client) override { next_.gone(client); }
  void gone(OutputId output) override { next_.gone(output); }

 private:
  /// The counter's rate is measured again after so many turns, and the first time after that.
  static constexpr std::uint64_t turns_a_measure = 256;
  /// A part of a turn, in ticks.
  struct Stretch {
    std::uint64_t begin = 0, end = 0;
    TurnPart part{};
    ClientId client{};
    [[nodiscard]] bool same(const Stretch& other) const { return part == other.part && client == other.client; }
  };
  static constexpr std::size_t kept = 32;
  void measure();
  void add(TurnPart part, std::uint64_t now);
  /// What the loop was busy with for most of the last `ticks`; none: with nothing.
  [[nodiscard]] std::optional<Stretch> busy_with(std::uint64_t now, std::uint64_t ticks) const;

  FrameObserver& next_;
  const Clock& clock_;
  Ticks ticks_;
  TimePoint first_time_;
  std::uint64_t first_ticks_;
  double ns_per_tick_ = 0; ///< 0: not known yet.
  std::uint64_t turns_ = 0, begun_ = 0, last_ = 0;
  std::array<std::uint64_t, 4> parts_{}; ///< Ticks, by TurnPart.
  ClientId serving_{};
  std::array<Stretch, kept> stretches_{}; ///< The last ones, a ring.
  std::size_t newest_ = 0;
};

} // namespace fenceline
