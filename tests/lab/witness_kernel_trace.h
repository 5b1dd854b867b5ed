#pragma once
// The kernel's own record of blanks and flips: drm's tracepoints, in a tracefs instance of this test's own.

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

struct KernelRecord {
  std::vector<KernelBlank> blanks;
  std::vector<KernelFlip> flips;
  int merges = 0;        ///< Calls of SYNC_IOC_MERGE.
  bool complete = false; ///< No record was overwritten.
};

/// Records from construction on.
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
