#include "compositor/wl/traffic.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <wayland-server-protocol.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace fenceline::wl {

namespace {

/// wl_display.get_registry: libwayland's header for servers has no name for it.
constexpr int get_registry = 1;

/// Bytes of the strings and arrays of a message, more or less.
std::size_t text_of(const wl_protocol_logger_message& message) {
  std::size_t bytes = 0;
  int argument = 0;
  for (const char* sign = message.message->signature; *sign != '\0'; ++sign) {
    if (std::strchr("iufsonah", *sign) == nullptr)
      continue; // A version, or that the next one may be null.
    if (argument == message.arguments_count)
      break;
    const wl_argument& value = message.arguments[argument++];
    if (*sign == 's' && value.s != nullptr)
      bytes += std::strlen(value.s);
    else if (*sign == 'a' && value.a != nullptr)
      bytes += value.a->size;
  }
  return bytes;
}

} // namespace

Result<std::unique_ptr<Traffic>> Traffic::create(EventLoop& loop, wl_display* display, std::size_t wide) {
  std::unique_ptr<Traffic> traffic(new Traffic(loop, display, wide));
  auto timer = loop.make_timer([raw = traffic.get()] { raw->wake_the_rested(); });
  if (!timer)
    return timer.error();
  traffic->timer_ = std::move(*timer);
  traffic->logger_ = wl_display_add_protocol_logger(display, log, traffic.get());
  if (traffic->logger_ == nullptr)
    return Error::from_errno("cannot listen to the protocol");
  wl_display_set_default_max_buffer_size(display, narrow);
  return traffic;
}

Traffic::Traffic(EventLoop& loop, wl_display* display, std::size_t wide)
    : loop_(loop), events_(wl_display_get_event_loop(display)), wide_(std::max(wide, narrow)) {}

Traffic::~Traffic() {
  if (logger_ != nullptr)
    wl_protocol_logger_destroy(logger_);
}

void Traffic::leaves() {
  charge();
  any_leaves_ = true;
  if (std::exchange(current_, nullptr) != nullptr && serving_)
    serving_(nullptr);
}

void Traffic::remove(const ClientState& client) {
  std::erase(clients_, &client);
  if (client.flow.rests_until)
    --resting_;
  if (current_ == &client)
    current_ = nullptr;
}

void Traffic::log(void* self, wl_protocol_logger_type direction, const wl_protocol_logger_message* message) noexcept {
  ClientState* client = ClientState::of(wl_resource_get_client(message->resource));
  if (client == nullptr)
    return;
  if (direction == WL_PROTOCOL_LOGGER_REQUEST)
    static_cast<Traffic*>(self)->request(*client, *message);
  else
    static_cast<Traffic*>(self)->event(*client, *message);
}

void Traffic::request(ClientState& client, const wl_protocol_logger_message& message) {
  any_request_ = true;
  if (current_ != &client) {
    charge();
    current_ = &client;
    in_a_row_ = 0;
    if (serving_)
      serving_(client.client);
  }
  // Its long message has come.
  if (std::exchange(client.flow.stuck, false)) {
    client.flow.stuck_last = loop_.rough_clock().now();
    client.flow.reads_again = any_reads_again_ = true;
  }
  if (wl_resource_get_id(message.resource) == 1 && message.message_opcode == get_registry)
    count_registry(client, message.resource);
  if (++in_a_row_ % look_each != 0)
    return;
  // Many requests at once are what the small buffers are for.
  if (client.flow.wide)
    look_at(client);
  charge();
  if (loop_.look())
    since_ = loop_.rough_clock().now();
}

void Traffic::count_registry(ClientState& client, wl_resource* display) {
  if (!client.objects.add())
    wl_resource_post_error(display, WL_DISPLAY_ERROR_NO_MEMORY, "more than %u objects", ObjectCount::most);
  else if (!client.objects.add(wl_registry_interface, most_registries))
    wl_resource_post_error(display, WL_DISPLAY_ERROR_NO_MEMORY, "more than %u registries", most_registries);
}

void Traffic::charge() {
  const TimePoint now = loop_.rough_clock().now();
  // The clock may step back a little.
  const Nanoseconds took = std::max(now - since_, Nanoseconds{});
  since_ = now;
  if (current_ == nullptr)
    return;
  ClientFlow& flow = current_->flow;
  flow.budget.spend(took, now, resting_ + (flow.rests_until ? 0 : 1));
  if (flow.budget.strained(now))
    flow.spent = any_spent_ = true;
}

void Traffic::event(ClientState& client, const wl_protocol_logger_message& message) {
  ClientFlow& flow = client.flow;
  // One that is larger than the buffer would end the client.
  if (!flow.wide && text_of(message) >= large_text)
    set_buffers(client, wide_);
  if (++flow.events >= events_each)
    look_at(client);
}

bool Traffic::is_behind(const ClientState& client) {
  const int fd = wl_client_get_fd(client.client);
  int waiting = 0, room = 0;
  socklen_t length = sizeof room;
  return ::ioctl(fd, SIOCOUTQ, &waiting) == 0 && ::getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, &length) == 0 &&
         waiting > room / 2;
}

void Traffic::look_at(ClientState& client) {
  client.flow.events = 0;
  const bool behind = is_behind(client);
  if (behind && (!client.flow.wide || client.flow.stuck))
    set_buffers(client, wide_);
  client.flow.reads_again = client.flow.wide && !behind;
  any_reads_again_ |= client.flow.reads_again;
}

