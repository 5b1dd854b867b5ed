#include "protocols/shm_pixels.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace fenceline {

bool ShmPixels::read_rows(std::uint32_t first, std::uint32_t count, std::span<std::byte> out) const {
  std::span<std::byte> rest = out.first(std::min(std::size_t{count} * stride_, out.size()));
  const auto rows = static_cast<std::uint32_t>(size_.height);
  if (first > rows || count > rows - first) {
    std::fill(rest.begin(), rest.end(), std::byte{});
    return false;
  }
  std::int64_t at = offset_ + std::int64_t{first} * stride_;
  while (!rest.empty()) {
    const ssize_t got = ::pread(file_->fd.get(), rest.data(), rest.size(), at);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0) {
      std::fill(rest.begin(), rest.end(), std::byte{});
      return false;
    }
    rest = rest.subspan(static_cast<std::size_t>(got));
    at += got;
  }
  return true;
}

} // namespace fenceline
