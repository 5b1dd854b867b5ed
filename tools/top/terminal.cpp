#include "tools/top/terminal.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <string_view>

namespace fenceline::top {
namespace {

// ECMA-48, and xterm's private modes: the alternate screen, the cursor, and lines that are cut off at the edge.
constexpr std::string_view enter = "\033[?1049h\033[?25l\033[?7l", leave = "\033[?7h\033[?25h\033[?1049l";
constexpr std::string_view home = "\033[H", clear_line = "\033[K", clear_below = "\033[J";
constexpr std::string_view bold = "\033[1m", plain = "\033[0m";

Result<void> put(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return Error::from_errno("cannot write to the terminal");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

} // namespace

Result<std::unique_ptr<Terminal>> Terminal::open() {
  sigset_t caught;
  sigemptyset(&caught);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGWINCH})
    sigaddset(&caught, signal);
  termios before{};
  if (::tcgetattr(STDOUT_FILENO, &before) != 0)
    return Error::from_errno("cannot use the terminal");
  if (::sigprocmask(SIG_BLOCK, &caught, nullptr) != 0)
    return Error::from_errno("cannot block signals");
  UniqueFd signals(::signalfd(-1, &caught, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals.valid())
    return Error::from_errno("cannot wait for signals");
  std::unique_ptr<Terminal> terminal(new Terminal(std::move(signals), ::isatty(STDIN_FILENO) != 0, before));
  termios raw = before;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  // Whoever is stopped cannot put the terminal back.
  raw.c_cc[VSUSP] = _POSIX_VDISABLE;
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  (void)::tcsetattr(STDOUT_FILENO, TCSANOW, &raw);
  if (const Result<void> shown = put(enter); !shown)
    return shown.error();
  return terminal;
}

Terminal::~Terminal() {
  (void)put(leave);
  (void)::tcsetattr(STDOUT_FILENO, TCSANOW, &before_);
}

Result<void> Terminal::draw(const std::vector<Line>& lines) const {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
    size = {.ws_row = 24, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};
  std::string out(home);
  const std::size_t count = std::min<std::size_t>(lines.size(), size.ws_row);
  for (std::size_t i = 0; i < count; ++i)
    out += fmt::format("{}{}{}{}{}", lines[i].heading ? bold : "", cut(lines[i].text, size.ws_col),
                       lines[i].heading ? plain : "", clear_line, i + 1 < count ? "\r\n" : "");
  return put(out + std::string(clear_below));
}

bool Terminal::key_ends() const {
  std::array<char, 64> keys{};
  const ssize_t got = ::read(STDIN_FILENO, keys.data(), keys.size());
  if (got < 0)
    return errno != EINTR && errno != EAGAIN;
  constexpr std::string_view ends("qQ\x03\x04", 4);
  return got == 0 || std::any_of(keys.begin(), keys.begin() + got,
                                 [&ends](char key) { return ends.find(key) != std::string_view::npos; });
}

Terminal::Event Terminal::wait(std::chrono::steady_clock::time_point until) const {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    if (left <= 0)
      return Event::Time;
    std::array<pollfd, 2> sources{pollfd{.fd = signals_.get(), .events = POLLIN, .revents = 0},
                                  pollfd{.fd = keys_ ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0}};
    if (::poll(sources.data(), sources.size(), static_cast<int>(std::min<long>(left, 60'000))) < 0 && errno != EINTR)
      return Event::End;
    if (sources[0].revents != 0) {
      signalfd_siginfo info{};
      if (::read(signals_.get(), &info, sizeof info) == sizeof info)
        return info.ssi_signo == SIGWINCH ? Event::Resized : Event::End;
    }
    if (sources[1].revents != 0 && key_ends())
      return Event::End;
  }
}

} // namespace fenceline::top
