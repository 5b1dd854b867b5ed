#include "compositor/app/descriptor_limit.h"

namespace fenceline {

DescriptorLimit::DescriptorLimit() {
  if (::getrlimit(RLIMIT_NOFILE, &found_) != 0 || found_.rlim_cur >= found_.rlim_max)
    return;
  const rlimit all{.rlim_cur = found_.rlim_max, .rlim_max = found_.rlim_max};
  raised_ = ::setrlimit(RLIMIT_NOFILE, &all) == 0;
}

void DescriptorLimit::restore_in_child() const {
  if (raised_)
    ::setrlimit(RLIMIT_NOFILE, &found_);
}

} // namespace fenceline
