#pragma once
#include "compositor/backends/drm/session.h"
#include "compositor/base/event_loop.h"
#include "compositor/base/log.h"

struct libseat;

namespace fenceline {

/// Session on libseat: seatd, logind, or libseat's own helper when started as root.
class SeatSession final : public Session {
 public:
  /// Waits until the seat is ours, three seconds at most.
  [[nodiscard]] static Result<std::unique_ptr<SeatSession>> create(EventLoop& loop, Log& log);
  SeatSession(const SeatSession&) = delete;
  SeatSession& operator=(const SeatSession&) = delete;
  ~SeatSession() override;

  [[nodiscard]] Result<std::unique_ptr<SessionDevice>> open_device(const std::string& path) override;
  [[nodiscard]] bool active() const override { return active_; }
  [[nodiscard]] std::string seat() const override;
  [[nodiscard]] Result<void> switch_vt(int vt) override;

 private:
  class Device;
  SeatSession(const Clock& clock, Log& log) : clock_(clock), log_(log) {}
  void enabled();
  void disabled();
  void dispatch();

  const Clock& clock_;
  Log& log_;
  libseat* seat_ = nullptr;
  std::unique_ptr<EventSource> source_;
  bool active_ = false;
  TimePoint no_switch_before_{};
};

} // namespace fenceline
