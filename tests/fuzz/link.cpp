#include "tests/fuzz/link.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace fenceline::fuzz {

namespace {

// libwayland takes at most 28 descriptors with one read of the socket; more are lost with a cut control message.
constexpr std::size_t kFdsAtOnce = 28;
constexpr std::size_t kGatherBytes = 8192;
// No interface has so many events.
constexpr std::uint16_t kEventsAtMost = 64;

int milliseconds_left(TimePoint now, TimePoint end) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - now).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

} // namespace

Result<UniqueFd> connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return Error{"the socket path has no or too many characters: " + path, 0};
  std::memcpy(address.sun_path, path.c_str(), path.size());
  // Connecting waits while the backlog is full, which is the server's right; non-blocking is for what comes after.
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid())
    return Error::from_errno("make a socket");
  timeval patience{.tv_sec = 5, .tv_usec = 0};
  (void)setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return Error::from_errno("connect to " + path);
  if (fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0)
    return Error::from_errno("make the connection non-blocking");
  return fd;
}

Link::Link(UniqueFd socket, DescriptorShop& shop, std::uint32_t connection)
    : socket_(std::move(socket)), shop_(shop), connection_(connection) {}

std::optional<std::uint32_t>* Link::word_for(const SerialPatch& patch) {
  const auto found = words_.find(patch.source);
  if (found == words_.end())
    return nullptr;
  auto& words = found->second;
  auto* word = &words.last;
  if (patch.event >= 0) {
    const auto event = static_cast<std::size_t>(patch.event);
    if (event >= words.by_event.size())
      return nullptr;
    word = &words.by_event[event];
  }
  return word->has_value() ? word : nullptr;
}

void Link::gather(const Action& action) {
  // In a replay the server may have made fewer objects than it had in the run.
  if (action.needs != 0 && !server_ids_.contains(action.needs))
    return;
  for (const auto& patch : action.patches)
    if (patch.answer && word_for(patch) == nullptr)
      return;
  const auto offset = out_.size();
  out_.insert(out_.end(), action.bytes.begin(), action.bytes.end());
  const std::span<std::uint8_t> message(out_.data() + offset, action.bytes.size());
  for (const auto& patch : action.patches) {
    auto* word = word_for(patch);
    if (word == nullptr)
      continue;
    set_word(message, patch.offset, **word);
    if (patch.answer)
      word->reset();
  }
  if (action.verb == Verb::SendPart)
    out_.resize(offset + std::min<std::size_t>(action.size, action.bytes.size()));
  for (const auto& spec : action.fds)
    if (auto fd = shop_.make(spec, connection_); fd.valid())
      out_fds_.push_back(std::move(fd));
  ++messages_sent_;
}

void Link::perform(const Action& action, Nanoseconds send_limit) {
  if (action.verb == Verb::Resize || action.verb == Verb::Signal) {
    // The file must have gone out before it is cut, and the commit before what it waits for comes.
    flush(send_limit);
    if (action.verb == Verb::Resize)
      (void)shop_.resize(action.key, action.size, connection_);
    else
      (void)shop_.signal(action.key, action.size, connection_);
    return;
  }
  if (dead_)
    return;
  switch (action.verb) {
  case Verb::Send:
  case Verb::SendPart:
  case Verb::Barrier:
    if (out_fds_.size() + action.fds.size() > kFdsAtOnce)
      flush(send_limit);
    // What a window was told before it asked again is out of date.
    for (const auto id : action.waits.objects)
      words_.erase(id);
    gather(action);
    if (out_.size() > kGatherBytes || action.verb == Verb::Barrier)
      flush(send_limit);
    break;
  case Verb::Deaf:
    deaf_ = true;
    break;
  case Verb::ShutRead:
  case Verb::ShutWrite:
    flush(send_limit);
    (void)shutdown(socket_.get(), action.verb == Verb::ShutRead ? SHUT_RD : SHUT_WR);
    break;
  case Verb::Close:
    flush(send_limit);
    dead_ = true;
    socket_.reset();
    break;
  case Verb::Connect:
  case Verb::Resize:
  case Verb::Signal:
  case Verb::Input:
  case Verb::kCount:
    break;
  }
}

