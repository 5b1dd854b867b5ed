#include "compositor/backends/drm/seat_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "compositor/base/fd.h"

// The header has no C++ linkage of its own.
extern "C" {
#include <libseat.h>
}

namespace fenceline {
namespace {

constexpr Nanoseconds longest_wait = std::chrono::seconds(3);
// Far beyond what a switch takes to begin; the terminal that is there already is a switch that never does.
constexpr Nanoseconds longest_switch = std::chrono::seconds(2);

} // namespace

class SeatSession::Device final : public SessionDevice {
 public:
  Device(libseat* seat, int id, int fd) : seat_(seat), id_(id), fd_(fd) {}
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  // libseat closes its own book on the device; the descriptor is ours.
  ~Device() override { libseat_close_device(seat_, id_); }
  [[nodiscard]] int fd() const override { return fd_.get(); }

 private:
  libseat* seat_;
  int id_;
  UniqueFd fd_;
};

Result<std::unique_ptr<SeatSession>> SeatSession::create(EventLoop& loop, Log& log) {
  static constexpr libseat_seat_listener listener{
      .enable_seat = [](libseat*, void* self) { static_cast<SeatSession*>(self)->enabled(); },
      .disable_seat = [](libseat*, void* self) { static_cast<SeatSession*>(self)->disabled(); },
  };
  std::unique_ptr<SeatSession> session(new SeatSession(loop.clock(), log));
  session->seat_ = libseat_open_seat(&listener, session.get());
  if (session->seat_ == nullptr)
    return Error::from_errno("no seat to be had (seatd, logind)");
  const TimePoint deadline = loop.clock().now() + longest_wait;
  while (!session->active_) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - loop.clock().now()).count();
    if (left <= 0)
      return Error{fmt::format("{} is not given to this session: switch to its terminal first", session->seat()),
                   ETIMEDOUT};
    if (libseat_dispatch(session->seat_, static_cast<int>(left)) < 0)
      return Error::from_errno("lost the seat while waiting for it");
  }
  auto source = loop.watch(libseat_get_fd(session->seat_), IoEvents::Readable,
                           [raw = session.get()](IoEvents) { raw->dispatch(); });
  if (!source)
    return source.error();
  session->source_ = std::move(*source);
  return session;
}

SeatSession::~SeatSession() {
  source_.reset();
  if (seat_ != nullptr)
    libseat_close_seat(seat_);
}

void SeatSession::dispatch() {
  if (libseat_dispatch(seat_, 0) >= 0)
    return;
  log_.error("{}", Error::from_errno("lost the seat").text());
  source_.reset();
  disabled();
}

void SeatSession::enabled() {
  if (active_)
    return;
  active_ = true;
  no_switch_before_ = {};
  tell_resumed();
}

void SeatSession::disabled() {
  if (active_) {
    active_ = false;
    tell_paused();
  }
  // Until this answer the seat's manager waits with the switch.
  libseat_disable_seat(seat_);
}

Result<std::unique_ptr<SessionDevice>> SeatSession::open_device(const std::string& path) {
  int fd = -1;
  const int id = libseat_open_device(seat_, path.c_str(), &fd);
  if (id < 0)
    return Error::from_errno(fmt::format("the seat does not give {}", path));
  return std::unique_ptr<SessionDevice>(std::make_unique<Device>(seat_, id, fd));
}

std::string SeatSession::seat() const {
  const char* name = libseat_seat_name(seat_);
  return name != nullptr ? name : "seat0";
}

// seatd refuses a switch while one is under way, and libseat, which waits for no answer here, takes the refusal for the
// answer to its next request: from then on an answer too many stands before all events, and the seat would never be
// told to be back (seen with 0.7).
Result<void> SeatSession::switch_vt(int vt) {
  const TimePoint now = clock_.now();
  if (!active_ || now < no_switch_before_)
    return {};
  no_switch_before_ = now + longest_switch;
  if (libseat_switch_session(seat_, vt) != 0)
    return Error::from_errno(fmt::format("cannot switch to terminal {}", vt));
  return {};
}

} // namespace fenceline
