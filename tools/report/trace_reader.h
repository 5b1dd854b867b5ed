#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "compositor/base/result.h"
#include "compositor/trace/stamped_event.h"

namespace fenceline::report {

/// What a trace says, of all its files together.
struct Trace {
  struct Client {
    std::string name;
    std::uint64_t pid = 0;
  };
  struct Output {
    std::string name;
    Nanoseconds refresh{};
  };

  std::vector<StampedEvent> events; ///< In the order of time.
  std::map<ClientId, Client> clients;
  std::map<OutputId, Output> outputs;
  TimePoint begin, end; ///< What the files cover.
  std::string version;  ///< Of the program that wrote them.
  std::string ticks;    ///< The counter behind the stamps.
  std::uint64_t dropped = 0;
  std::vector<std::string> warnings; ///< What makes the figures incomplete: a sentence each.
};

/// Reads FILE, and before it FILE.1, FILE.2 ... as far as they are older parts of the same session. Fails when FILE
/// cannot be read or is no trace of Fenceline's; what is cut off or garbled in it is a warning.
[[nodiscard]] Result<Trace> read_trace(const std::string& path);

} // namespace fenceline::report
