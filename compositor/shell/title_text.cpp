#include "compositor/shell/title_text.h"

#include <utility>

namespace fenceline {

const TextLibrary* TitleText::get() {
  if (!std::exchange(tried_, true)) {
    if (const Result<TextLibrary> loaded = TextLibrary::load(name_.c_str()))
      library_ = *loaded;
    else
      log_.warn("title bars are plain, without titles and buttons' pictures: {}", loaded.error().text());
  }
  return library_ ? &*library_ : nullptr;
}

} // namespace fenceline
