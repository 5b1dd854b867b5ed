#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "compositor/base/turn_watch.h"
#include "compositor/frame/frame_event.h"

namespace fenceline {

/// What the main loop's time goes to, for the trace: its long turns, as whatever is due meanwhile, a latch or a flip, has
/// to wait, and of a latch that comes late what the loop was busy with. All other records go on to `next` as they are.
/// Main thread.
class TurnBook final : public TurnWatch, public FrameObserver {
 public:
  static constexpr Nanoseconds least = std::chrono::milliseconds(1); ///< Shorter turns delay nobody.
  /// A latch that comes so late has to say why: most of the guard that it has, and more than a timer's jitter.
  static constexpr Nanoseconds least_late = std::chrono::microseconds(100);

  /// Both outlive it. `clock`: asked several times a turn (RoughClock).
  TurnBook(FrameObserver& next, const Clock& clock);

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
  /// A part of a turn.
  struct Stretch {
    TimePoint begin, end;
    TurnPart part{};
    ClientId client{};
    [[nodiscard]] bool same(const Stretch& other) const { return part == other.part && client == other.client; }
  };
  static constexpr std::size_t kept = 32;
  void add(TurnPart part, TimePoint now);
  /// What the loop was busy with for most of the time since then; null: with nothing.
  [[nodiscard]] const Stretch* busy_with(TimePoint since, TimePoint now) const;

  FrameObserver& next_;
  const Clock& clock_;
  TimePoint begun_, last_;
  std::array<Nanoseconds, 4> parts_{}; ///< By TurnPart.
  ClientId serving_{};
  std::array<Stretch, kept> stretches_{}; ///< The last ones, a ring.
  std::size_t newest_ = 0;
};

} // namespace fenceline
