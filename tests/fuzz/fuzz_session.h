#pragma once
#include "tests/fuzz/history.h"
#include "tests/fuzz/innocent_client.h"
#include "tests/fuzz/input_devices.h"
#include "tests/fuzz/options.h"
#include "tests/fuzz/server_process.h"
#include "tests/fuzz/slot.h"
#include "tests/fuzz/statistics.h"
#include "tests/fuzz/user.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace fenceline::fuzz {

/// A run from the server's start to the verdict.
class FuzzSession {
 public:
  /// `seed`: the number that was asked for, or drawn.
  FuzzSession(Options options, std::uint64_t seed);

  /// The process's exit status: 0 when the server lived through it, 1 when not, 2 when the run could not begin.
  int run();

 private:
  Result<void> load_protocols();
  Result<void> reach_server();
  /// Asks the server what it offers, until its seat has our devices.
  Result<void> look_around();
  Result<void> find_only();
  /// An error is the server's failure.
  Result<void> send_everything(RunContext& context);
  Result<void> fuzz(RunContext& context);
  Result<void> still_alive();
  /// What has gone wrong so far, if anything has.
  [[nodiscard]] std::optional<std::string> trouble();
  void hold_rate(TimePoint begin) const;
  /// What the user does while the clients talk, if there is one.
  void use_devices(User& user);
  /// Whether all was accepted that was to be.
  [[nodiscard]] Result<void> reached() const;
  Result<void> verdict(Result<void> sending);
  void print_failure(const Error& failure) const;

  Options options_;
  std::uint64_t seed_;
  MonotonicClock clock_;
  ProtocolModel model_;
  World world_;
  ServerProcess server_;
  std::string socket_path_;
  History history_;
  Statistics statistics_;
  std::unique_ptr<InnocentClient> innocent_;
  std::optional<InputDevices> input_;
  Nanoseconds limit_;
};

} // namespace fenceline::fuzz
