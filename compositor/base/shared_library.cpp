#include "compositor/base/shared_library.h"

#include <dlfcn.h>

#include <string>

namespace fenceline {

Result<SharedLibrary> SharedLibrary::open(const char* name) {
  void* handle = ::dlopen(name, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == nullptr) {
    const char* why = ::dlerror();
    return Error{std::string("cannot load ") + (why != nullptr ? why : name), 0};
  }
  return SharedLibrary(handle);
}

void* SharedLibrary::address(const char* name) const {
  return ::dlsym(handle_, name);
}

} // namespace fenceline
