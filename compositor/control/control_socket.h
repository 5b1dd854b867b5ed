#pragma once
#include <functional>
#include <list>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "compositor/base/event_loop.h"
#include "compositor/base/log.h"
#include "compositor/base/result.h"
#include "compositor/wl/listening_socket.h"

namespace fenceline {

/// Sends the answer to one request. Called once, then or later; not at all: the connection is closed without one.
using ControlAnswer = std::function<void(const Result<nlohmann::ordered_json>&)>;
/// A request: a command and its arguments. Never empty.
using ControlRequest = std::vector<std::string>;

/// The session's control socket: a line with a JSON list of strings comes in, a line with a JSON object goes out,
/// {"ok": true, "result": ...} or {"ok": false, "error": "..."}; again and again until the other side hangs up. Only
/// processes of the same user (or root) are heard.
///
/// A request may be 64 KiB long, 16 may be connected at once; who sends its next request before it has read the answer
/// waits. Main thread.
class ControlSocket {
 public:
  static constexpr std::size_t max_request = std::size_t{64} << 10; ///< bytes, with the newline
  static constexpr std::size_t max_connections = 16;
  using Handler = std::function<void(const ControlRequest& request, ControlAnswer answer)>;

  /// At `directory`/`name`. EADDRINUSE: another session has it.
  [[nodiscard]] static Result<std::unique_ptr<ControlSocket>>
  create(EventLoop& loop, Log& log, const std::string& directory, const std::string& name, Handler handler);
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;
  ~ControlSocket();

  /// Where it is.
  [[nodiscard]] const std::string& path() const { return path_; }
  /// One end of a socket pair, or what was accepted. Its user is checked.
  void connect(UniqueFd socket);

 private:
  class Connection;
  ControlSocket(EventLoop& loop, Log& log, std::string path, Handler handler)
      : loop_(loop), log_(log), path_(std::move(path)), handler_(std::move(handler)) {}
  void drop(const Connection* connection);

  EventLoop& loop_;
  Log& log_;
  std::string path_;
  Handler handler_;
  std::list<std::shared_ptr<Connection>> connections_;
  std::unique_ptr<wl::ListeningSocket> listening_;
};

} // namespace fenceline
