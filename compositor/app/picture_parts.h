#pragma once
#include <string>
#include <vector>

#include "compositor/app/output_layout.h"
#include "compositor/app/screenshots.h"
#include "compositor/base/result.h"
#include "compositor/output/output_set.h"

namespace fenceline {

/// What a screenshot is taken of.
struct PictureParts {
  std::vector<Screenshots::Part> parts;
  std::vector<std::string> names;    ///< Of the outputs that are in it,
  std::vector<std::string> left_out; ///< and of those that are not, because they are switched off.
};

/// The output of that name, or all that are on when `only` is empty. The error: there is no such one, or it is off, or
/// all are.
[[nodiscard]] Result<PictureParts> picture_parts(const OutputLayout& layout, OutputSet& outputs,
                                                 const std::string& only = {});

} // namespace fenceline
