#pragma once

#include <stdexcept>
#include <string>

namespace fenceline::demos {

/// Ends the program: main prints the text as one line and returns 1. A demo has nothing to go on with when its
/// compositor or its GPU refuses it, so a failure is not a value for a caller to weigh, and objects that are half built
/// go by RAII.
class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// As above, with what errno says at the end.
[[noreturn]] void fail_errno(const std::string& what, int error);

} // namespace fenceline::demos
