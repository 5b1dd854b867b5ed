#include "tests/fuzz/history.h"

#include <fmt/format.h>

#include <algorithm>

namespace fenceline::fuzz {

namespace {

// What a closed connection did may be felt only after it has gone: a late callback, a buffer still in use.
constexpr std::ptrdiff_t kEndedLives = 16;

} // namespace

Result<void> History::log_to(const std::string& path) {
  file_.open(path, std::ios::trunc);
  if (!file_)
    return Error::from_errno("write the log " + path);
  return {};
}

void History::record(std::uint32_t connection, Action action) {
  auto life = std::ranges::find_if(lives_, [&](const Life& l) { return l.connection == connection && !l.ended; });
  if (life == lives_.end()) {
    lives_.push_back({.connection = connection, .ended = false, .entries = {}});
    life = std::prev(lives_.end());
  }
  // Who has closed of his own accord is closed once more by his slot.
  if (action.verb == Verb::Close && !life->entries.empty() && life->entries.back().action.verb == Verb::Close)
    return;
  if (file_.is_open())
    file_ << log_line(connection, action) << '\n';
  life->entries.push_back({.order = ++order_, .action = std::move(action)});
}

void History::ended(std::uint32_t connection) {
  for (auto& life : lives_)
    if (life.connection == connection)
      life.ended = true;
  if (std::ranges::count_if(lives_, &Life::ended) > kEndedLives)
    lives_.erase(std::ranges::find_if(lives_, &Life::ended));
}

void History::flush() {
  file_.flush();
}

std::vector<History::Line> History::in_order() const {
  std::vector<Line> lines;
  for (const auto& life : lives_)
    for (const auto& entry : life.entries)
      lines.push_back({entry.order, life.connection, &entry.action});
  std::ranges::sort(lines, {}, &Line::order);
  return lines;
}

std::string History::last(std::size_t count) const {
  const auto lines = in_order();
  std::string out;
  for (std::size_t i = lines.size() - std::min(lines.size(), count); i < lines.size(); ++i)
    out += fmt::format("  connection {}: {}\n", lines[i].connection, describe(*lines[i].action));
  return out;
}

Result<void> History::save(const std::string& path) const {
  std::ofstream out(path, std::ios::trunc);
  for (const auto& line : in_order())
    out << log_line(line.connection, *line.action) << '\n';
  out.flush();
  if (!out)
    return Error::from_errno("write " + path);
  return {};
}

} // namespace fenceline::fuzz
