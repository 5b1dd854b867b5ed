#pragma once
#include <sys/resource.h>

namespace fenceline {

/// Raises the soft limit of open descriptors (RLIMIT_NOFILE) to the hard one: every buffer of every client is a
/// descriptor of ours, and 1,024, the usual soft limit, is soon used up. Programs that the session starts get the limit
/// back as it was found, for select(2) can't count further.
class DescriptorLimit {
 public:
  DescriptorLimit();
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;
  /// For a child process between fork and exec.
  void restore_in_child() const;

 private:
  rlimit found_{};
  bool raised_ = false;
};

} // namespace fenceline
