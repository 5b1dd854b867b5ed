#include "compositor/app/renderer_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "compositor/app/version.h"
#include "compositor/base/fd.h"

namespace fenceline {
namespace {

constexpr std::size_t largest_file = std::size_t{1} << 20; // bytes

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// Empty where there is none, or it is no plain file.
std::string contents(const std::filesystem::path& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  std::string text;
  std::array<char, 16384> part{};
  while (file.valid() && text.size() <= largest_file) {
    const ssize_t got = ::read(file.get(), part.data(), part.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      break;
    text.append(part.data(), static_cast<std::size_t>(got));
  }
  return text;
}

void add_file(std::string& key, const std::filesystem::path& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) == 0)
    key += fmt::format("{} {} {}.{:09}\n", path.string(), facts.st_size, facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec);
}

/// Lists of folders, as the XDG Base Directory Specification has them.
void add_folders(std::vector<std::filesystem::path>& all, std::string_view list, std::string_view usual) {
  std::string_view rest = list.empty() ? usual : list;
  while (!rest.empty()) {
    const std::size_t end = rest.find(':');
    if (const std::string_view folder = rest.substr(0, end); folder.starts_with('/'))
      all.push_back(std::filesystem::path(folder) / "vulkan/icd.d");
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
}

/// The manifests of Vulkan drivers: a package manager writes them anew with each version of a driver.
void add_manifests(std::string& key) {
  for (const char* name : {"VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_ADD_DRIVER_FILES"}) {
    const std::string_view named = variable(name);
    key += fmt::format("{}={}\n", name, named);
    for (std::string_view rest = named; !rest.empty();) {
      const std::size_t end = rest.find(':');
      add_file(key, std::filesystem::path(rest.substr(0, end)));
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
  }
  const std::string home(variable("HOME"));
  std::vector<std::filesystem::path> folders;
  add_folders(folders, variable("XDG_CONFIG_HOME"), home + "/.config");
  add_folders(folders, variable("XDG_CONFIG_DIRS"), "/etc/xdg");
  folders.emplace_back("/etc/vulkan/icd.d");
  add_folders(folders, variable("XDG_DATA_HOME"), home + "/.local/share");
  add_folders(folders, variable("XDG_DATA_DIRS"), "/usr/local/share:/usr/share");
  for (const std::filesystem::path& folder : folders) {
    std::vector<std::filesystem::path> files;
    std::error_code ignored;
    for (std::filesystem::directory_iterator at(folder, ignored), end; !ignored && at != end; at.increment(ignored))
      files.push_back(at->path());
    std::sort(files.begin(), files.end());
    for (const std::filesystem::path& file : files)
      add_file(key, file);
  }
}

/// "0x34325258 0x0"
std::optional<FormatModifier> parse_format(std::string_view text) {
  FormatModifier format;
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos || !text.starts_with("0x") || !text.substr(space + 1).starts_with("0x"))
    return std::nullopt;
  const auto number = [](std::string_view digits, auto& value) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    return error == std::errc() && end == digits.data() + digits.size();
  };
  if (!number(text.substr(2, space - 2), format.fourcc) || !number(text.substr(space + 3), format.modifier))
    return std::nullopt;
  return format;
}

} // namespace

std::string renderer_key(std::optional<dev_t> display_device) {
  std::string key = fmt::format("fenceline {}\n", version);
  utsname kernel{};
  if (::uname(&kernel) == 0)
    key += fmt::format("{} {} {}\n", kernel.sysname, kernel.release, kernel.machine);
  if (display_device) {
    const std::string number = fmt::format("{}:{}", ::major(*display_device), ::minor(*display_device));
    // The driver's name and what the bus says of the device.
    key += fmt::format("device {}\n{}\n", number, contents("/sys/dev/char/" + number + "/device/uevent"));
  }
  add_manifests(key);
  return key;
}

RendererCache::RendererCache(std::filesystem::path folder, std::string key) : key_(std::move(key)) {
  if (!folder.empty())
    file_ = std::move(folder) / "renderer";
}

std::string RendererCache::head() const {
  std::string text = "fenceline renderer 1\n";
  for (std::string_view rest = key_; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    text += fmt::format("of {}\n", rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return text;
}

std::optional<RendererFacts> RendererCache::read() const {
  if (file_.empty())
    return std::nullopt;
  const std::string text = contents(file_);
  const std::string wanted = head();
  if (!text.starts_with(wanted))
    return std::nullopt;
  RendererFacts facts;
  bool whole = false;
  for (std::string_view rest = std::string_view(text).substr(wanted.size()); !rest.empty() && !whole;) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos)
      return std::nullopt;
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    const auto format_after = [&line](std::string_view word) -> std::optional<FormatModifier> {
      return line.starts_with(word) ? parse_format(line.substr(word.size())) : std::nullopt;
    };
    if (line == "end")
      whole = true;
    else if (line == "reads-shm")
      facts.reads_shm = true;
    else if (const auto texture = format_after("texture "))
      facts.textures.push_back(*texture);
    else if (const auto target = format_after("target "))
      facts.targets.push_back(*target);
    else
      return std::nullopt;
  }
  return whole ? std::optional(facts) : std::nullopt;
}

Result<void> RendererCache::write(const RendererFacts& facts) const {
  if (file_.empty() || read() == facts)
    return {};
  std::string text = head();
  for (const FormatModifier& format : facts.textures)
    text += fmt::format("texture {:#x} {:#x}\n", format.fourcc, format.modifier);
  for (const FormatModifier& format : facts.targets)
    text += fmt::format("target {:#x} {:#x}\n", format.fourcc, format.modifier);
  text += facts.reads_shm ? "reads-shm\nend\n" : "end\n";
  std::error_code ignored;
  std::filesystem::create_directories(file_.parent_path(), ignored);
  // Moved into place: nobody reads a file that is half written.
  const std::string fresh = fmt::format("{}.{}", file_.string(), ::getpid());
  const UniqueFd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file.valid())
    return Error::from_errno("cannot write " + fresh);
  for (std::string_view rest = text; !rest.empty();) {
    const ssize_t put = ::write(file.get(), rest.data(), rest.size());
    if (put < 0 && errno == EINTR)
      continue;
    if (put <= 0) {
      const Error error = Error::from_errno("cannot write " + fresh);
      ::unlink(fresh.c_str());
      return error;
    }
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
  if (::rename(fresh.c_str(), file_.c_str()) != 0) {
    const Error error = Error::from_errno("cannot write " + file_.string());
    ::unlink(fresh.c_str());
    return error;
  }
  return {};
}

} // namespace fenceline
