#include "tests/fuzz/descriptors.h"

#include "tests/fuzz/link.h"

#include <drm.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/udmabuf.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>

namespace fenceline::fuzz {

namespace {

// Enough to cut a file that was sent some hundred messages ago; few enough that eight connections stay below the usual
// limit of 1,024 open files.
constexpr std::size_t kKeptAtMost = 96;
// No descriptors: more than the living connections have.
constexpr std::size_t kTimelinesAtMost = 256;

constexpr std::array<std::string_view, static_cast<std::size_t>(FdKind::kCount)> kNames = {
    "memfd",    "shrink-sealed", "fully-sealed", "unsealable",  "read-only-memfd", "file",          "udmabuf",
    "timeline", "pipe-read",     "pipe-write",   "pipe-orphan", "socket",          "socket-orphan", "server-socket",
    "eventfd",  "timerfd",       "epoll",        "inotify",     "pidfd",           "directory",     "path-only",
    "null",     "zero",          "full",         "proc"};

// For calls whose failure is as good as their success.
void ignore(ssize_t) {}

template <class Number>
bool parse_number(std::string_view text, Number& out) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
  return failure == std::errc{} && end == text.data() + text.size();
}

} // namespace

std::string_view name_of(FdKind kind) {
  return kNames[static_cast<std::size_t>(kind)];
}

std::string FdSpec::text() const {
  return fmt::format("{}:{}:{}", name_of(kind), size, key);
}

std::optional<FdSpec> FdSpec::parse(std::string_view text) {
  const auto first = text.find(':');
  const auto second = text.find(':', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos)
    return std::nullopt;
  const auto* name = std::ranges::find(kNames, text.substr(0, first));
  FdSpec spec;
  if (name == kNames.end() || !parse_number(text.substr(first + 1, second - first - 1), spec.size) ||
      !parse_number(text.substr(second + 1), spec.key))
    return std::nullopt;
  spec.kind = static_cast<FdKind>(name - kNames.begin());
  return spec;
}

DescriptorShop::DescriptorShop(std::string socket_path)
    : socket_path_(std::move(socket_path)), udmabuf_device_(open("/dev/udmabuf", O_RDWR | O_CLOEXEC)) {
  // Any node that can make timelines will do: a foreign one is a good test too.
  for (const char* node : {"/dev/dri/renderD128", "/dev/dri/renderD129", "/dev/dri/card0", "/dev/dri/card1"}) {
    UniqueFd fd(open(node, O_RDWR | O_CLOEXEC));
    drm_get_cap capability{.capability = DRM_CAP_SYNCOBJ_TIMELINE, .value = 0};
    if (fd.valid() && ioctl(fd.get(), DRM_IOCTL_GET_CAP, &capability) == 0 && capability.value == 1) {
      drm_node_ = std::move(fd);
      break;
    }
  }
}

void DescriptorShop::keep(Owner owner, UniqueFd fd) {
  if (!fd.valid())
    return;
  kept_.push_back({owner, std::move(fd)});
  if (kept_.size() > kKeptAtMost)
    kept_.pop_front();
}

UniqueFd DescriptorShop::make_memfd(std::uint64_t size, Owner owner, unsigned flags, int seals) {
  UniqueFd fd(memfd_create("wire-fuzz", MFD_CLOEXEC | flags));
  if (!fd.valid() || ftruncate(fd.get(), static_cast<off_t>(size)) != 0)
    return fd;
  if (seals != 0)
    (void)fcntl(fd.get(), F_ADD_SEALS, seals);
  if (owner.key != 0)
    keep(owner, fd.duplicate());
  return fd;
}

UniqueFd DescriptorShop::make_udmabuf(std::uint64_t size, Owner owner) {
  const std::uint64_t rounded = std::max<std::uint64_t>((size + 4095) / 4096 * 4096, 4096);
  UniqueFd memfd = make_memfd(rounded, owner, MFD_ALLOW_SEALING, F_SEAL_SHRINK);
  if (!memfd.valid() || !udmabuf_device_.valid())
    return memfd;
  udmabuf_create request{};
  request.memfd = static_cast<std::uint32_t>(memfd.get());
  request.flags = UDMABUF_FLAGS_CLOEXEC;
  request.size = rounded;
  UniqueFd buffer(ioctl(udmabuf_device_.get(), UDMABUF_CREATE, &request));
  return buffer.valid() ? std::move(buffer) : std::move(memfd);
}

UniqueFd DescriptorShop::make_timeline(Owner owner) {
  drm_syncobj_create create{};
  if (!drm_node_.valid() || ioctl(drm_node_.get(), DRM_IOCTL_SYNCOBJ_CREATE, &create) != 0)
    return UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  drm_syncobj_handle handle{};
  handle.handle = create.handle;
  handle.fd = -1;
  const bool exported = ioctl(drm_node_.get(), DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &handle) == 0;
  timelines_.push_back({owner, create.handle});
  if (owner.key == 0 || timelines_.size() > kTimelinesAtMost) {
    const auto gone = owner.key == 0 ? std::prev(timelines_.end()) : timelines_.begin();
    drm_syncobj_destroy destroy{.handle = gone->handle, .pad = 0};
    (void)ioctl(drm_node_.get(), DRM_IOCTL_SYNCOBJ_DESTROY, &destroy);
    timelines_.erase(gone);
  }
  return UniqueFd(exported ? handle.fd : -1);
}

