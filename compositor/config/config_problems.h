#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace fenceline {

/// What is wrong with a configuration, all of it, so that a person mends it in one go.
class ConfigProblems {
 public:
  /// `file`: its name in the messages.
  explicit ConfigProblems(std::string file) : file_(std::move(file)) {}
  /// Line and column count from 1; 0: not known.
  void add(std::uint32_t line, std::uint32_t column, const std::string& what);
  [[nodiscard]] bool empty() const { return found_.empty(); }
  /// A line for each, "FILE:LINE:COLUMN: WHAT", in the order of the file; without a newline at the end.
  [[nodiscard]] std::string text() const;

 private:
  struct Problem {
    std::uint32_t line = 0, column = 0;
    std::string what;
  };
  std::string file_;
  std::vector<Problem> found_;
};

} // namespace fenceline
