#include "compositor/config/config_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <vector>

namespace fenceline {
namespace {

constexpr std::size_t largest_file = std::size_t{1} << 20; // bytes

std::vector<std::filesystem::path> folders() {
  std::vector<std::filesystem::path> all;
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string_view(value ? value : "");
  };
  // Paths that are not absolute are to be ignored (XDG Base Directory Specification).
  if (const std::string_view home = variable("XDG_CONFIG_HOME"); home.starts_with('/'))
    all.emplace_back(home);
  else if (const std::string_view user = variable("HOME"); user.starts_with('/'))
    all.push_back(std::filesystem::path(user) / ".config");
  std::string_view rest = variable("XDG_CONFIG_DIRS");
  if (rest.empty())
    rest = "/etc/xdg";
  while (!rest.empty()) {
    const std::size_t end = rest.find(':');
    if (const std::string_view folder = rest.substr(0, end); folder.starts_with('/'))
      all.emplace_back(folder);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return all;
}

} // namespace

std::optional<std::string> find_config_file() {
  for (const std::filesystem::path& folder : folders()) {
    const std::filesystem::path file = folder / "fenceline/fenceline.toml";
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored))
      return file.string();
  }
  return std::nullopt;
}

Result<Config> load_config(const std::string& path) {
  // Non-blocking: a pipe of that name must not hold the session up.
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat facts {};
  if (!file.valid() || ::fstat(file.get(), &facts) != 0)
    return Error::from_errno(fmt::format("cannot read the configuration {}", path));
  if (!S_ISREG(facts.st_mode))
    return Error{fmt::format("the configuration {} is no file", path), 0};
  std::string text;
  std::array<char, 16384> part{};
  for (;;) {
    const ssize_t got = ::read(file.get(), part.data(), part.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return Error::from_errno(fmt::format("cannot read the configuration {}", path));
    if (got == 0)
      break;
    text.append(part.data(), static_cast<std::size_t>(got));
    if (text.size() > largest_file)
      return Error{fmt::format("the configuration {} is larger than 1 MiB", path), 0};
  }
  return parse_config(text, path);
}

Result<std::unique_ptr<ConfigWatch>> ConfigWatch::create(EventLoop& loop, const std::string& path,
                                                         std::function<void()> changed) {
  const std::filesystem::path file = std::filesystem::absolute(path);
  std::unique_ptr<ConfigWatch> watch(new ConfigWatch(file.filename().string(), std::move(changed)));
  watch->inotify_ = UniqueFd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!watch->inotify_.valid())
    return Error::from_errno("cannot watch for changes of files");
  const std::string folder = file.parent_path().string();
  // Written and closed, or moved into place: never a file that is half written.
  if (::inotify_add_watch(watch->inotify_.get(), folder.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR) < 0)
    return Error::from_errno(fmt::format("cannot watch {} for changes", folder));
  auto source = loop.watch(watch->inotify_.get(), IoEvents::Readable, [raw = watch.get()](IoEvents) { raw->read(); });
  if (!source)
    return source.error();
  watch->source_ = std::move(*source);
  return watch;
}

ConfigWatch::~ConfigWatch() = default;

void ConfigWatch::read() {
  alignas(inotify_event) std::array<char, 8192> buffer{};
  bool ours = false;
  for (;;) {
    const ssize_t got = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (got <= 0)
      break;
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* name = buffer.data() + at + sizeof event;
      // When the kernel's queue was full nobody knows what has happened.
      ours = ours || (event.mask & IN_Q_OVERFLOW) != 0 || (event.len > 0 && name_ == name);
      at += sizeof event + event.len;
    }
  }
  if (ours)
    changed_();
}

} // namespace fenceline
