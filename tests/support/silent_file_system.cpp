#include "tests/support/silent_file_system.h"

#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

namespace fenceline::test {

namespace {

constexpr std::uint64_t file_node = 2;
constexpr std::size_t file_size = 65536;

void answer(int device, std::uint64_t unique, int error, const void* body, std::size_t bytes) {
  std::array<char, 512> out{};
  const fuse_out_header header{
      .len = static_cast<std::uint32_t>(sizeof(fuse_out_header) + bytes), .error = -error, .unique = unique};
  std::memcpy(out.data(), &header, sizeof header);
  if (bytes != 0)
    std::memcpy(out.data() + sizeof header, body, bytes);
  [[maybe_unused]] const ssize_t written = ::write(device, out.data(), header.len);
}

fuse_attr attributes(std::uint64_t node, mode_t type) {
  fuse_attr attr{};
  attr.ino = node;
  attr.mode = node == file_node ? type | 0600U : S_IFDIR | 0700U;
  attr.size = node == file_node ? file_size : 0;
  attr.nlink = 1;
  attr.blksize = 4096;
  return attr;
}

/// Answers until the file has been opened, or somebody says a word on the socket.
void serve(int device, int socket, const SilentFileSystem::Options& options) {
  alignas(8) static std::array<char, FUSE_MIN_READ_BUFFER + 4096> in;
  std::array<pollfd, 2> sources{pollfd{.fd = device, .events = POLLIN, .revents = 0},
                                pollfd{.fd = socket, .events = POLLIN, .revents = 0}};
  while (::poll(sources.data(), sources.size(), -1) > 0 && sources[1].revents == 0) {
    const ssize_t got = ::read(device, in.data(), in.size());
    if (got < static_cast<ssize_t>(sizeof(fuse_in_header))) {
      if (got < 0 && (errno == EINTR || errno == EAGAIN || errno == ENOENT))
        continue;
      return;
    }
    fuse_in_header header{};
    std::memcpy(&header, in.data(), sizeof header);
    switch (header.opcode) {
    case FUSE_INIT: {
      fuse_init_out out{};
      out.major = FUSE_KERNEL_VERSION;
      out.minor = 31;
      out.max_write = 4096;
      answer(device, header.unique, 0, &out, sizeof out);
      break;
    }
    case FUSE_LOOKUP: {
      fuse_entry_out out{};
      out.nodeid = file_node;
      // Valid for no time: every question is asked anew.
      out.attr = attributes(file_node, options.type);
      answer(device, header.unique, 0, &out, sizeof out);
      break;
    }
    case FUSE_GETATTR: {
      fuse_attr_out out{};
      out.attr = attributes(header.nodeid, options.type);
      answer(device, header.unique, 0, &out, sizeof out);
      break;
    }
    case FUSE_OPEN: {
      const fuse_open_out out{};
      answer(device, header.unique, 0, &out, sizeof out);
      if (!options.answers)
        return;
      break;
    }
    case FUSE_FLUSH: // Else it would be asked this no more.
      answer(device, header.unique, 0, nullptr, 0);
      break;
    default:
      answer(device, header.unique, ENOSYS, nullptr, 0);
    }
  }
}

void write_text(const char* path, const std::string& text) {
  const UniqueFd file(::open(path, O_WRONLY | O_CLOEXEC));
  [[maybe_unused]] const ssize_t written = ::write(file.get(), text.data(), text.size());
}

/// Sends errno, and the file when it is 0.
void hand_over(int socket, int error, int file) {
  iovec data{&error, sizeof error};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (file >= 0) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(head), &file, sizeof file);
  }
  [[maybe_unused]] const ssize_t sent = ::sendmsg(socket, &message, 0);
}

/// The process: mounts, opens and hands the file over. One half of it serves, the other asks. Only calls that are safe
/// after fork in a program with threads are made before the test's own file is open.
[[noreturn]] void run(int socket, const SilentFileSystem::Options& options) {
  ::alarm(options.patience);
  ::signal(SIGCHLD, SIG_IGN); // Nobody asks what became of the asker.
  const uid_t uid = ::geteuid();
  const gid_t gid = ::getegid();
  const auto give_up = [socket] {
    hand_over(socket, errno != 0 ? errno : EIO, -1);
    ::_exit(1);
  };
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
    give_up();
  write_text("/proc/self/setgroups", "deny");
  write_text("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1");
  write_text("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
  // Of the new user namespace, or the mount is refused.
  const int device = ::open("/dev/fuse", O_RDWR);
  if (device < 0)
    give_up();
  const std::string mount_options = "fd=" + std::to_string(device) + ",rootmode=40700,user_id=0,group_id=0";
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("silent", "/mnt", "fuse", MS_NOSUID | MS_NODEV, mount_options.c_str()) != 0)
    give_up();
  const pid_t asker = ::fork();
  if (asker == 0) {
    ::close(device);
    ::alarm(options.patience);
    const int file = ::open("/mnt/dmabuf:", O_RDWR);
    const int error = file < 0 ? errno : 0;
    ::umount2("/mnt", MNT_DETACH);
    hand_over(socket, error, file);
    ::_exit(0);
  }
  serve(device, socket, options);
  // The asker's close of the file asks too, and is not waited for. The device stays open: nobody answers. Whoever wants
  // to know whether this process still lives says so on the socket.
  char word = 0;
  while (::recv(socket, &word, 1, 0) == 1)
    ::send(socket, &word, 1, MSG_NOSIGNAL);
  ::_exit(0);
}

} // namespace

Result<std::unique_ptr<SilentFileSystem>> SilentFileSystem::create(const Options& options) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return Error::from_errno("cannot make a socket pair");
  UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  const pid_t process = ::fork();
  if (process < 0)
    return Error::from_errno("cannot fork");
  if (process == 0)
    run(theirs.get(), options);
  theirs.reset();
  int error = EIO;
  iovec data{&error, sizeof error};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = ::recvmsg(ours.get(), &message, MSG_CMSG_CLOEXEC);
  UniqueFd file;
  if (const cmsghdr* head = got > 0 ? CMSG_FIRSTHDR(&message) : nullptr; head != nullptr) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(head), sizeof fd);
    file = UniqueFd(fd);
  }
  std::unique_ptr<SilentFileSystem> self(new SilentFileSystem(process, std::move(file), std::move(ours)));
  if (self->file() < 0)
    return Error{"this process can't have a file system of its own", error};
  return self;
}

SilentFileSystem::~SilentFileSystem() {
  // Closing the file asks as well: first the process, then the file.
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

void SilentFileSystem::hush() const {
  // The answer to the word is its last.
  (void)alive();
}

bool SilentFileSystem::alive() const {
  // By its own word: a process that is ending has closed its device, and ended all waits, before it is gone.
  char word = 'a';
  return ::send(socket_.get(), &word, 1, MSG_NOSIGNAL) == 1 && ::recv(socket_.get(), &word, 1, 0) == 1;
}

} // namespace fenceline::test
