#include "compositor/base/udmabuf.h"

#include <fcntl.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

namespace fenceline {
namespace {

constexpr const char* node = "/dev/udmabuf";
/// The module's parameter; the kernel's default is 64 MiB (drivers/dma-buf/udmabuf.c).
constexpr const char* limit_file = "/sys/module/udmabuf/parameters/size_limit_mb";
constexpr std::uint64_t default_limit_mb = 64;

std::uint64_t limit_in_mb() {
  const UniqueFd file(::open(limit_file, O_RDONLY | O_CLOEXEC));
  std::array<char, 32> text{};
  const ssize_t got = file.valid() ? ::read(file.get(), text.data(), text.size()) : -1;
  std::uint64_t limit = 0;
  if (got <= 0 || std::from_chars(text.data(), text.data() + got, limit).ec != std::errc{} || limit == 0)
    return default_limit_mb;
  return limit;
}

/// Sees to it that the file keeps its length.
Result<void> keep_from_shrinking(int file) {
  const int seals = ::fcntl(file, F_GET_SEALS);
  if (seals < 0)
    return Error{"the pool is no memory file", EINVAL};
  if ((seals & F_SEAL_SHRINK) != 0)
    return {};
  if (::fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK) != 0)
    return Error::from_errno("the pool can't be sealed against shrinking");
  return {};
}

} // namespace

Result<Udmabuf> Udmabuf::open() {
  UniqueFd device(::open(node, O_RDWR | O_CLOEXEC));
  if (!device.valid())
    return Error::from_errno(node);
  return Udmabuf(std::move(device), limit_in_mb() << 20);
}

Result<UniqueFd> Udmabuf::export_pages(int file, std::uint64_t offset, std::uint64_t size) const {
  if (auto kept = keep_from_shrinking(file); !kept)
    return kept.error();
  // Only now: it can't become shorter any more.
  struct stat facts {};
  if (::fstat(file, &facts) != 0)
    return Error::from_errno("the pool's length");
  const std::uint64_t page = page_size();
  if ((static_cast<std::uint64_t>(facts.st_size) + page - 1) / page * page < offset + size)
    return Error{"the pool's file is shorter than the pool", EINVAL};
  udmabuf_create request{};
  request.memfd = static_cast<std::uint32_t>(file);
  request.flags = UDMABUF_FLAGS_CLOEXEC;
  request.offset = offset;
  request.size = size;
  const int made = ::ioctl(device_.get(), UDMABUF_CREATE, &request);
  if (made < 0)
    return Error::from_errno("udmabuf");
  return UniqueFd(made);
}

std::uint64_t page_size() {
  return static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

} // namespace fenceline
