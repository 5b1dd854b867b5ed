#include "compositor/wl/traffic.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace fenceline::wl {

namespace {

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
    static_cast<Traffic*>(self)->request(*client);
  else
    static_cast<Traffic*>(self)->event(*client, *message);
}

void Traffic::request(ClientState& client) {
  any_request_ = true;
  if (current_ != &client) {
    charge_last();
    current_ = &client;
    in_a_row_ = 0;
    if (serving_)
      serving_(client.client);
  }
  ++in_a_row_;
  // Most turns have a few requests: these are not worth the clock.
  if (in_a_row_ == free_requests && !measures_all_)
    since_ = loop_.clock().now();
  if (in_a_row_ % look_each != 0)
    return;
  // Many requests at once are what the small buffers are for.
  if (client.flow.wide)
    look_at(client);
  charge(client, loop_.clock().now());
  if (loop_.look())
    since_ = loop_.clock().now();
}

void Traffic::charge(ClientState& client, TimePoint now) {
  const int sharers = resting_ + (client.flow.rests_until ? 0 : 1);
  client.flow.budget.spend(now - since_, now, sharers);
  since_ = now;
  client.flow.spent = any_spent_ = true;
}

void Traffic::charge_last() {
  if (current_ != nullptr && in_a_row_ > free_requests)
    charge(*current_, loop_.clock().now());
}

void Traffic::event(ClientState& client, const wl_protocol_logger_message& message) {
  ClientFlow& flow = client.flow;
  // One that is larger than the buffer would end the client.
  if (!flow.wide && text_of(message) >= large_text)
    set_wide(client, true);
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
  if (behind && !client.flow.wide)
    set_wide(client, true);
  client.flow.reads_again = client.flow.wide && !behind;
  any_reads_again_ |= client.flow.reads_again;
}

void Traffic::flushed() {
  if (!std::exchange(any_reads_again_, false))
    return;
  // A socket that has room now has taken all of libwayland's own buffer.
  for (ClientState* client : clients_)
    if (std::exchange(client->flow.reads_again, false) && !is_behind(*client))
      set_wide(*client, false);
}

void Traffic::set_wide(ClientState& client, bool wide) {
  client.flow.wide = wide;
  wl_client_set_max_buffer_size(client.client, wide ? wide_ : narrow);
}

void Traffic::dispatch() {
  any_request_ = false;
  current_ = nullptr;
  // Who was busy in the last one is so in this one, mostly: then reading it is measured, too.
  measures_all_ = std::exchange(any_spent_, false);
  if (measures_all_)
    since_ = loop_.clock().now();
  wl_event_loop_dispatch(events_, 0);
  charge_last();
  if (any_request_ && serving_)
    serving_(nullptr);
  if (any_spent_)
    rest_the_spent();
  if (!any_request_)
    widen_the_stuck();
}

void Traffic::widen_the_stuck() {
  // A message that is larger than the buffer never gets whole.
  for (ClientState* client : clients_) {
    int unread = 0;
    if (!client->flow.wide && !client->flow.rests_until &&
        ::ioctl(wl_client_get_fd(client->client), SIOCINQ, &unread) == 0 && unread > 0)
      set_wide(*client, true);
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
    if (!std::exchange(flow.has_rested, true) && first_rest_)
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
