#pragma once
#include "compositor/base/fd.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fenceline::fuzz {

/// What kind of open file is passed. The first ones are what a protocol may want, the others what it does not.
enum class FdKind : std::uint8_t {
  Memfd,         ///< no seals, sealing allowed
  ShrinkSealed,  ///< memfd with F_SEAL_SHRINK
  FullySealed,   ///< memfd with all seals
  Unsealable,    ///< memfd made without MFD_ALLOW_SEALING
  ReadOnlyMemfd, ///< a memfd opened again with O_RDONLY
  RegularFile,   ///< unlinked file in the temporary folder
  Udmabuf,       ///< a real dma-buf of a sealed memfd; where there is no /dev/udmabuf, a FullySealed memfd
  SyncTimeline,  ///< a real timeline sync object; where there is no DRM node, an Eventfd
  PipeRead,
  PipeWrite,
  PipeOrphan, ///< write end of a pipe whose read end is closed
  Socket,
  SocketOrphan, ///< its peer is closed
  ServerSocket, ///< a new connection to the server under test
  Eventfd,
  Timerfd,
  Epoll,
  Inotify,
  Pidfd,
  Directory,
  PathOnly, ///< O_PATH
  DevNull,
  DevZero,
  DevFull,
  ProcMem, ///< a file of /proc, whose stat size is 0
  kCount
};

/// A descriptor as the message log keeps it: enough to make one again.
struct FdSpec {
  FdKind kind = FdKind::Memfd;
  std::uint64_t size = 0; ///< bytes, of files
  std::uint32_t key = 0;  ///< names the file for a later resize; 0: nobody will

  /// "memfd:4096:7"
  [[nodiscard]] std::string text() const;
  [[nodiscard]] static std::optional<FdSpec> parse(std::string_view text);
  friend bool operator==(const FdSpec&, const FdSpec&) = default;
};

[[nodiscard]] std::string_view name_of(FdKind kind);

/// Makes descriptors, and keeps the other ends of pipes and sockets and second descriptors of files for a while: so
/// that a pipe that was sent is open now and broken later, and a file can be cut while the server has it. Keys are
/// each connection's own.
class DescriptorShop {
 public:
  /// `socket_path`: where FdKind::ServerSocket connects to; may be empty.
  explicit DescriptorShop(std::string socket_path);

  /// Not valid when the kernel refused.
  [[nodiscard]] UniqueFd make(const FdSpec& spec, std::uint32_t connection = 0);
  /// Sets the size of the file with this key, when it is still kept. False when it is not, or a seal forbids it.
  bool resize(std::uint32_t key, std::uint64_t size, std::uint32_t connection = 0);
  /// Signals a point of the timeline with this key, when it is still kept.
  bool signal(std::uint32_t key, std::uint64_t point, std::uint32_t connection = 0) const;
  /// What a hostile client does with a descriptor that the server sent: cut it, overwrite it, write to it, close it.
  void abuse(UniqueFd fd, std::uint32_t how);

 private:
  /// What was made, of which connection's, under which key (0: nobody asks for it again).
  struct Owner {
    std::uint32_t connection = 0;
    std::uint32_t key = 0;
    friend bool operator==(const Owner&, const Owner&) = default;
  };
  struct Kept {
    Owner owner;
    UniqueFd fd;
  };
  struct Timeline {
    Owner owner;
    std::uint32_t handle = 0; ///< of drm_node_
  };
  void keep(Owner owner, UniqueFd fd);
  [[nodiscard]] UniqueFd make_memfd(std::uint64_t size, Owner owner, unsigned flags, int seals);
  [[nodiscard]] UniqueFd make_udmabuf(std::uint64_t size, Owner owner);
  [[nodiscard]] UniqueFd make_timeline(Owner owner);
  [[nodiscard]] UniqueFd make_file(std::uint64_t size, Owner owner);
  [[nodiscard]] UniqueFd make_pair(FdKind kind);
  [[nodiscard]] UniqueFd make_server_socket();

  std::string socket_path_;
  UniqueFd udmabuf_device_;
  UniqueFd drm_node_;
  std::deque<Kept> kept_;
  std::deque<Timeline> timelines_;
};

} // namespace fenceline::fuzz
