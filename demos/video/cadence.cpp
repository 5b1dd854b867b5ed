#include "demos/video/cadence.h"

namespace fenceline::demos {

namespace {

/// What the stamps of two blanks may be off by: more than any display's noise, less than a blank.
constexpr std::int64_t noise = 500'000;

} // namespace

Cadence cadence_of(const std::vector<PresentedFrame>& frames,
                   const std::function<std::optional<std::int64_t>(std::uint32_t)>& time_of) {
  Cadence cadence;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const PresentedFrame& frame = frames[i];
    if (i > 0 && frame.refresh > 0)
      ++cadence.blanks[(frame.presented - frames[i - 1].presented + frame.refresh / 2) / frame.refresh];
    const std::optional<std::int64_t> time = time_of(frame.frame);
    if (!time)
      continue;
    if (frame.presented < *time - noise)
      ++cadence.early;
    else if (frame.refresh > 0 && frame.presented >= *time + frame.refresh + noise)
      ++cadence.late;
    else
      ++cadence.at_time;
  }
  return cadence;
}

std::string blanks_text(const Cadence& cadence) {
  std::string text;
  for (const auto& [blanks, count] : cadence.blanks)
    text += (text.empty() ? "" : ", ") + std::to_string(blanks) + (blanks == 1 ? " blank " : " blanks ") +
            std::to_string(count) + (count == 1 ? " time" : " times");
  return text;
}

std::string blanks_json(const Cadence& cadence) {
  std::string text;
  for (const auto& [blanks, count] : cadence.blanks)
    text += (text.empty() ? "" : ", ") + json_string(std::to_string(blanks)) + ": " + std::to_string(count);
  return "{" + text + "}";
}

} // namespace fenceline::demos
