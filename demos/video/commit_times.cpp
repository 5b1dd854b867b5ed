#include "demos/video/commit_times.h"

#include "commit-timing-v1-client-protocol.h"

namespace fenceline::demos {

CommitTimes::CommitTimes(const Connection& connection, wl_surface* surface) {
  auto* const manager =
      static_cast<wp_commit_timing_manager_v1*>(connection.bind_extra(wp_commit_timing_manager_v1_interface, 1));
  if (manager == nullptr)
    return;
  timer_ = wp_commit_timing_manager_v1_get_timer(manager, surface);
  wp_commit_timing_manager_v1_destroy(manager);
}

CommitTimes::~CommitTimes() {
  if (timer_ != nullptr)
    wp_commit_timer_v1_destroy(timer_);
}

void CommitTimes::set(std::int64_t time) const {
  constexpr std::uint64_t second = 1'000'000'000;
  const auto ns = static_cast<std::uint64_t>(time);
  wp_commit_timer_v1_set_timestamp(timer_, static_cast<std::uint32_t>((ns / second) >> 32U),
                                   static_cast<std::uint32_t>(ns / second), static_cast<std::uint32_t>(ns % second));
}

} // namespace fenceline::demos
