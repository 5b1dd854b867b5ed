#include "tools/msg/control_client.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

#include "compositor/base/fd.h"

namespace fenceline::msg {
namespace {

constexpr std::string_view prefix = "fenceline-", suffix = ".sock";
constexpr std::size_t largest_answer = std::size_t{64} << 20; // bytes

Result<std::string> only_session(const std::filesystem::path& folder) {
  std::string found;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix) || !name.ends_with(suffix))
      continue;
    if (!found.empty())
      return Error{fmt::format("there is more than one session in {}: choose one with --socket, as in --socket {}",
                               folder.string(),
                               name.substr(prefix.size(), name.size() - prefix.size() - suffix.size())),
                   0};
    found = entry.path().string();
  }
  if (found.empty())
    return Error{fmt::format("no session is running in {}", folder.string()), 0};
  return found;
}

} // namespace

Result<std::string> find_session(const std::string& name) {
  if (name.find('/') != std::string::npos)
    return name;
  const char* folder = std::getenv("XDG_RUNTIME_DIR");
  if (!folder || *folder != '/')
    return Error{"XDG_RUNTIME_DIR is not set: run this in the session, or name the control socket's path with --socket",
                 0};
  const auto path_of = [folder](std::string_view session) {
    return fmt::format("{}/{}{}{}", folder, prefix, session, suffix);
  };
  if (!name.empty())
    return path_of(name);
  // Inside a session this is it; in another compositor's it names nothing of ours.
  if (const char* display = std::getenv("WAYLAND_DISPLAY"); display && *display && *display != '/')
    if (std::error_code ignored; std::filesystem::exists(path_of(display), ignored))
      return path_of(display);
  return only_session(folder);
}

Result<nlohmann::ordered_json> ask(const std::string& path, const std::vector<std::string>& request,
                                   std::chrono::seconds patience) {
  const timeval limit{.tv_sec = patience.count(), .tv_usec = 0};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return Error{fmt::format("the path is too long for a socket: {}", path), 0};
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.valid())
    return Error::from_errno("cannot make a socket");
  (void)::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  (void)::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return Error::from_errno(fmt::format("no session answers at {}", path));
  const std::string line =
      nlohmann::json(request).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t sent = ::send(socket.get(), line.data() + done, line.size() - done, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR)
      continue;
    if (sent <= 0)
      return Error::from_errno("cannot send the request");
    done += static_cast<std::size_t>(sent);
  }
  std::string answer;
  std::array<char, 65536> part{};
  while (answer.find('\n') == std::string::npos) {
    const ssize_t got = ::recv(socket.get(), part.data(), part.size(), 0);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return errno == EAGAIN ? Error{fmt::format("the session has not answered within {} s", patience.count()), 0}
                             : Error::from_errno("cannot read the answer");
    if (got == 0)
      return Error{"the session has hung up: it takes no more requests, or not from this user", 0};
    answer.append(part.data(), static_cast<std::size_t>(got));
    if (answer.size() > largest_answer)
      return Error{"the answer is too long", 0};
  }
  nlohmann::ordered_json parsed = nlohmann::ordered_json::parse(answer, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("ok") || !parsed["ok"].is_boolean())
    return Error{"the answer is not one of a Fenceline session", 0};
  if (!parsed["ok"].get<bool>())
    return Error{parsed.contains("error") && parsed["error"].is_string() ? parsed["error"].get<std::string>()
                                                                         : std::string("the session gave no reason"),
                 0};
  return parsed.contains("result") ? parsed["result"] : nlohmann::ordered_json();
}

} // namespace fenceline::msg
