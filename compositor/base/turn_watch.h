#pragma once
#include <cstdint>

namespace fenceline {

/// What a turn of the loop is spent with.
enum class TurnPart : std::uint8_t {
  Timers,   ///< Latches, frame callbacks, patience that is over.
  Events,   ///< Flips, input, fences, the control socket.
  Requests, ///< Of clients (IoEvents::Patient).
  Rest,     ///< Work that was put off, and what is done before each sleep.
};

/// Told of each turn of a loop, from its wake until it sleeps again. Called often: it is to be quick.
class TurnWatch {
 public:
  virtual ~TurnWatch() = default;
  virtual void woke() = 0;
  /// What was done since the last call.
  virtual void did(TurnPart part) = 0;
  virtual void sleeps() = 0;
};

} // namespace fenceline
