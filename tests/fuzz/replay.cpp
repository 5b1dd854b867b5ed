#include "tests/fuzz/replay.h"

#include <fmt/format.h>

#include <fstream>

namespace fenceline::fuzz {

Result<std::vector<LoggedAction>> read_log(const std::string& path) {
  std::ifstream file(path);
  if (!file)
    return Error::from_errno("read the log " + path);
  std::vector<LoggedAction> actions;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#')
      continue;
    auto action = parse_log_line(line);
    if (!action)
      return Error{fmt::format("{}: line {}: {}", path, actions.size() + 1, action.error().what), 0};
    actions.push_back(std::move(*action));
  }
  return actions;
}

void Replay::settle(Connection& connection) {
  if (connection.pending.callback == 0)
    return;
  const auto outcome =
      connection.link->wait(connection.pending.callback, connection.pending.waits, context_.stall_limit, {});
  if (outcome == WaitOutcome::TimedOut)
    context_.statistics.barrier_timed_out();
  connection.pending = {};
}

void Replay::finish(std::uint32_t number) {
  const auto found = connections_.find(number);
  if (found == connections_.end())
    return;
  settle(found->second);
  const auto& error = found->second.link->error();
  context_.statistics.connection_ended(*found->second.link, error ? found->second.interfaces[error->object] : nullptr);
  connections_.erase(found);
  context_.history.ended(number);
}

Result<void> Replay::run(const std::function<bool()>& go_on) {
  for (auto& [number, interface, action] : actions_) {
    if (!go_on())
      return {};
    if (action.verb == Verb::Connect) {
      finish(number);
      auto socket = connect_to(context_.socket_path);
      if (!socket)
        return socket.error();
      connections_[number].link = std::make_unique<Link>(std::move(*socket), context_.shop, number);
      context_.statistics.connection_opened();
    }
    if (action.verb == Verb::Input) {
      if (context_.input != nullptr)
        context_.input->perform(action.input);
      context_.history.record(number, std::move(action));
      continue;
    }
    const auto found = connections_.find(number);
    if (found == connections_.end()) {
      // Files of a connection that has ended may still be cut.
      if (action.verb == Verb::Resize)
        (void)context_.shop.resize(action.key, action.size, number);
      continue;
    }
    auto& connection = found->second;
    settle(connection);
    action.interface = context_.world.model->find(interface);
    if (action.interface != nullptr)
      connection.interfaces[word_at(action.bytes, 0)] = action.interface;
    if (!connection.link->dead())
      context_.statistics.sent(action);
    connection.link->perform(action, context_.stall_limit);
    if (action.verb == Verb::Barrier)
      connection.pending = {.callback = word_at(action.bytes, kHeaderSize), .waits = action.waits};
    const bool close = action.verb == Verb::Close;
    context_.history.record(number, std::move(action));
    if (close)
      finish(number);
  }
  while (!connections_.empty()) {
    connections_.begin()->second.link->flush(context_.stall_limit);
    finish(connections_.begin()->first);
  }
  return {};
}

} // namespace fenceline::fuzz
