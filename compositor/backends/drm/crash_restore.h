#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "compositor/backends/drm/display_handover.h"
#include "compositor/backends/drm/drm_api.h"

namespace fenceline {

/// Gives the display back as it was found when the session crashes. When one of the signals that end a program for its
/// own fault comes (SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP), sends a request that was made beforehand, by
/// the one system call that needs; then the signal takes its course. The terminal is given back by the seat's manager,
/// which sees the session end.
///
/// One at a time in a process: a signal handler knows no objects, so what it needs is in the one variable of this file.
class CrashRestore {
 public:
  /// `drm` outlives it. EBUSY: there is one already.
  [[nodiscard]] static Result<std::unique_ptr<CrashRestore>> arm(DrmApi& drm, DisplayHandover::AsFound found);
  CrashRestore(const CrashRestore&) = delete;
  CrashRestore& operator=(const CrashRestore&) = delete;
  /// The signals are as they were before.
  ~CrashRestore();

 private:
  struct Armed;
  CrashRestore(DrmApi& drm, std::vector<std::uint32_t> blobs, std::unique_ptr<Armed> armed);
  static void crashed(int signal);
  DrmApi& drm_;
  std::vector<std::uint32_t> blobs_;
  std::unique_ptr<Armed> armed_;
};

} // namespace fenceline
