#pragma once
#include <functional>
#include <memory>
#include <string>

#include "compositor/base/event_loop.h"
#include "compositor/base/fd.h"
#include "compositor/base/result.h"

namespace fenceline::wl {

/// A socket in a folder, with the lock file beside it that tells other sessions that its name is taken. Both go with
/// the object.
///
/// libwayland's own would spin when the table of descriptors is full: the connection can't be accepted, and stays. Here
/// a descriptor is kept in reserve, with which the connection is accepted and closed: who asks then is refused.
class ListeningSocket {
 public:
  using Connected = std::function<void(UniqueFd)>;

  /// An error with EADDRINUSE when another session has the name.
  [[nodiscard]] static Result<std::unique_ptr<ListeningSocket>> create(EventLoop& loop, const std::string& directory,
                                                                       const std::string& name, Connected connected);
  ~ListeningSocket();
  ListeningSocket(const ListeningSocket&) = delete;
  ListeningSocket& operator=(const ListeningSocket&) = delete;

 private:
  explicit ListeningSocket(EventLoop& loop, Connected connected) : loop_(loop), connected_(std::move(connected)) {}
  [[nodiscard]] Result<void> listen(const std::string& path);
  [[nodiscard]] Result<void> watch();
  void ready();
  void refuse();

  EventLoop& loop_;
  Connected connected_;
  std::string path_, lock_path_; ///< Empty while they are not ours.
  UniqueFd lock_, socket_, reserve_;
  std::unique_ptr<Timer> pause_;
  std::unique_ptr<EventSource> source_;
};

} // namespace fenceline::wl
