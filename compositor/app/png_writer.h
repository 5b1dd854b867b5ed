#pragma once
#include <string>

#include "compositor/base/result.h"
#include "compositor/output/composer.h"

namespace fenceline {

/// Writes pixels as an 8-bit RGB PNG (what a display shows has no alpha). The file appears under its name only when it
/// is whole.
[[nodiscard]] Result<void> write_png(const std::string& path, const ReadBack& picture);

} // namespace fenceline
