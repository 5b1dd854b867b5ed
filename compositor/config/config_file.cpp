#include "compositor/config/config_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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

std::vector<std::string> config_files() {
  std::vector<std::string> files;
  for (const std::filesystem::path& folder : folders())
    files.push_back((folder / "fenceline/fenceline.toml").string());
  return files;
}

std::optional<std::string> find_config_file() {
  for (const std::string& file : config_files())
    if (std::error_code ignored; std::filesystem::exists(file, ignored))
      return file;
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

Result<std::unique_ptr<ConfigWatch>> ConfigWatch::create(EventLoop& loop, std::span<const std::string> paths,
                                                         std::function<void()> changed) {
  std::unique_ptr<ConfigWatch> watch(new ConfigWatch(std::move(changed)));
  watch->inotify_ = UniqueFd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!watch->inotify_.valid())
    return Error::from_errno("cannot watch for changes of files");
  std::optional<Error> failed;
  for (const std::string& path : paths) {
    watch->files_.push_back({.path = std::filesystem::absolute(path).lexically_normal(), .awaited = {}});
    if (const Result<void> watched = watch->watch(watch->files_.back()); !watched)
      failed = watched.error();
  }
  if (failed && std::all_of(watch->files_.begin(), watch->files_.end(), [](const File& f) { return f.watch < 0; }))
    return *failed;
  auto source = loop.watch(watch->inotify_.get(), IoEvents::Readable, [raw = watch.get()](IoEvents) { raw->read(); });
  if (!source)
    return source.error();
  watch->source_ = std::move(*source);
  return watch;
}

ConfigWatch::~ConfigWatch() = default;

/// Watches the deepest folder on the way to the file that is there.
Result<void> ConfigWatch::watch(File& file) {
  const int before = std::exchange(file.watch, -1);
  const std::filesystem::path home = file.path.parent_path();
  Result<void> result;
  // A folder that is made, or goes, while it is looked for has it looked for again. Nobody does that for ever.
  for (int tries = 0; tries < 16; ++tries) {
    std::error_code ignored;
    std::filesystem::path folder = home;
    while (!std::filesystem::is_directory(folder, ignored) && folder.has_relative_path())
      folder = folder.parent_path();
    file.arrived = folder == home;
    file.awaited = (file.arrived ? file.path.filename() : *home.lexically_relative(folder).begin()).string();
    // Written and closed, or moved into place: never a file that is half written. Folders are made, or moved.
    const std::uint32_t what = (file.arrived ? IN_CLOSE_WRITE : IN_CREATE) | IN_MOVED_TO | IN_DELETE_SELF |
                               IN_MOVE_SELF | IN_ONLYDIR | IN_MASK_ADD;
    const int watch = ::inotify_add_watch(inotify_.get(), folder.c_str(), what);
    if (watch < 0 && errno != ENOENT && errno != ENOTDIR) {
      result = Error::from_errno(fmt::format("cannot watch {} for changes", folder.string()));
      break;
    }
    if (watch >= 0 && (file.arrived || !std::filesystem::is_directory(folder / file.awaited, ignored))) {
      file.watch = watch;
      break;
    }
    drop(watch);
  }
  drop(before);
  return result;
}

/// Unless it is another file's, too: a folder has one watch.
void ConfigWatch::drop(int watch) {
  if (watch >= 0 && std::none_of(files_.begin(), files_.end(), [watch](const File& f) { return f.watch == watch; }))
    (void)::inotify_rm_watch(inotify_.get(), watch);
}

/// Whether one of the files is another one than before.
bool ConfigWatch::happened(std::uint32_t what, int watch, std::string_view name) {
  bool ours = false;
  for (File& file : files_) {
    const bool lost = (what & IN_Q_OVERFLOW) != 0;
    if (!lost && file.watch != watch)
      continue;
    const bool named = name == file.awaited;
    const bool moved_on = (what & (IN_DELETE_SELF | IN_MOVE_SELF)) != 0 ||
                          (named && !file.arrived && (what & (IN_CREATE | IN_MOVED_TO)) != 0);
    ours = ours || lost || (named && file.arrived && (what & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0);
    if (!lost && !moved_on)
      continue;
    // Nobody to tell: what cannot be watched any more can be read anew by hand.
    (void)this->watch(file);
    // What was written before the folder was watched has been missed.
    std::error_code ignored;
    ours = ours || (file.arrived && std::filesystem::exists(file.path, ignored));
  }
  return ours;
}

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
      ours = happened(event.mask, event.wd, event.len > 0 ? std::string_view(name) : std::string_view()) || ours;
      at += sizeof event + event.len;
    }
  }
  if (ours)
    changed_();
}

} // namespace fenceline
