#pragma once
#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>

namespace fenceline {

enum class LogLevel { Trace, Debug, Info, Warn, Error, Off };

/// Where lines for a person go. Handed in by constructor; spdlog is behind it.
class Log {
 public:
  explicit Log(LogLevel level);
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log();

  [[nodiscard]] bool wants(LogLevel level) const noexcept { return level >= level_; }
  void write(LogLevel level, std::string_view line);

  template <class... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) {
    if (wants(LogLevel::Debug))
      write(LogLevel::Debug, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    if (wants(LogLevel::Info))
      write(LogLevel::Info, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void warn(fmt::format_string<Args...> format, Args&&... args) {
    if (wants(LogLevel::Warn))
      write(LogLevel::Warn, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) {
    if (wants(LogLevel::Error))
      write(LogLevel::Error, fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  struct Sink;
  LogLevel level_;
  std::unique_ptr<Sink> sink_;
};

} // namespace fenceline
