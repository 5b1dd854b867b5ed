#pragma once
#include "compositor/base/result.h"
#include "tests/fuzz/descriptors.h"
#include "tests/fuzz/input_step.h"
#include "tests/fuzz/wire.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fenceline::fuzz {

/// Where a message wants a number that only the server knows: at `offset`, the first argument of the last event that
/// object `source` received. Configure, enter, key and button all carry their serial there; motion does not.
struct SerialPatch {
  std::uint32_t offset = 0;
  std::uint32_t source = 0;
  bool answer = false;     ///< each event is answered once: without a new one, the message is not sent
  std::int32_t event = -1; ///< the event's opcode; -1: whichever came last
  friend bool operator==(const SerialPatch&, const SerialPatch&) = default;
};

/// Objects that must have received an event before what follows, unless that takes too long.
struct Awaited {
  // A configure that follows an answered barrier comes from an idle task of the server: soon, or never.
  static constexpr auto for_configure = std::chrono::milliseconds(100);
  // What was presented is told a frame or two later.
  static constexpr auto for_presented = std::chrono::milliseconds(300);

  std::vector<std::uint32_t> objects{};
  std::chrono::milliseconds grace = for_configure;
  friend bool operator==(const Awaited&, const Awaited&) = default;
};

enum class Verb : std::uint8_t {
  Connect,
  Send,     ///< one message and its descriptors
  SendPart, ///< the first `size` bytes of one
  Barrier,  ///< a wl_display.sync; what follows waits for its answer
  Resize,   ///< file `key` becomes `size` bytes
  Signal,   ///< point `size` of the timeline `key` signals
  Input,    ///< something happens to the machine's mouse or keyboard; of no connection, so of number 0
  Deaf,     ///< read nothing from here on
  ShutRead, ///< close one direction of the socket
  ShutWrite,
  Close,
  kCount
};

/// One thing that a connection does. The generator makes them, the log keeps them, a link carries them out.
struct Action {
  Verb verb = Verb::Send;
  Bytes bytes{};
  std::vector<FdSpec> fds{};
  std::vector<SerialPatch> patches{};
  Awaited waits{}; ///< of a barrier
  std::uint32_t key = 0;
  std::uint64_t size = 0;
  InputStep input{};
  /// Goes to, or names, this object of the server's making: without it the message is not sent. 0: to none.
  std::uint32_t needs = 0;
  /// For a person; lost in a log's round trip.
  const InterfaceSpec* interface = nullptr;
  const char* mutation = nullptr; ///< how the message was spoiled; null for a well-formed one
};

/// "connection 12: wl_surface@5.attach(...)", with fds, and how the message was spoiled.
[[nodiscard]] std::string describe(const Action& action);

/// One line of a log, without its newline; the description follows after a '#'.
[[nodiscard]] std::string log_line(std::uint32_t connection, const Action& action);

struct LoggedAction {
  std::uint32_t connection = 0;
  std::string interface {}; ///< of the object that the message goes to, where the line says it
  Action action{};
};
[[nodiscard]] Result<LoggedAction> parse_log_line(std::string_view line);

} // namespace fenceline::fuzz
