#include "demos/client/failure.h"

#include <system_error>

namespace fenceline::demos {

void fail_errno(const std::string& what, int error) {
  throw Failure(what + ": " + std::generic_category().message(error));
}

} // namespace fenceline::demos
