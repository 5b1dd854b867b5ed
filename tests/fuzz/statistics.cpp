#include "tests/fuzz/statistics.h"

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

void Statistics::sent(const Action& action) {
  if (action.verb != Verb::Send && action.verb != Verb::SendPart && action.verb != Verb::Barrier)
    return;
  ++messages_;
  descriptors_ += action.fds.size();
  if (action.mutation != nullptr || action.verb == Verb::SendPart) {
    ++spoiled_;
    return;
  }
  if (action.interface == nullptr)
    return;
  auto& counts = requests_[action.interface];
  counts.resize(action.interface->requests.size());
  if (const auto opcode = header_of(action.bytes).opcode; opcode < counts.size())
    ++counts[opcode];
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

std::string Statistics::coverage(const World& world, bool names) const {
  std::uint64_t offered = 0;
  std::uint64_t reached = 0;
  std::string missing;
  for (const auto* interface : reachable(world)) {
    const auto found = requests_.find(interface);
    for (const auto& request : interface->requests) {
      ++offered;
      if (found != requests_.end() && found->second[request.opcode] > 0)
        ++reached;
      else
        missing += fmt::format(" {}.{}", interface->name, request.name);
    }
  }
  auto out = fmt::format("requests sent well formed: {} of {}", reached, offered);
  if (names && !missing.empty())
    out += "; never:" + missing;
  return out + "\n";
}

} // namespace fenceline::fuzz
