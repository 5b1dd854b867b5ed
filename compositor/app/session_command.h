#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compositor/app/child.h"
#include "compositor/app/programs.h"
#include "compositor/base/event_loop.h"
#include "compositor/base/log.h"

namespace fenceline {

/// How long to wait before a program that has failed is started again: a second after the first failure, twice as long
/// after each further one, and a second again when it had run well.
class RestartDelay {
 public:
  static constexpr std::chrono::seconds shortest{1}, longest{30};
  static constexpr std::chrono::seconds well{60}; ///< Whoever runs that long runs well.

  [[nodiscard]] Nanoseconds after(Nanoseconds ran_for);

 private:
  Nanoseconds next_ = shortest;
};

/// The program that the session is there for.
class SessionCommand {
 public:
  struct Parts {
    EventLoop& loop;
    Log& log;
    const DescriptorLimit& limit;
    Programs::Variables variables;
    bool keep_running = false; ///< It is started again when it fails, until it ends with status 0.
  };

  /// An error when it can't be executed; later, when it is to be started again, that counts as a failure.
  [[nodiscard]] static Result<std::unique_ptr<SessionCommand>> start(const Parts& parts,
                                                                     std::vector<std::string> command);
  SessionCommand(const SessionCommand&) = delete;
  SessionCommand& operator=(const SessionCommand&) = delete;
  /// Asks it to end.
  ~SessionCommand();

  /// After SIGCHLD: the status that it has ended with for good (128 + N for signal N); none: it runs, or will again.
  [[nodiscard]] std::optional<int> reap();

 private:
  SessionCommand(const Parts& parts, std::vector<std::string> command) : parts_(parts), command_(std::move(command)) {}
  [[nodiscard]] Result<void> launch();
  void relaunch();
  void failed(const std::string& how);

  Parts parts_;
  std::vector<std::string> command_;
  std::optional<Child> child_;
  TimePoint started_;
  RestartDelay delay_;
  std::unique_ptr<Timer> timer_;
};

} // namespace fenceline
