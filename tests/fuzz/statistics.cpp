#include "tests/fuzz/statistics.h"

#include "tests/fuzz/evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace fenceline::fuzz {

namespace {

/// The interfaces that can be reached from the server's globals.
std::vector<const InterfaceSpec*> reachable(const World& world) {
  std::vector<const InterfaceSpec*> out;
  const auto add = [&out](const InterfaceSpec* interface) {
    if (interface != nullptr && std::ranges::find(out, interface) == out.end())
      out.push_back(interface);
  };
  for (const auto& global : world.globals)
    add(global.interface);
  for (std::size_t i = 0; i < out.size(); ++i)
    for (const auto* list : {&out[i]->requests, &out[i]->events})
      for (const auto& message : *list)
        if (const auto* created = message.new_id())
          add(created->interface);
  return out;
}

} // namespace

Statistics::Counts& Statistics::counts(const InterfaceSpec& interface) {
  auto& counts = counts_[&interface];
  counts.sent.resize(interface.requests.size());
  counts.answered.resize(interface.requests.size());
  counts.received.resize(interface.events.size());
  return counts;
}

std::optional<Request> Statistics::sent(const Action& action) {
  if (action.verb != Verb::Send && action.verb != Verb::SendPart && action.verb != Verb::Barrier)
    return std::nullopt;
  ++messages_;
  descriptors_ += action.fds.size();
  if (action.mutation != nullptr || action.verb == Verb::SendPart) {
    ++spoiled_;
    return std::nullopt;
  }
  if (action.interface == nullptr)
    return std::nullopt;
  const auto opcode = header_of(action.bytes).opcode;
  auto& sent = counts(*action.interface).sent;
  if (opcode >= sent.size())
    return std::nullopt;
  ++sent[opcode];
  return Request{action.interface, opcode};
}

void Statistics::answered(std::span<const Request> requests) {
  for (const auto& request : requests)
    ++counts(*request.interface).answered[request.opcode];
}

void Statistics::received(const InterfaceSpec& interface, std::uint16_t opcode) {
  if (opcode < interface.events.size())
    ++counts(interface).received[opcode];
}

std::uint64_t Statistics::times_accepted(std::string_view request) const {
  const auto found = accepted_.find(std::string(request));
  return found == accepted_.end() ? 0 : found->second;
}

void Statistics::connection_ended(const Link& link, const InterfaceSpec* error_interface) {
  stuck_ += link.stuck() ? 1 : 0;
  if (!link.error())
    return;
  const auto code = link.error()->code;
  ++errors_[error_interface == nullptr ? fmt::format("unknown object, code {}", code)
                                       : error_interface->name + "." + error_interface->error_name(code)];
}

std::string Statistics::summary(double seconds) const {
  std::string out = fmt::format("messages: {} ({:.0f}/s), {} of them odd or spoiled, with {} descriptors\n", messages_,
                                seconds > 0 ? static_cast<double>(messages_) / seconds : 0.0, spoiled_, descriptors_);
  out += fmt::format("connections: {}, barriers unanswered: {}, sockets that the server left full: {}\n", connections_,
                     barriers_timed_out_, stuck_);
  std::vector<std::pair<std::string, std::uint64_t>> sorted(errors_.begin(), errors_.end());
  std::ranges::stable_sort(sorted, [](const auto& a, const auto& b) { return a.second > b.second; });
  out += "protocol errors:\n";
  for (const auto& [name, count] : sorted)
    out += fmt::format("  {:7} {}\n", count, name);
  return out;
}

std::string Statistics::table(const World& world, bool events) const {
  std::string out;
  for (const auto* interface : reachable(world)) {
    const auto found = counts_.find(interface);
    std::string line;
    for (const auto& message : events ? interface->events : interface->requests) {
      std::uint64_t count = 0, answered = 0;
      if (found != counts_.end()) {
        count = events ? found->second.received[message.opcode] : found->second.sent[message.opcode];
        answered = events ? 0 : found->second.answered[message.opcode];
      }
      line += fmt::format("{} {} {}", line.empty() ? "" : ",", message.name, count);
      if (!events && count != 0)
        line += fmt::format("/{}", answered);
    }
    if (!line.empty())
      out += fmt::format("  {}:{}\n", interface->name, line);
  }
  return out;
}

std::string Statistics::coverage(const World& world) const {
  std::uint64_t offered = 0;
  std::uint64_t reached = 0;
  std::string missing;
  for (const auto* interface : reachable(world)) {
    const auto found = counts_.find(interface);
    for (const auto& request : interface->requests) {
      ++offered;
      if (found != counts_.end() && found->second.sent[request.opcode] > 0)
        ++reached;
      else
        missing += fmt::format(" {}.{}", interface->name, request.name);
    }
  }
  auto out = fmt::format("requests sent well formed: {} of {}{}{}; each, and how many of them were answered:\n",
                         reached, offered, missing.empty() ? "" : "; never:", missing);
  out += table(world, false);
  out += "events received:\n" + table(world, true);
  out += "seen to be accepted:\n";
  for (const auto request : accepted::all)
    out += fmt::format("  {:7} {}\n", times_accepted(request), request);
  return out;
}

} // namespace fenceline::fuzz
