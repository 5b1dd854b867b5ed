#include "compositor/base/result.h"

#include <cerrno>
#include <cstring>

namespace fenceline {

std::string Error::text() const {
  if (code == 0)
    return what;
  const char* name = strerrorname_np(code);
  return what + ": " + std::strerror(code) + " (" + (name ? name : std::to_string(code)) + ")";
}

Error Error::from_errno(std::string what) {
  const int code = errno;
  return Error{std::move(what), code};
}

} // namespace fenceline
