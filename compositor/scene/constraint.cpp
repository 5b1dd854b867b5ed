#include "compositor/scene/constraint.h"

#include <linux/sync_file.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <array>
#include <string_view>

namespace fenceline {

TimePoint sync_file_signal_time(int sync_file) {
  sync_file_info info{};
  if (::ioctl(sync_file, SYNC_IOC_FILE_INFO, &info) != 0 || info.status != 1 || info.num_fences == 0)
    return {};
  // A sync file of more fences than this is rare; its time is not told.
  std::array<sync_fence_info, 8> fences{};
  if (info.num_fences > fences.size())
    return {};
  info.sync_fence_info = reinterpret_cast<std::uint64_t>(fences.data());
  if (::ioctl(sync_file, SYNC_IOC_FILE_INFO, &info) != 0)
    return {};
  TimePoint last;
  for (std::size_t i = 0; i < info.num_fences; ++i) {
    // A point that the CPU signalled holds the kernel's one stub fence, whose time is that of the boot.
    if (std::string_view(fences[i].driver_name) == "stub")
      return {};
    last = std::max(last, TimePoint{static_cast<std::int64_t>(fences[i].timestamp_ns)});
  }
  return last;
}

FdConstraint::FdConstraint(EventLoop& loop, UniqueFd fd, bool sync_file)
    : loop_(loop), fd_(std::move(fd)), sync_file_(sync_file) {}

FdConstraint::~FdConstraint() = default;

bool FdConstraint::ready() const {
  pollfd poll_fd{.fd = fd_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&poll_fd, 1, 0) > 0;
}

Result<bool> FdConstraint::arm(std::function<void()> met) {
  if (ready())
    return true;
  auto source = loop_.watch(fd_.get(), IoEvents::Readable, [this, run = std::move(met)](IoEvents) {
    // Level-triggered: without this the loop would come back until the update is gone. And before the descriptor is
    // closed: its number may be another one's by the time that this ends.
    source_.reset();
    run();
  });
  if (!source)
    return source.error();
  source_ = std::move(*source);
  return false;
}

TimePoint FdConstraint::signalled_at() const {
  return sync_file_ ? sync_file_signal_time(fd_.get()) : TimePoint{};
}

} // namespace fenceline
