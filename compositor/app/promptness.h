#pragma once
#include <cstdint>
#include <string>

namespace fenceline {

/// How soon the thread that shows frames runs when it is woken, and whether it ever waits for its own memory.
struct Promptness {
  std::string scheduling; ///< What was granted, in words.
  std::string no_better;  ///< Why not more; empty: there is no more.
  bool memory_stays = false;
  std::string memory_goes; ///< Why its memory may be taken away; empty where it stays.
};

/// Page faults of the calling thread so far (getrusage(2)): those that waited for a disk, and those that did not.
struct PageFaults {
  std::int64_t waited = 0, quick = 0;
};

/// Asks the system for all of it, for the calling thread alone: threads and programs that it starts are scheduled as
/// they would be without. Real time (SCHED_RR, the lowest priority) needs RLIMIT_RTPRIO or CAP_SYS_NICE; slices of 0.1
/// ms, with which Linux 6.12 and later lets it run before those with longer ones, need nothing. Memory is locked
/// (mlockall(2), as it comes to be used) where RLIMIT_MEMLOCK is unlimited or CAP_IPC_LOCK is there: under a limit, what
/// is mapped later would fail. What is not granted is no error.
[[nodiscard]] Promptness become_prompt();

[[nodiscard]] PageFaults page_faults();

} // namespace fenceline
