#pragma once
#include <optional>
#include <string>

#include "compositor/base/log.h"
#include "compositor/shell/text_library.h"

namespace fenceline {

/// The library that title bars write with: loaded once, with the first one that is drawn. Main thread.
class TitleText {
 public:
  static constexpr const char* usual_library = "libpangocairo-1.0.so.0";
  /// The log outlives it.
  explicit TitleText(Log& log, std::string library = usual_library) : log_(log), name_(std::move(library)) {}
  TitleText(const TitleText&) = delete;
  TitleText& operator=(const TitleText&) = delete;

  /// Null where it cannot be loaded, which is said once, and not tried again.
  [[nodiscard]] const TextLibrary* get();

 private:
  Log& log_;
  std::string name_;
  std::optional<TextLibrary> library_;
  bool tried_ = false;
};

} // namespace fenceline
