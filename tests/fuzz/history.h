#pragma once
#include "compositor/base/result.h"
#include "tests/fuzz/action.h"

#include <cstdint>
#include <deque>
#include <fstream>
#include <string>
#include <vector>

namespace fenceline::fuzz {

/// What was done, for after a failure: all of the connections that are still open and of the last ones that ended. And,
/// when asked for, everything in a file.
class History {
 public:
  /// Writes each action to `path` from now on.
  Result<void> log_to(const std::string& path);
  void record(std::uint32_t connection, Action action);
  /// The connection has ended; it is forgotten after some others have.
  void ended(std::uint32_t connection);
  /// Makes sure that the file holds what was recorded.
  void flush();

  /// The last actions before now, one a line, for a person.
  [[nodiscard]] std::string last(std::size_t count) const;
  /// Writes what is remembered as a log that can be replayed.
  Result<void> save(const std::string& path) const;

 private:
  struct Entry {
    std::uint64_t order = 0;
    Action action;
  };
  struct Life {
    std::uint32_t connection = 0;
    bool ended = false;
    std::vector<Entry> entries;
  };
  struct Line {
    std::uint64_t order = 0;
    std::uint32_t connection = 0;
    const Action* action = nullptr;
  };
  [[nodiscard]] std::vector<Line> in_order() const;

  std::deque<Life> lives_;
  std::uint64_t order_ = 0;
  std::ofstream file_;
};

} // namespace fenceline::fuzz
