#include "compositor/wl/listening_socket.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace fenceline::wl {

namespace {

constexpr Nanoseconds pause_length = std::chrono::milliseconds(200);

UniqueFd spare() {
  return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

} // namespace

Result<std::unique_ptr<ListeningSocket>> ListeningSocket::create(EventLoop& loop, const std::string& directory,
                                                                 const std::string& name, Connected connected) {
  std::unique_ptr<ListeningSocket> socket(new ListeningSocket(loop, std::move(connected)));
  if (auto listening = socket->listen(directory + "/" + name); !listening)
    return listening.error();
  auto timer = loop.make_timer([raw = socket.get()] { [[maybe_unused]] const auto watching = raw->watch(); });
  if (!timer)
    return timer.error();
  socket->pause_ = std::move(*timer);
  if (auto watching = socket->watch(); !watching)
    return watching.error();
  return socket;
}

Result<void> ListeningSocket::listen(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return Error{"the socket's path is too long, choose a shorter name: " + path, 0};
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);

  // Whoever holds the lock owns the name, also when the socket's file is one that a dead session has left.
  const std::string lock_path = path + ".lock";
  lock_ = UniqueFd(::open(lock_path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP));
  if (!lock_.valid())
    return Error::from_errno("cannot make the lock of the session's socket, " + lock_path);
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return Error{"the socket name is taken by another session, choose another one: " + path, EADDRINUSE};
    return Error::from_errno("cannot lock " + lock_path);
  }
  lock_path_ = lock_path;
  ::unlink(path.c_str());

  socket_ = UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket_.valid())
    return Error::from_errno("cannot make the session's socket");
  if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return Error::from_errno("cannot make the session's socket at " + path);
  path_ = path;
  if (::listen(socket_.get(), 128) != 0)
    return Error::from_errno("cannot listen at " + path);
  reserve_ = spare();
  return {};
}

ListeningSocket::~ListeningSocket() {
  if (!path_.empty())
    ::unlink(path_.c_str());
  if (!lock_path_.empty())
    ::unlink(lock_path_.c_str());
}

Result<void> ListeningSocket::watch() {
  auto source = loop_.watch(socket_.get(), IoEvents::Readable, [this](IoEvents) { ready(); });
  if (!source)
    return source.error();
  source_ = std::move(*source);
  return {};
}

void ListeningSocket::ready() {
  UniqueFd client(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (client.valid())
    return connected_(std::move(client));
  if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
    refuse();
}

void ListeningSocket::refuse() {
  if (reserve_.valid()) {
    reserve_.reset();
    const UniqueFd refused(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }
  reserve_ = spare();
  if (reserve_.valid())
    return;
  // Somebody was faster. It stays readable: look again later, not all the time.
  source_.reset();
  pause_->arm(loop_.clock().now() + pause_length);
}

} // namespace fenceline::wl