void Traffic::flushed() {
  // To wait for room in a socket libwayland sets the events of its entry anew.
  if (resting_ > 0)
    for (ClientState* client : clients_)
      if (client->flow.rests_until) {
        [[maybe_unused]] const auto muted = client->flow.entry->mute();
      }
  if (!std::exchange(any_reads_again_, false))
    return;
  const TimePoint now = loop_.rough_clock().now();
  for (ClientState* client : clients_) {
    if (!std::exchange(client->flow.reads_again, false))
      continue;
    if (client->flow.stuck_last && now - *client->flow.stuck_last < wide_after_stuck)
      client->flow.reads_again = any_reads_again_ = true;
    else if (!is_behind(*client) && all_sent(*client))
      set_buffers(*client, narrow);
  }
}

bool Traffic::all_sent(const ClientState& client) {
  // It says by errno alone that the socket did not take all.
  errno = 0;
  wl_client_flush(client.client);
  return errno == 0;
}

void Traffic::set_buffers(ClientState& client, std::size_t bytes) {
  client.flow.wide = bytes != narrow;
  client.flow.stuck = false;
  wl_client_set_max_buffer_size(client.client, bytes);
}

void Traffic::dispatch() {
  any_request_ = any_leaves_ = false;
  const TimePoint begun = loop_.rough_clock().now();
  const int writers = unasked_.strained(begun) ? find_writers() : 0;
  // To read the first socket is nobody's, and the next one's is charged to who was before: some microseconds.
  since_ = begun;
  wl_event_loop_dispatch(events_, 0);
  charge();
  current_ = nullptr;
  if (any_request_ && serving_)
    serving_(nullptr);
  if (!any_request_ && !any_leaves_)
    charge_writers(std::max(since_ - begun, Nanoseconds{}), writers, since_);
  if (std::exchange(any_spent_, false))
    rest_the_spent();
  if (!any_request_)
    widen_the_stuck();
}

bool Traffic::has_written(const ClientState& client) {
  int unread = 0;
  return ::ioctl(wl_client_get_fd(client.client), SIOCINQ, &unread) == 0 && unread > 0;
}

int Traffic::find_writers() {
  int writers = 0;
  for (ClientState* client : clients_) {
    client->flow.writes = !client->flow.rests_until && has_written(*client);
    writers += client->flow.writes ? 1 : 0;
  }
  return writers;
}

void Traffic::charge_writers(Nanoseconds took, int writers, TimePoint now) {
  unasked_.spend(took, now, 1);
  if (writers == 0)
    return;
  for (ClientState* client : clients_) {
    ClientFlow& flow = client->flow;
    if (!flow.writes)
      continue;
    flow.budget.spend(took / writers, now, resting_ + 1);
    if (flow.budget.strained(now))
      flow.spent = any_spent_ = true;
  }
}

void Traffic::widen_the_stuck() {
  // A message that is larger than the buffer never gets whole.
  for (ClientState* client : clients_) {
    if (!client->flow.wide && !client->flow.rests_until && has_written(*client)) {
      set_buffers(*client, std::min(wide_, longest_message));
      client->flow.stuck = true;
    }
  }
}

void Traffic::rest_the_spent() {
  const TimePoint now = loop_.clock().now();
  const std::optional<TimePoint> quiet = quiet_ ? quiet_(now) : std::nullopt;
  for (ClientState* client : clients_) {
    ClientFlow& flow = client->flow;
    if (!std::exchange(flow.spent, false))
      continue;
    auto until = flow.budget.rests_until(now);
    if (!until && quiet && flow.budget.strained(now))
      until = *quiet;
    if (!until)
      continue;
    if (!flow.entry) {
      auto entry = EpollEntry::find(wl_event_loop_get_fd(events_), wl_client_get_fd(client->client));
      // Without, it shares the thread with all others, a few requests at a time.
      if (!entry)
        continue;
      flow.entry = *entry;
    }
    if (!flow.entry->mute())
      continue;
    if (now - flow.rested_enough > std::chrono::seconds(1))
      flow.rested = {};
    flow.rested += *until - now;
    if (flow.rested >= worth_telling && !std::exchange(flow.told, true) && first_rest_)
      first_rest_(client->client);
    if (!flow.rests_until)
      ++resting_;
    flow.rests_until = until;
    flow.rested_enough = *until;
  }
  arm();
}

void Traffic::wake_the_rested() {
  const TimePoint now = loop_.clock().now();
  const std::optional<TimePoint> quiet = quiet_ ? quiet_(now) : std::nullopt;
  for (ClientState* client : clients_) {
    ClientFlow& flow = client->flow;
    if (!flow.rests_until || now < *flow.rests_until)
      continue;
    if (quiet && *quiet <= flow.rested_enough + longest_quiet) {
      flow.rests_until = *quiet;
      continue;
    }
    flow.rests_until.reset();
    --resting_;
    [[maybe_unused]] const auto heard = flow.entry->unmute();
  }
  arm();
}

void Traffic::arm() {
  std::optional<TimePoint> first;
  for (const ClientState* client : clients_)
    if (client->flow.rests_until && (!first || *client->flow.rests_until < *first))
      first = client->flow.rests_until;
  if (first)
    timer_->arm(*first);
  else
    timer_->disarm();
}

} // namespace fenceline::wl
