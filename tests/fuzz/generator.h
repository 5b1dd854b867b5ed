#pragma once
#include "tests/fuzz/buffers.h"
#include "tests/fuzz/evidence.h"
#include "tests/fuzz/explicit_sync.h"
#include "tests/fuzz/message_maker.h"
#include "tests/fuzz/seats.h"
#include "tests/fuzz/surface_extras.h"
#include "tests/fuzz/windows.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace fenceline::fuzz {

/// How a connection's life ends when no protocol error ends it before.
enum class Ending : std::uint8_t {
  Orderly,    ///< everything answered, then the socket closes
  Abrupt,     ///< closes with requests unread and events unanswered
  MidMessage, ///< in the middle of a message
  HalfClosed, ///< one direction is shut, the other goes on for a while
  Deaf,       ///< asks for ever more events and reads none
  kCount
};

/// One connection's life, from bind to death, in batches. What it does depends on the seed alone: see ObjectTracker for
/// ids and Link for serials.
class Generator {
 public:
  /// `world` must outlive the generator.
  Generator(const World& world, Prng prng);
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  /// The next batch. It ends with a barrier, which must be answered before the next call, or with the connection's end.
  [[nodiscard]] std::vector<Action> next_batch();
  /// The callback that the last batch's barrier asks for; 0 when it has none.
  [[nodiscard]] std::uint32_t callback() const { return callback_; }
  /// The barrier was answered.
  void answered();
  /// Bookkeeping from events: objects that the server made, and what shows that requests were accepted.
  void take_event(std::span<const std::uint8_t> event);
  [[nodiscard]] std::vector<std::string_view> take_accepted() { return evidence_.take(); }
  /// No batch follows. A server that has not hung up by then may have been left in the middle of a message.
  [[nodiscard]] bool finished() const { return finished_; }

  [[nodiscard]] const ObjectTracker& objects() const { return maker_.objects(); }
  [[nodiscard]] Ending ending() const { return ending_; }

 private:
  struct Character {
    Manners manners;
    std::uint32_t random_percent = 0; ///< steps that are random requests, of any protocol
    bool takes_devices = false;       ///< has a pointer, a keyboard and a clipboard from its start
    std::uint32_t batches = 0;
    std::uint32_t batch_size = 0;
  };
  static Character draw_character(Prng& prng);

  void step();
  void random_step();
  void bind_something();
  void close_down();
  void flood();

  const World& world_;
  Prng prng_;
  Character character_;
  Ending ending_;
  MessageMaker maker_;
  Evidence evidence_;
  Buffers buffers_;
  ExplicitSync sync_;
  Windows windows_;
  Seats seats_;
  SurfaceExtras extras_;
  std::uint64_t steps_ = 0;
  std::uint32_t batches_ = 0;
  std::uint32_t callback_ = 0;
  bool finished_ = false;
};

} // namespace fenceline::fuzz
