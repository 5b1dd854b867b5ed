#include "compositor/app/picture_parts.h"

#include <fmt/format.h>

namespace fenceline {

Result<PictureParts> picture_parts(const OutputLayout& layout, OutputSet& outputs, const std::string& only) {
  if (!only.empty() && layout.find(only) == nullptr)
    return Error{fmt::format("there is no output {}", only), 0};
  PictureParts made;
  for (const PlacedOutput& output : layout.outputs()) {
    OutputLoop* loop = outputs.find(output.info.id);
    if (loop == nullptr || (!only.empty() && output.info.name != only))
      continue;
    if (!loop->powered()) {
      made.left_out.push_back(output.info.name);
      continue;
    }
    made.parts.push_back({loop, output.area.origin(), output.transform});
    made.names.push_back(output.info.name);
  }
  if (!made.parts.empty())
    return made;
  if (made.left_out.empty())
    return Error{"there is no output", 0};
  return Error{
      fmt::format("{} {} switched off", fmt::join(made.left_out, ", "), made.left_out.size() == 1 ? "is" : "are"), 0};
}

} // namespace fenceline
