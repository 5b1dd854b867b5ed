#pragma once
#include "compositor/base/clock.h"
#include "compositor/base/fd.h"
#include "compositor/base/result.h"
#include "tests/fuzz/action.h"
#include "tests/fuzz/descriptors.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace fenceline::fuzz {

/// A non-blocking connection to the socket at `path`.
Result<UniqueFd> connect_to(const std::string& path);

struct ProtocolError {
  std::uint32_t object = 0;
  std::uint32_t code = 0;
  std::string text;
};

enum class WaitOutcome { Answered, Dead, TimedOut };

/// One connection's socket: carries out actions, reads events. Events are taken in only while a barrier waits, so that
/// when they come makes no difference to what is sent.
class Link {
 public:
  /// Called for each event, header included.
  using OnEvent = std::function<void(std::span<const std::uint8_t> event)>;

  /// `connection`: whose the keys of files and timelines are.
  Link(UniqueFd socket, DescriptorShop& shop, std::uint32_t connection = 0);

  /// Carries out one action; a barrier is only sent. After the connection has died this does nothing but resize files.
  /// `send_limit`: how long a server may leave the socket full before the link counts as dead.
  void perform(const Action& action, Nanoseconds send_limit);
  /// Sends what perform() has gathered.
  void flush(Nanoseconds send_limit);
  /// Waits until `callback` has received an event, and then a little for `waits`.
  WaitOutcome wait(std::uint32_t callback, const Awaited& waits, Nanoseconds limit, const OnEvent& on_event);
  /// Reads what comes until the server hangs up or `limit` has passed.
  WaitOutcome wait_for_hangup(Nanoseconds limit, const OnEvent& on_event);

  [[nodiscard]] bool dead() const { return dead_; }
  [[nodiscard]] bool stuck() const { return stuck_; }
  [[nodiscard]] const std::optional<ProtocolError>& error() const { return error_; }
  [[nodiscard]] std::uint64_t messages_sent() const { return messages_sent_; }

 private:
  void gather(const Action& action);
  void take_events(const OnEvent& on_event);
  void take_word(const Header& header, std::uint32_t word);
  /// One read; false when there was nothing or the connection is at its end.
  bool read_some();
  WaitOutcome wait_until(const std::function<bool()>& done, Nanoseconds limit, const OnEvent& on_event);

  UniqueFd socket_;
  DescriptorShop& shop_;
  std::uint32_t connection_;
  MonotonicClock clock_;
  Bytes out_;
  std::vector<UniqueFd> out_fds_;
  Bytes in_;
  /// By object: the first arguments of its last events.
  struct Words {
    std::optional<std::uint32_t> last;
    std::vector<std::optional<std::uint32_t>> by_event; ///< by opcode
  };
  [[nodiscard]] std::optional<std::uint32_t>* word_for(const SerialPatch& patch);
  std::unordered_map<std::uint32_t, Words> words_;
  std::unordered_set<std::uint32_t> server_ids_; ///< objects that the server has made
  std::optional<ProtocolError> error_;
  std::uint64_t messages_sent_ = 0;
  std::uint32_t fds_received_ = 0;
  std::uint32_t callback_ = 0; ///< what wait() waits for
  bool callback_done_ = false;
  std::vector<std::uint32_t> awaited_; ///< what wait() waits for besides, as long as it has been told nothing
  bool deaf_ = false;
  bool dead_ = false;
  bool stuck_ = false; ///< dead because the server did not read
};

} // namespace fenceline::fuzz
