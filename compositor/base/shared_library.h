#pragma once
#include <memory>

#include "compositor/base/result.h"

namespace fenceline {

/// A library that is loaded when it is first needed: what most sessions never use costs their start nothing. It stays
/// loaded, so that opening it once more is cheap, and what it gave out may outlive this.
class SharedLibrary {
 public:
  /// `name`: by its soname ("libXcursor.so.1"), found as the loader finds libraries.
  [[nodiscard]] static Result<SharedLibrary> open(const char* name);

  /// Null: it has none of that name. `Function` is the type of the function: `decltype(&::cairo_create)`.
  template <class Function>
  [[nodiscard]] Function find(const char* name) const {
    return reinterpret_cast<Function>(address(name)); // POSIX: dlsym's void pointers are those of functions, too.
  }

 private:
  explicit SharedLibrary(void* handle) : handle_(handle) {}
  [[nodiscard]] void* address(const char* name) const;
  void* handle_;
};

} // namespace fenceline
