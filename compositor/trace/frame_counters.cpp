#include "compositor/trace/frame_counters.h"

#include <algorithm>
#include <utility>
#include <cmath>

namespace fenceline {

Nanoseconds FrameCounters::Output::submit_to_flip(double share) const {
  if (recent_ == 0)
    return {};
  auto sorted = last_;
  const auto end = sorted.begin() + static_cast<std::ptrdiff_t>(recent_);
  const auto rank = static_cast<std::ptrdiff_t>(std::ceil(share * static_cast<double>(recent_)));
  const auto at = sorted.begin() + std::clamp<std::ptrdiff_t>(rank - 1, 0, static_cast<std::ptrdiff_t>(recent_) - 1);
  std::nth_element(sorted.begin(), at, end);
  return *at;
}

FrameCounters::FrameCounters(FrameObserver& next) : next_(next) {
  clients_.try_emplace(ClientId{});
}

void FrameCounters::record(const FrameEvent& event) {
  const auto output = outputs_.find(event.output);
  const auto client = clients_.find(event.client);
  flips_ += event.kind == FrameEventKind::Flip ? 1 : 0;
  if (client == clients_.end() || hands_on(event, client->second))
    next_.record(event);
  count(event, output == outputs_.end() ? nullptr : &output->second,
        client == clients_.end() ? nullptr : &client->second);
}

void FrameCounters::count(const FrameEvent& e, Output* output, Client* client) const {
  const auto detail = static_cast<std::size_t>(e.detail);
  switch (e.kind) {
  case FrameEventKind::Commit:
    if (client && e.value != 0)
      ++client->commits;
    return;
  case FrameEventKind::Input:
    if (client)
      client->input_events += e.value;
    return;
  case FrameEventKind::Copy:
    if (output && detail < output->copied.size())
      output->copied.at(detail) += e.value;
    if (client && detail < client->copied.size())
      client->copied.at(detail) += e.value;
    return;
  case FrameEventKind::Presented:
    if (output) {
      ++output->presented;
      output->zero_copy += e.flags & 1U;
    }
    if (client) {
      ++client->presented;
      client->zero_copy += e.flags & 1U;
    }
    return;
  default:
    break;
  }
  if (!output)
    return;
  switch (e.kind) {
  case FrameEventKind::Submit:
    output->sent_ = e.frame;
    output->sent_at_ = e.time;
    return;
  case FrameEventKind::SubmitFailed:
    ++output->submits_failed;
    return;
  case FrameEventKind::Missed:
    if (detail < output->missed.size())
      ++output->missed.at(detail);
    output->missed_blanks += e.value;
    return;
  case FrameEventKind::Flip:
    ++output->flips;
    if (output->sent_ != e.frame || e.time.ns == 0)
      return;
    // A blank whose interrupt came late still takes a commit of after it.
    output->last_.at(output->next_) = std::max(Nanoseconds{}, e.time - output->sent_at_);
    output->next_ = (output->next_ + 1) % output->last_.size();
    output->recent_ = std::min(output->recent_ + 1, output->last_.size());
    return;
  default:
    return;
  }
}

// What comes with a frame is bounded by the frames.
bool FrameCounters::hands_on(const FrameEvent& e, Client& client) {
  if (e.client == ClientId{} || e.output != OutputId{})
    return true;
  if (std::exchange(client.flips_, flips_) != flips_) {
    client.since_ = 0;
    tell_left_out(e.client, client);
  }
  const bool handed_on = ++client.since_ <= most_between_flips;
  client.left_out_ += handed_on ? 0 : 1;
  return handed_on;
}

void FrameCounters::tell_left_out(ClientId id, Client& client) {
  if (const std::uint64_t records = std::exchange(client.left_out_, 0); records != 0)
    next_.record({.kind = FrameEventKind::LeftOut, .client = id, .value = records, .time = {}});
}

void FrameCounters::describe(ClientId client, std::string_view name, int pid) {
  clients_.try_emplace(client);
  next_.describe(client, name, pid);
}

void FrameCounters::describe(OutputId output, std::string_view name, Nanoseconds refresh) {
  outputs_.try_emplace(output);
  next_.describe(output, name, refresh);
}

void FrameCounters::describe(SurfaceId surface, ClientId client, std::string_view name) {
  next_.describe(surface, client, name);
}

void FrameCounters::gone(ClientId client) {
  if (const auto found = clients_.find(client); found != clients_.end())
    tell_left_out(client, found->second);
  clients_.erase(client);
  next_.gone(client);
}

void FrameCounters::gone(OutputId output) {
  outputs_.erase(output);
  next_.gone(output);
}

const FrameCounters::Output* FrameCounters::find(OutputId id) const {
  const auto found = outputs_.find(id);
  return found == outputs_.end() ? nullptr : &found->second;
}

const FrameCounters::Client* FrameCounters::find(ClientId id) const {
  const auto found = clients_.find(id);
  return found == clients_.end() ? nullptr : &found->second;
}

} // namespace fenceline
