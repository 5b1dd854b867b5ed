#include "compositor/base/sync_file.h"

#include <linux/sync_file.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace fenceline {

TimePoint sync_file_signal_time(int sync_file) {
  sync_file_info info{};
  if (::ioctl(sync_file, SYNC_IOC_FILE_INFO, &info) != 0 || info.status != 1 || info.num_fences == 0)
    return {};
  // A sync file of more fences than this is rare; its time is not told.
  std::array<sync_fence_info, 8> fences{};
  if (info.num_fences > fences.size())
    return {};
  info.sync_fence_info = reinterpret_cast<std::uint64_t>(fences.data());
  if (::ioctl(sync_file, SYNC_IOC_FILE_INFO, &info) != 0)
    return {};
  TimePoint last;
  for (std::size_t i = 0; i < info.num_fences; ++i) {
    // A point that the CPU signalled holds the kernel's one stub fence, whose time is that of the boot.
    if (std::string_view(fences[i].driver_name) == "stub")
      return {};
    last = std::max(last, TimePoint{static_cast<std::int64_t>(fences[i].timestamp_ns)});
  }
  return last;
}

void sync_file_want_by(int sync_file, TimePoint when) {
  // SYNC_IOC_SET_DEADLINE of linux/sync_file.h, which headers of older kernels lack.
  struct {
    std::uint64_t deadline_ns, pad;
  } request{static_cast<std::uint64_t>(std::max<std::int64_t>(when.ns, 0)), 0};
  [[maybe_unused]] const int taken = ::ioctl(sync_file, _IOW('>', 5, decltype(request)), &request);
}

Result<UniqueFd> merge_sync_files(const UniqueFd& one, const UniqueFd& other) {
  sync_merge_data merge{};
  constexpr std::string_view label = "fenceline";
  std::copy(label.begin(), label.end(), merge.name);
  merge.fd2 = other.get();
  if (::ioctl(one.get(), SYNC_IOC_MERGE, &merge) != 0)
    return Error::from_errno("cannot merge sync files");
  return UniqueFd(merge.fence);
}

} // namespace fenceline
