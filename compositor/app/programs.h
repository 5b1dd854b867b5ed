#pragma once
#include <string>
#include <utility>
#include <vector>

#include "compositor/app/child.h"
#include "compositor/base/log.h"

namespace fenceline {

/// Programs that the session starts on the side: what key bindings spawn, and what tells the user's services of the
/// session. Nobody waits for them; at the end of the session they are asked to end.
class Programs {
 public:
  using Variables = std::vector<std::pair<std::string, std::string>>;
  /// `limit` and `log` outlive it. `variables`: what programs of the session find in their environment.
  Programs(const DescriptorLimit& limit, Log& log, Variables variables)
      : limit_(limit), log_(log), variables_(std::move(variables)) {}
  Programs(const Programs&) = delete;
  Programs& operator=(const Programs&) = delete;
  ~Programs();

  /// When it can't be started the log says why.
  void start(const std::vector<std::string>& command);
  /// With the shell.
  void spawn(const std::string& command) { start({"/bin/sh", "-c", command}); }
  /// Tells D-Bus and systemd, where they are there, the variables: services that they start for the user find the
  /// session then.
  void announce_session();
  /// After SIGCHLD.
  void reap();
  [[nodiscard]] const Variables& variables() const { return variables_; }

 private:
  struct Program {
    Child child;
    std::string name;
  };
  const DescriptorLimit& limit_;
  Log& log_;
  Variables variables_;
  std::vector<Program> running_;
};

} // namespace fenceline