bool DescriptorShop::signal(std::uint32_t key, std::uint64_t point, std::uint32_t connection) const {
  const auto found = std::ranges::find(timelines_, Owner{connection, key}, &Timeline::owner);
  if (found == timelines_.end())
    return false;
  drm_syncobj_timeline_array request{};
  request.handles = reinterpret_cast<std::uint64_t>(&found->handle);
  request.points = reinterpret_cast<std::uint64_t>(&point);
  request.count_handles = 1;
  return ioctl(drm_node_.get(), DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL, &request) == 0;
}

UniqueFd DescriptorShop::make_file(std::uint64_t size, Owner owner) {
  const auto folder = std::filesystem::temp_directory_path().string();
  UniqueFd fd(open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd.valid() && ftruncate(fd.get(), static_cast<off_t>(size)) == 0 && owner.key != 0)
    keep(owner, fd.duplicate());
  return fd;
}

UniqueFd DescriptorShop::make_pair(FdKind kind) {
  int ends[2] = {-1, -1};
  const bool is_socket = kind == FdKind::Socket || kind == FdKind::SocketOrphan;
  const int made = is_socket ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends)
                             : pipe2(ends, O_CLOEXEC | O_NONBLOCK);
  if (made != 0)
    return {};
  UniqueFd given(ends[kind == FdKind::PipeRead ? 0 : 1]);
  UniqueFd other(ends[kind == FdKind::PipeRead ? 1 : 0]);
  if (kind != FdKind::PipeOrphan && kind != FdKind::SocketOrphan)
    keep({}, std::move(other));
  return given;
}

UniqueFd DescriptorShop::make_server_socket() {
  auto connection = connect_to(socket_path_);
  return connection ? std::move(*connection) : UniqueFd();
}

UniqueFd DescriptorShop::make(const FdSpec& spec, std::uint32_t connection) {
  const Owner owner{connection, spec.key};
  constexpr int kAllSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
  switch (spec.kind) {
  case FdKind::Memfd:
    return make_memfd(spec.size, owner, MFD_ALLOW_SEALING, 0);
  case FdKind::ShrinkSealed:
    return make_memfd(spec.size, owner, MFD_ALLOW_SEALING, F_SEAL_SHRINK);
  case FdKind::FullySealed:
    return make_memfd(spec.size, owner, MFD_ALLOW_SEALING, kAllSeals);
  case FdKind::Unsealable:
    return make_memfd(spec.size, owner, 0, 0);
  case FdKind::ReadOnlyMemfd: {
    const UniqueFd writable = make_memfd(spec.size, owner, MFD_ALLOW_SEALING, 0);
    return UniqueFd(open(fmt::format("/proc/self/fd/{}", writable.get()).c_str(), O_RDONLY | O_CLOEXEC));
  }
  case FdKind::RegularFile:
    return make_file(spec.size, owner);
  case FdKind::Udmabuf:
    return make_udmabuf(spec.size, owner);
  case FdKind::SyncTimeline:
    return make_timeline(owner);
  case FdKind::PipeRead:
  case FdKind::PipeWrite:
  case FdKind::PipeOrphan:
  case FdKind::Socket:
  case FdKind::SocketOrphan:
    return make_pair(spec.kind);
  case FdKind::ServerSocket:
    return make_server_socket();
  case FdKind::Eventfd:
    return UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  case FdKind::Timerfd:
    return UniqueFd(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  case FdKind::Epoll:
    return UniqueFd(epoll_create1(EPOLL_CLOEXEC));
  case FdKind::Inotify:
    return UniqueFd(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  case FdKind::Pidfd:
    return UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)));
  case FdKind::Directory:
    return UniqueFd(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  case FdKind::PathOnly:
    return UniqueFd(open("/", O_PATH | O_CLOEXEC));
  case FdKind::DevNull:
    return UniqueFd(open("/dev/null", O_RDWR | O_CLOEXEC));
  case FdKind::DevZero:
    return UniqueFd(open("/dev/zero", O_RDWR | O_CLOEXEC));
  case FdKind::DevFull:
    return UniqueFd(open("/dev/full", O_RDWR | O_CLOEXEC));
  case FdKind::ProcMem:
    return UniqueFd(open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
  case FdKind::kCount:
    break;
  }
  return {};
}

bool DescriptorShop::resize(std::uint32_t key, std::uint64_t size, std::uint32_t connection) {
  const auto found = std::ranges::find(kept_, Owner{connection, key}, &Kept::owner);
  return found != kept_.end() && ftruncate(found->fd.get(), static_cast<off_t>(size)) == 0;
}

void DescriptorShop::abuse(UniqueFd fd, std::uint32_t how) {
  static constexpr std::array<char, 256> kRubbish{};
  switch (how % 4) {
  case 0:
    ignore(ftruncate(fd.get(), 0));
    break;
  case 1:
    ignore(pwrite(fd.get(), kRubbish.data(), kRubbish.size(), 0));
    break;
  case 2:
    // A pipe's reader sees data and then the end. What blocks is not ours to wait for.
    (void)fcntl(fd.get(), F_SETFL, O_NONBLOCK);
    ignore(write(fd.get(), kRubbish.data(), kRubbish.size()));
    break;
  default:
    keep({}, std::move(fd));
    break;
  }
}

} // namespace fenceline::fuzz
