#include "tools/report/packet_stream.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace fenceline::report {

Result<PacketStream> PacketStream::open(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd.valid())
    return Error::from_errno("cannot read " + path);
  return PacketStream(path, std::move(fd));
}

Result<bool> PacketStream::need(std::size_t size) {
  constexpr std::size_t piece = 1u << 20;
  while (buffer_.size() - at_ < size && !ended_) {
    if (at_ >= piece) {
      buffer_.erase(0, at_);
      at_ = 0;
    }
    const std::size_t old = buffer_.size();
    buffer_.resize(old + piece);
    const ssize_t n = ::read(fd_.get(), buffer_.data() + old, piece);
    const int code = errno;
    buffer_.resize(old + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n < 0 && code != EINTR)
      return Error{"cannot read " + path_, code};
    ended_ = n == 0;
  }
  return buffer_.size() - at_ >= size;
}

Result<PacketStream::State> PacketStream::next(std::string_view& packet) {
  // Ours are below 8 KiB; what claims more than this is no packet.
  constexpr std::uint64_t most = 64u << 20;
  constexpr unsigned char packet_tag = (1 << 3) | 2;
  position_ += packet.size();
  packet = {};
  auto there = need(1);
  if (!there)
    return there.error();
  if (!*there)
    return State::End;
  if (static_cast<unsigned char>(buffer_[at_]) != packet_tag)
    return State::Broken;
  std::uint64_t size = 0;
  std::size_t head = 1;
  for (int shift = 0;; shift += 7, ++head) {
    if (shift > 28)
      return State::Broken;
    there = need(head + 1);
    if (!there)
      return there.error();
    if (!*there)
      return State::Cut;
    const auto byte = static_cast<unsigned char>(buffer_[at_ + head]);
    size |= std::uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80)
      break;
  }
  ++head;
  if (size > most)
    return State::Broken;
  there = need(head + size);
  if (!there)
    return there.error();
  if (!*there)
    return State::Cut;
  packet = std::string_view(buffer_).substr(at_ + head, size);
  at_ += head + size;
  position_ += head;
  return State::Packet;
}

} // namespace fenceline::report
