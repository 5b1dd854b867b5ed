#pragma once
#include "compositor/base/clock.h"
#include "compositor/base/result.h"
#include "tests/fuzz/action.h"
#include "tests/fuzz/link.h"
#include "tests/fuzz/slot.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace fenceline::fuzz {

/// Reads a log as History writes it.
Result<std::vector<LoggedAction>> read_log(const std::string& path);

/// Sends what a log says, connection for connection, waiting where the log waited. Serials are those of this run.
class Replay {
 public:
  Replay(RunContext& context, std::vector<LoggedAction> actions) : context_(context), actions_(std::move(actions)) {}

  /// `go_on` is asked now and then; the replay ends when it says no.
  Result<void> run(const std::function<bool()>& go_on);

 private:
  struct Pending {
    std::uint32_t callback = 0;
    Awaited waits;
  };
  struct Connection {
    std::unique_ptr<Link> link;
    Pending pending;
    std::map<std::uint32_t, const InterfaceSpec*> interfaces; ///< of the objects that messages went to
  };
  void finish(std::uint32_t number);
  void settle(Connection& connection);

  RunContext& context_;
  std::vector<LoggedAction> actions_;
  std::map<std::uint32_t, Connection> connections_;
};

} // namespace fenceline::fuzz
