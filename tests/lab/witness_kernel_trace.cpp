#include "tests/lab/witness_kernel_trace.h"

#include <linux/sync_file.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/lab/witness_session.h"

namespace fenceline::lab {

namespace {

namespace fs = std::filesystem;

void set(const fs::path& file, const std::string& value) {
  std::ofstream out(file);
  if (!(out << value << std::flush))
    throw std::runtime_error("cannot write \"" + value + "\" to " + file.string());
}

/// "12.345678" in ns.
std::int64_t nanoseconds(long seconds, long microseconds) {
  return (std::int64_t{seconds} * 1'000'000 + microseconds) * 1000;
}

/// The events that are known, each with what follows its name in the line.
bool read_event(const std::string& name, const char* rest, std::int64_t written, KernelRecord& record) {
  char text[64], other[64];
  unsigned crtc = 0, sequence = 0;
  if (name == "drm_vblank_event") {
    long long time = 0;
    if (std::sscanf(rest, " crtc=%*d, seq=%u, time=%lld", &sequence, &time) != 2)
      return false;
    record.blanks.push_back({sequence, time, written});
  } else if (name == "drm_vblank_event_delivered") {
    if (std::sscanf(rest, " file=%63[^,], crtc=%u, seq=%u", text, &crtc, &sequence) != 3)
      return false;
    // A commit that asks for no event still has one inside the kernel; those go to no file.
    if (std::string(text).find_first_not_of('0') != std::string::npos)
      record.flips.push_back({text, crtc, sequence, written});
  } else if (name == "sched_switch") {
    KernelSwitch found{.written_ns = written};
    const std::string line(rest);
    const std::size_t from = line.rfind(" prev_pid="), to = line.rfind(" next_pid=");
    if (from == std::string::npos || to == std::string::npos ||
        std::sscanf(line.c_str() + from, " prev_pid=%d", &found.from) != 1 ||
        std::sscanf(line.c_str() + to, " next_pid=%d", &found.to) != 1)
      return false;
    record.switches.push_back(found);
  } else if (name == "sched_wakeup") {
    KernelWakeup found{.written_ns = written};
    const std::string line(rest);
    const std::size_t thread = line.rfind(" pid=");
    if (thread == std::string::npos || std::sscanf(line.c_str() + thread, " pid=%d", &found.thread) != 1)
      return false;
    record.wakeups.push_back(found);
  } else if (name == "dma_fence_signaled") {
    if (std::sscanf(rest, " driver=%63s timeline=%63s context=%*u seqno=%u", text, other, &sequence) != 3)
      return false;
    record.fences.push_back({text, other, sequence, written});
  } else if (name == "sys_enter") {
    unsigned long request = 0;
    if (std::sscanf(rest, " NR %*d (%*x, %lx", &request) == 1 && request == SYNC_IOC_MERGE)
      ++record.merges;
  }
  return true;
}

// "  TASK-PID  [CPU]  FLAGS  SECONDS.MICROSECONDS: NAME: ..."; a task's name may have spaces and colons.
void read_line(const std::string& line, KernelRecord& record) {
  const std::size_t cpu = line.find(" [0");
  long seconds = 0, microseconds = 0;
  char name[64];
  int end = 0;
  if (cpu == std::string::npos ||
      std::sscanf(line.c_str() + cpu, " [%*d] %*s %ld.%ld: %63[^:]:%n", &seconds, &microseconds, name, &end) != 3 ||
      end == 0 || !read_event(name, line.c_str() + cpu + end, nanoseconds(seconds, microseconds), record))
    throw std::runtime_error("not understood: " + line);
}

KernelRecord read_instance(const fs::path& folder) {
  set(folder / "tracing_on", "0");
  KernelRecord record;
  std::istringstream text(text_of(folder / "trace"));
  for (std::string line; std::getline(text, line);) {
    unsigned long kept = 0, written = 0;
    if (std::sscanf(line.c_str(), "# entries-in-buffer/entries-written: %lu/%lu", &kept, &written) == 2)
      record.complete = kept == written;
    else if (!line.starts_with("#"))
      read_line(line, record);
  }
  return record;
}

} // namespace

KernelTrace::KernelTrace(pid_t merging) : folder_("/sys/kernel/tracing/instances/witness") {
  fs::create_directory(folder_);
  set(folder_ / "trace_clock", "mono");
  set(folder_ / "buffer_size_kb", "4096");
  set(folder_ / "events/drm/drm_vblank_event/enable", "1");
  set(folder_ / "events/drm/drm_vblank_event_delivered/enable", "1");
  if (merging != 0) {
    set(folder_ / "events/raw_syscalls/sys_enter/filter",
        "id == " + std::to_string(SYS_ioctl) + " && common_pid == " + std::to_string(merging));
    set(folder_ / "events/raw_syscalls/sys_enter/enable", "1");
  }
  set(folder_ / "tracing_on", "1");
}

KernelTrace::~KernelTrace() {
  std::error_code ignored;
  fs::remove(folder_, ignored);
}

KernelRecord KernelTrace::stop() {
  return read_instance(folder_);
}

KernelRecord end_lab_run_trace() {
  return read_instance("/sys/kernel/tracing/instances/lab-run");
}

} // namespace fenceline::lab
