#include "compositor/config/config_problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace fenceline {

void ConfigProblems::add(std::uint32_t line, std::uint32_t column, const std::string& what) {
  found_.push_back({line, column, what});
}

std::string ConfigProblems::text() const {
  std::vector<Problem> sorted = found_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  std::string out;
  for (const Problem& problem : sorted)
    out += problem.line == 0 ? fmt::format("{}{}: {}", out.empty() ? "" : "\n", file_, problem.what)
                             : fmt::format("{}{}:{}:{}: {}", out.empty() ? "" : "\n", file_, problem.line,
                                           problem.column, problem.what);
  return out;
}

} // namespace fenceline
