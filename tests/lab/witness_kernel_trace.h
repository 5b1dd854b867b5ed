#pragma once
// The kernel's own record of blanks and flips, of fences and of the threads that ran: its tracepoints, read from a
// tracefs instance.

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace fenceline::lab {

/// drm:drm_vblank_event: a blank.
struct KernelBlank {
  std::uint32_t sequence = 0;
  std::int64_t time_ns = 0;    ///< The kernel's time stamp of the blank, CLOCK_MONOTONIC.
  std::int64_t written_ns = 0; ///< When the record was written, CLOCK_MONOTONIC; in steps of a microsecond.
};

/// drm:drm_vblank_event_delivered: an event sent to a program. This test asks for none, so that each one is a page flip
/// of the compositor's.
struct KernelFlip {
  std::string file;  ///< The receiving file, as a hashed address; internal ones of the kernel have none.
  unsigned crtc = 0; ///< The number of the CRTC on its card, from 0.
  std::uint32_t sequence = 0;
  std::int64_t written_ns = 0;
};

/// sched:sched_switch: a CPU goes from one thread to another. 0: to or from none.
struct KernelSwitch {
  pid_t from = 0, to = 0;
  std::int64_t written_ns = 0;
};

/// sched:sched_wakeup: a thread may run from now on.
struct KernelWakeup {
  pid_t thread = 0;
  std::int64_t written_ns = 0;
};

/// dma_fence:dma_fence_signaled.
struct KernelFence {
  std::string driver, timeline;
  std::uint32_t seqno = 0;
  std::int64_t written_ns = 0;
};

struct KernelRecord {
  std::vector<KernelBlank> blanks;
  std::vector<KernelFlip> flips;
  std::vector<KernelSwitch> switches;
  std::vector<KernelWakeup> wakeups;
  std::vector<KernelFence> fences;
  int merges = 0;        ///< Calls of SYNC_IOC_MERGE.
  bool complete = false; ///< No record was overwritten.
};

/// What `lab-run --kernel-trace` has recorded so far. It records no more then.
[[nodiscard]] KernelRecord end_lab_run_trace();

/// Records blanks and flips from construction on, in an instance of its own.
class KernelTrace {
 public:
  /// `merging`: the thread whose merges of fences are counted, too; 0: nobody's.
  explicit KernelTrace(pid_t merging = 0);
  ~KernelTrace();
  KernelTrace(const KernelTrace&) = delete;
  KernelTrace& operator=(const KernelTrace&) = delete;
  /// Stops recording.
  [[nodiscard]] KernelRecord stop();

 private:
  std::filesystem::path folder_;
};

} // namespace fenceline::lab
