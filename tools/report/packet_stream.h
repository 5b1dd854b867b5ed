#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "compositor/base/fd.h"
#include "compositor/base/result.h"

namespace fenceline::report {

/// The packets of a Perfetto trace file, one after the other, with bounded memory.
class PacketStream {
 public:
  enum class State {
    Packet, ///< There was one.
    End,    ///< The file ended after a packet.
    Cut,    ///< It ended within one.
    Broken, ///< What comes is no packet.
  };

  [[nodiscard]] static Result<PacketStream> open(const std::string& path);

  /// The next packet's bytes, good until the next call. Fails when the file cannot be read.
  [[nodiscard]] Result<State> next(std::string_view& packet);
  /// Bytes of the file before what next() looks at.
  [[nodiscard]] std::uint64_t position() const { return position_; }

 private:
  PacketStream(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  /// Makes `size` bytes available at `at_`, if the file has that many.
  [[nodiscard]] Result<bool> need(std::size_t size);

  std::string path_;
  UniqueFd fd_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::uint64_t position_ = 0;
  bool ended_ = false;
};

} // namespace fenceline::report
