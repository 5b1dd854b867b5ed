#include "compositor/app/promptness.h"

#include <linux/capability.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace fenceline {
namespace {

/// sched_setattr(2): struct sched_attr as it was first. Headers that have one are newer than the call.
struct SchedulingAttributes {
  std::uint32_t size = sizeof(SchedulingAttributes);
  std::uint32_t policy = SCHED_OTHER;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0; ///< ns; of SCHED_OTHER the slice, from Linux 6.12 on.
  std::uint64_t deadline = 0;
  std::uint64_t period = 0;
};
static_assert(sizeof(SchedulingAttributes) == 48);

constexpr std::uint64_t reset_on_fork = 0x01;    // SCHED_FLAG_RESET_ON_FORK
constexpr std::uint64_t shortest_slice = 100'000; // ns, the least that Linux takes

std::string reason() {
  return std::generic_category().message(errno);
}

/// False, with errno, where it is not granted.
bool set(const SchedulingAttributes& attributes) {
  return ::syscall(SYS_sched_setattr, 0, &attributes, 0U) == 0;
}

/// Kernels before 6.12 take the slice and forget it.
bool has_slice() {
  SchedulingAttributes now;
  return ::syscall(SYS_sched_getattr, 0, &now, sizeof now, 0U) == 0 && now.policy == SCHED_OTHER &&
         now.runtime == shortest_slice;
}

bool has_capability(unsigned capability) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  return ::syscall(SYS_capget, &header, sets.data()) == 0 &&
         (sets.at(capability / 32).effective >> (capability % 32) & 1U) != 0;
}

void ask_for_the_cpu(Promptness& made) {
  SchedulingAttributes wanted{.policy = SCHED_RR, .flags = reset_on_fork, .priority = 1};
  if (set(wanted)) {
    made.scheduling = "real time, round robin, priority 1";
    return;
  }
  made.no_better = "no real-time priority: " + reason() + " (RLIMIT_RTPRIO)";
  // The nice value goes with it.
  errno = 0;
  const int nice = ::getpriority(PRIO_PROCESS, 0);
  wanted = {.policy = SCHED_OTHER, .flags = reset_on_fork, .nice = errno == 0 ? nice : 0, .runtime = shortest_slice};
  made.scheduling = set(wanted) && has_slice() ? "ordinary, in slices of 0.1 ms" : "ordinary";
}

void ask_for_the_memory(Promptness& made) {
  rlimit limit{};
  const bool unlimited = ::getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY;
  if (!unlimited && !has_capability(CAP_IPC_LOCK))
    made.memory_goes = "RLIMIT_MEMLOCK is not unlimited";
  else if (::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0)
    made.memory_goes = "mlockall: " + reason();
  else
    made.memory_stays = true;
}

} // namespace

Promptness become_prompt() {
  Promptness made;
  ask_for_the_cpu(made);
  ask_for_the_memory(made);
  return made;
}

PageFaults page_faults() {
  rusage usage{};
  if (::getrusage(RUSAGE_THREAD, &usage) != 0)
    return {};
  return {usage.ru_majflt, usage.ru_minflt};
}

} // namespace fenceline
