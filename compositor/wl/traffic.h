#pragma once
#include <wayland-server-core.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "compositor/base/event_loop.h"
#include "compositor/base/result.h"
#include "compositor/wl/client_state.h"

namespace fenceline::wl {

/// Sees to it that no client costs the others more than a moment, however much it asks for:
///
/// - libwayland handles all that it has read of a client before it comes to the next, and it reads as much as the
///   client's buffers have room for. So these are small (4 KiB, some hundred requests), and larger only while the
///   client is behind with reading its events, or has a message that would not fit: libwayland has one size for both
///   directions.
/// - Every 64 requests of one client the loop is asked to tell what is urgent (EventLoop::look): the latch that is
/// due.
/// - Who uses more than its RequestBudget is not read until that is paid for, nor while a frame is due: the thread may
///   have the CPU before all others, and the kernel needs one for the commit, too. Requests are measured, and what is
///   read and is no whole request: see `unasked_`. The end of a client is charged to nobody.
///
/// It hears of each message by libwayland's protocol logger, which comes before a request is carried out, between it
/// and the one before. What is urgent may take resources away then that no request can be made on or refer to
/// (wl_callback, wp_presentation_feedback), and no other.
class Traffic {
 public:
  static constexpr std::size_t narrow = 4096; ///< Bytes: libwayland's smallest.
  static constexpr unsigned look_each = 64;   ///< Requests of one client in a row.
  static constexpr unsigned events_each = 64; ///< After so many events to a client its socket is looked at.
  static constexpr Nanoseconds worth_telling = std::chrono::milliseconds(250);
  /// Who had a message that did not fit may have the next one at once: libwayland writes a line to the log where the
  /// part of one that has come is larger than the buffers are to be.
  static constexpr Nanoseconds wide_after_stuck = std::chrono::seconds(1);
  static constexpr std::size_t large_text = 1024;       ///< Bytes of strings and arrays of one event.
  static constexpr std::size_t longest_message = 65536; ///< Bytes: its length has 16 bits.
  /// Of a client. They are libwayland's own objects, and no request ends one.
  static constexpr std::uint32_t most_registries = 256;

  /// `wide`: bytes, what a client may leave unread.
  [[nodiscard]] static Result<std::unique_ptr<Traffic>> create(EventLoop& loop, wl_display* display, std::size_t wide);
  ~Traffic();
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;

  void add(ClientState& client) { clients_.push_back(&client); }
  /// A client ends: what that takes is not another one's.
  void leaves();
  void remove(const ClientState& client);
  /// Handles the requests that have come, without waiting.
  void dispatch();
  /// All that was to be sent was given to the sockets, as far as there was room.
  void flushed();
  /// Called once for a client that has had to rest for `worth_telling`, more or less without a pause.
  void on_first_rest(std::function<void(wl_client*)> hook) { first_rest_ = std::move(hook); }
  /// Called with whose requests come next, and with null when there are no more for now.
  void on_serving(std::function<void(wl_client*)> hook) { serving_ = std::move(hook); }
  /// Asked until when a frame is due; nothing when none is. Who is over its budget waits for that, but no longer than
  /// `longest_quiet` more.
  void on_quiet(std::function<std::optional<TimePoint>(TimePoint now)> hook) { quiet_ = std::move(hook); }
  static constexpr Nanoseconds longest_quiet = std::chrono::milliseconds(20);
  /// How many clients are not read for now.
  [[nodiscard]] int resting() const { return resting_; }

 private:
  Traffic(EventLoop& loop, wl_display* display, std::size_t wide);
  static void log(void* self, wl_protocol_logger_type direction, const wl_protocol_logger_message* message) noexcept;
  void request(ClientState& client, const wl_protocol_logger_message& message);
  void event(ClientState& client, const wl_protocol_logger_message& message);
  static void count_registry(ClientState& client, wl_resource* display);
  /// What was done since the last call was the current client's.
  void charge();
  void look_at(ClientState& client);
  [[nodiscard]] static bool is_behind(const ClientState& client);
  [[nodiscard]] static bool all_sent(const ClientState& client);
  static void set_buffers(ClientState& client, std::size_t bytes);
  void widen_the_stuck();
  [[nodiscard]] static bool has_written(const ClientState& client);
  int find_writers();
  void charge_writers(Nanoseconds took, int writers, TimePoint now);
  void rest_the_spent();
  void wake_the_rested();
  void arm();

  EventLoop& loop_;
  wl_event_loop* events_;
  std::size_t wide_;
  wl_protocol_logger* logger_ = nullptr;
  std::unique_ptr<Timer> timer_; ///< For the first that has rested.
  std::vector<ClientState*> clients_;
  std::function<void(wl_client*)> first_rest_, serving_;
  std::function<std::optional<TimePoint>(TimePoint)> quiet_;
  /// Of the dispatch at hand: whose requests come, how many in a row, and since when their time is not charged yet.
  ClientState* current_ = nullptr;
  unsigned in_a_row_ = 0;
  bool any_request_ = false, any_leaves_ = false;
  bool any_spent_ = false;
  TimePoint since_;
  /// What dispatches without any request take, as of clients that send a message byte by byte. Where it is strained it
  /// is looked at before each dispatch who has written, and these pay for the next ones.
  RequestBudget unasked_;
  bool any_reads_again_ = false;
  int resting_ = 0;
};

} // namespace fenceline::wl
