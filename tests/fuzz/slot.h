#pragma once
#include "compositor/base/clock.h"
#include "tests/fuzz/generator.h"
#include "tests/fuzz/history.h"
#include "tests/fuzz/input_devices.h"
#include "tests/fuzz/link.h"
#include "tests/fuzz/statistics.h"

#include <cstdint>
#include <memory>
#include <string>

namespace fenceline::fuzz {

/// What the slots of a run share.
struct RunContext {
  const World& world;
  std::string socket_path;
  Prng prng; ///< each connection's sequence is a fork by its number
  Nanoseconds stall_limit;
  DescriptorShop& shop;
  History& history;
  Statistics& statistics;
  InputDevices* input = nullptr; ///< null: none were asked for
  std::uint32_t next_connection = 1;
  std::uint64_t generated = 0; ///< messages, those that came too late for their connection included
};

/// One of the connections that are open at a time: when its life ends, the next one begins.
class Slot {
 public:
  explicit Slot(RunContext& context) : context_(context) {}

  /// Waits for the last batch's answer and sends the next batch. An error when no connection can be made.
  Result<void> turn();
  /// Closes without another word.
  void close();

 private:
  Result<void> open();
  /// False when the connection is over.
  bool settle_last_batch();
  bool await_answer(const Link::OnEvent& on_event);

  RunContext& context_;
  std::uint32_t connection_ = 0;
  std::unique_ptr<Generator> generator_;
  std::unique_ptr<Link> link_;
  Awaited waits_;
  std::vector<Request> unanswered_; ///< well formed, since the last barrier that was answered
};

} // namespace fenceline::fuzz
