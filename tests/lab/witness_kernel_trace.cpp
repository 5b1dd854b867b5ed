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

void read_line(const std::string& line, KernelRecord& record) {
  if (const std::size_t call = line.find(": sys_enter: NR "); call != std::string::npos) {
    unsigned long request = 0;
    if (std::sscanf(line.c_str() + call, ": sys_enter: NR %*d (%*x, %lx", &request) == 1 && request == SYNC_IOC_MERGE)
      ++record.merges;
    return;
  }
  const std::size_t event = line.find(": drm_vblank_event");
  if (event == std::string::npos)
    return;
  long seconds = 0, microseconds = 0;
  const std::size_t stamp = line.rfind(' ', event - 1);
  if (std::sscanf(line.c_str() + stamp, " %ld.%ld", &seconds, &microseconds) != 2)
    throw std::runtime_error("not understood: " + line);
  const std::int64_t written = nanoseconds(seconds, microseconds);
  unsigned sequence = 0;
  long long time = 0;
  char file[64];
  unsigned crtc = 0;
  if (std::sscanf(line.c_str() + event, ": drm_vblank_event: crtc=%*d, seq=%u, time=%lld", &sequence, &time) == 2)
    record.blanks.push_back({sequence, time, written});
  else if (std::sscanf(line.c_str() + event, ": drm_vblank_event_delivered: file=%63[^,], crtc=%u, seq=%u", file, &crtc,
                       &sequence) == 3)
    record.flips.push_back({file, crtc, sequence, written});
  else
    throw std::runtime_error("not understood: " + line);
}

} // namespace

KernelTrace::KernelTrace(pid_t merging) : folder_("/sys/kernel/tracing/instances/witness") {
  fs::create_directory(folder_);
  set(folder_ / "trace_clock", "mono");
  set(folder_ / "buffer_size_kb", "4096");
  set(folder_ / "events/drm/drm_vblank_event/enable", "1");
  // A commit that asks for no event still has one inside the kernel; those go to no file.
  set(folder_ / "events/drm/drm_vblank_event_delivered/filter", "file != 0");
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
  set(folder_ / "tracing_on", "0");
  KernelRecord record;
  std::istringstream text(text_of(folder_ / "trace"));
  for (std::string line; std::getline(text, line);) {
    unsigned long kept = 0, written = 0;
    if (std::sscanf(line.c_str(), "# entries-in-buffer/entries-written: %lu/%lu", &kept, &written) == 2)
      record.complete = kept == written;
    else if (!line.starts_with("#"))
      read_line(line, record);
  }
  return record;
}

} // namespace fenceline::lab
