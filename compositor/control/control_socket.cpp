#include "compositor/control/control_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace fenceline {
namespace {

/// A request as it was meant; an error that says what is wrong with it.
Result<ControlRequest> parse_request(std::string_view line) {
  const nlohmann::json parsed = nlohmann::json::parse(line, nullptr, false);
  const bool texts = parsed.is_array() && !parsed.empty() &&
                     std::all_of(parsed.begin(), parsed.end(), [](const auto& item) { return item.is_string(); });
  if (!texts)
    return Error{"a request is a JSON list of texts: a command and its arguments", 0};
  return parsed.get<ControlRequest>();
}

std::string answer_line(const Result<nlohmann::ordered_json>& answer) {
  nlohmann::ordered_json line;
  line["ok"] = static_cast<bool>(answer);
  if (answer)
    line["result"] = *answer;
  else
    line["error"] = answer.error().text();
  // Titles are what clients say they are: what is no UTF-8 is replaced.
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

bool same_user(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && (peer.uid == ::geteuid() || peer.uid == 0);
}

} // namespace

class ControlSocket::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(ControlSocket& owner, UniqueFd socket) : owner_(&owner), socket_(std::move(socket)) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() = default;

  Result<void> wait_for(IoEvents events) {
    source_.reset();
    auto source = owner_->loop_.watch(socket_.get(), events, [this](IoEvents) {
      // Whatever happens in here may end the connection.
      const auto self = shared_from_this();
      proceed();
    });
    if (!source)
      return source.error();
    source_ = std::move(*source);
    return {};
  }
  /// Nothing comes of it any more: an answer that comes later finds nobody.
  void close() {
    source_.reset();
    socket_.reset();
    owner_ = nullptr;
  }

 private:
  /// An answer that is still to be given. One that nobody can give any more ends the connection.
  class Owed {
   public:
    explicit Owed(std::weak_ptr<Connection> to) : to_(std::move(to)) {}
    Owed(const Owed&) = delete;
    Owed& operator=(const Owed&) = delete;
    ~Owed() {
      if (const auto connection = take())
        connection->end();
    }
    /// Null: it was given, or nobody waits for it.
    [[nodiscard]] std::shared_ptr<Connection> take() {
      const auto connection = std::exchange(to_, {}).lock();
      return connection && connection->owner_ ? connection : nullptr;
    }

   private:
    std::weak_ptr<Connection> to_;
  };

  void end() {
    if (ControlSocket* owner = owner_) {
      close();
      owner->drop(this);
    }
  }
  void proceed() {
    if (!out_.empty())
      send();
    else
      receive();
  }
  void receive() {
    std::array<char, 4096> part{};
    const ssize_t got = ::recv(socket_.get(), part.data(), part.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
      return;
    if (got <= 0)
      return end();
    in_.append(part.data(), static_cast<std::size_t>(got));
    handle();
  }
  // One request after the other: the next is looked at when the answer is on its way.
  void handle() {
    const std::size_t newline = in_.find('\n');
    if (newline == std::string::npos ? in_.size() >= max_request : newline >= max_request)
      return end();
    if (newline == std::string::npos)
      return;
    const std::string line = in_.substr(0, newline);
    in_.erase(0, newline + 1);
    source_.reset();
    const auto owed = std::make_shared<Owed>(weak_from_this());
    const ControlAnswer answer = [owed](const Result<nlohmann::ordered_json>& result) {
      if (const auto self = owed->take())
        self->send(answer_line(result));
    };
    const Result<ControlRequest> request = parse_request(line);
    if (request)
      owner_->handler_(*request, answer);
    else
      answer(request.error());
  }
  void send(std::string line) {
    out_ = std::move(line);
    send();
  }
  void send() {
    while (!out_.empty()) {
      const ssize_t sent = ::send(socket_.get(), out_.data(), out_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR)
        continue;
      if (sent < 0 && errno == EAGAIN)
        return wait_or_end(IoEvents::Writable);
      if (sent < 0)
        return end();
      out_.erase(0, static_cast<std::size_t>(sent));
    }
    if (in_.find('\n') == std::string::npos)
      return wait_or_end(IoEvents::Readable);
    // From the loop: a chain of requests must not become a chain of calls, nor keep the loop from others.
    owner_->loop_.defer([weak = weak_from_this()] {
      if (const auto self = weak.lock(); self && self->owner_ && self->out_.empty())
        self->handle();
    });
  }
  void wait_or_end(IoEvents events) {
    if (!wait_for(events))
      end();
  }

  ControlSocket* owner_; ///< Null: closed.
  UniqueFd socket_;
  std::string in_, out_;
  std::unique_ptr<EventSource> source_;
};

Result<std::unique_ptr<ControlSocket>> ControlSocket::create(EventLoop& loop, Log& log, const std::string& directory,
                                                             const std::string& name, Handler handler) {
  std::unique_ptr<ControlSocket> made(new ControlSocket(loop, log, directory + "/" + name, std::move(handler)));
  auto listening = wl::ListeningSocket::create(
      loop, directory, name, [raw = made.get()](UniqueFd socket) { raw->connect(std::move(socket)); });
  if (!listening)
    return listening.error();
  made->listening_ = std::move(*listening);
  return made;
}

ControlSocket::~ControlSocket() {
  for (const auto& connection : connections_)
    connection->close();
}

void ControlSocket::connect(UniqueFd socket) {
  if (!same_user(socket.get())) {
    log_.warn("another user's process is refused at {}", path_);
    return;
  }
  if (connections_.size() >= max_connections) {
    log_.warn("more than {} connections at {}: one is refused", max_connections, path_);
    return;
  }
  auto connection = std::make_shared<Connection>(*this, std::move(socket));
  if (const Result<void> waiting = connection->wait_for(IoEvents::Readable); !waiting) {
    log_.warn("a connection at {} is refused: {}", path_, waiting.error().text());
    connection->close();
    return;
  }
  connections_.push_back(std::move(connection));
}

void ControlSocket::drop(const Connection* connection) {
  connections_.remove_if([connection](const auto& other) { return other.get() == connection; });
}

} // namespace fenceline