void Link::flush(Nanoseconds send_limit) {
  std::size_t sent = 0;
  const TimePoint end = clock_.now() + send_limit;
  while (!dead_ && sent < out_.size()) {
    iovec part{.iov_base = out_.data() + sent, .iov_len = out_.size() - sent};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kFdsAtOnce)] = {};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const auto count = std::min(out_fds_.size(), kFdsAtOnce);
    if (count > 0) {
      message.msg_control = control;
      message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
      auto* header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(sizeof(int) * count);
      for (std::size_t i = 0; i < count; ++i) {
        const int fd = out_fds_[i].get();
        std::memcpy(CMSG_DATA(header) + i * sizeof fd, &fd, sizeof fd);
      }
    }
    const ssize_t written = sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (written >= 0) {
      sent += static_cast<std::size_t>(written);
      out_fds_.erase(out_fds_.begin(), out_fds_.begin() + static_cast<std::ptrdiff_t>(count));
      continue;
    }
    if (errno == EINTR)
      continue;
    if (errno == ETOOMANYREFS || errno == EBADF || errno == EINVAL) {
      // Too many descriptors are under way, or one that cannot be passed: go on without them.
      if (out_fds_.empty())
        dead_ = true;
      out_fds_.clear();
      continue;
    }
    if (errno != EAGAIN) {
      // The error that the server sent may still wait in the socket.
      while (!deaf_ && read_some()) {
      }
      dead_ = true;
      break;
    }
    pollfd ready{.fd = socket_.get(), .events = static_cast<short>(deaf_ ? POLLOUT : POLLOUT | POLLIN), .revents = 0};
    const int left = milliseconds_left(clock_.now(), end);
    if (left == 0 || poll(&ready, 1, left) == 0) {
      dead_ = true;
      stuck_ = true;
    }
    if ((ready.revents & POLLIN) != 0 && !deaf_)
      (void)read_some();
  }
  out_.clear();
  out_fds_.clear();
}

bool Link::read_some() {
  std::array<std::uint8_t, 16384> buffer;
  iovec part{.iov_base = buffer.data(), .iov_len = buffer.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kFdsAtOnce)];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t got = recvmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got < 0)
    return false;
  for (auto* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
      continue;
    const auto count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
      shop_.abuse(UniqueFd(fd), fds_received_++);
    }
  }
  if (got == 0) {
    dead_ = true;
    return false;
  }
  in_.insert(in_.end(), buffer.begin(), buffer.begin() + got);
  return true;
}

void Link::take_word(const Header& header, std::uint32_t word) {
  auto& words = words_[header.object];
  words.last = word;
  if (header.opcode < kEventsAtMost) {
    words.by_event.resize(std::max<std::size_t>(words.by_event.size(), header.opcode + 1u));
    words.by_event[header.opcode] = word;
  }
  // What the server makes it announces so: wl_data_device.data_offer, zwp_linux_buffer_params_v1.created.
  if (word >= kServerIds)
    server_ids_.insert(word);
}

void Link::take_events(const OnEvent& on_event) {
  std::size_t at = 0;
  while (in_.size() - at >= kHeaderSize) {
    const std::span<const std::uint8_t> rest(in_.data() + at, in_.size() - at);
    const auto header = header_of(rest);
    if (header.size < kHeaderSize || header.size > rest.size())
      break;
    const auto event = rest.first(header.size);
    at += header.size;
    if (header.size > kHeaderSize)
      take_word(header, word_at(event, kHeaderSize));
    callback_done_ = callback_done_ || header.object == callback_;
    std::erase(awaited_, header.object);
    // wl_display.delete_id: what is told to the id's next owner is not this one's.
    if (header.object == 1 && header.opcode == 1 && header.size > kHeaderSize)
      words_.erase(word_at(event, kHeaderSize));
    if (header.object == 1 && header.opcode == 0) {
      Decoder decoder(event.subspan(kHeaderSize));
      ProtocolError error;
      error.object = decoder.take_uint();
      error.code = decoder.take_uint();
      error.text = decoder.take_string();
      error_ = std::move(error);
    }
    if (on_event)
      on_event(event);
  }
  in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(at));
}

WaitOutcome Link::wait_until(const std::function<bool()>& done, Nanoseconds limit, const OnEvent& on_event) {
  const TimePoint end = clock_.now() + limit;
  for (;;) {
    take_events(on_event);
    if (done())
      return WaitOutcome::Answered;
    if (dead_)
      return WaitOutcome::Dead;
    if (read_some() || dead_)
      continue;
    if (errno != EAGAIN && errno != EINTR) {
      dead_ = true;
      continue;
    }
    const int left = milliseconds_left(clock_.now(), end);
    pollfd ready{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    if (left == 0 || poll(&ready, 1, left) == 0)
      return WaitOutcome::TimedOut;
  }
}

WaitOutcome Link::wait(std::uint32_t callback, const Awaited& waits, Nanoseconds limit, const OnEvent& on_event) {
  callback_ = callback;
  callback_done_ = false;
  awaited_ = waits.objects;
  const auto outcome = wait_until([this] { return callback_done_; }, limit, on_event);
  if (outcome != WaitOutcome::Answered || waits.objects.empty())
    return outcome;
  const auto told = wait_until([this] { return awaited_.empty(); }, waits.grace, on_event);
  return told == WaitOutcome::Dead ? WaitOutcome::Dead : WaitOutcome::Answered;
}

WaitOutcome Link::wait_for_hangup(Nanoseconds limit, const OnEvent& on_event) {
  if (deaf_)
    return dead_ ? WaitOutcome::Dead : WaitOutcome::TimedOut;
  return wait_until([] { return false; }, limit, on_event);
}

} // namespace fenceline::fuzz
