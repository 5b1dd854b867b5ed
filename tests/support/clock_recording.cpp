#include "tests/support/clock_recording.h"

#include <array>
#include <cstdint>
#include <sstream>

#include "compositor/output/latch_model.h"

namespace fenceline::test {

namespace {

constexpr std::string_view first_line = "# fenceline clock recording 1";
constexpr std::string_view letters = "smc"; ///< By FrameWork.

/// The blank of every frame: far enough from 0, which stands for "nothing was drawn", for what comes before it.
constexpr TimePoint blank{1'000'000'000'000};

std::string from_blank(const FrameTimes& times, std::optional<TimePoint> time) {
  return time ? std::to_string((*time - *times.blank).count()) : "-";
}

std::optional<std::optional<TimePoint>> time_of(const std::string& word) {
  if (word == "-")
    return std::optional<TimePoint>();
  std::istringstream in(word);
  std::int64_t ns = 0;
  if (!(in >> ns) || !in.eof() || ns < -blank.ns / 2 || ns > blank.ns)
    return std::nullopt;
  return blank + Nanoseconds(ns);
}

std::optional<ClockRecording::Frame> frame_of(const std::string& line) {
  std::istringstream in(line);
  std::array<std::string, 9> words;
  for (std::string& word : words)
    if (!(in >> word))
      return std::nullopt;
  const auto& [work, planned, woken, composed, submitted, fence, flip, tries, lead] = words;
  std::string more;
  const std::size_t letter = work.size() == 1 ? letters.find(work.front()) : std::string_view::npos;
  if (letter == std::string_view::npos || in >> more || (tries != "1" && tries != "2"))
    return std::nullopt;
  const auto at_planned = time_of(planned), at_woken = time_of(woken), at_composed = time_of(composed),
             at_submitted = time_of(submitted), at_fence = time_of(fence), at_flip = time_of(flip),
             at_lead = time_of(lead);
  const auto given = [](const auto& time) { return time && *time; };
  if (!given(at_planned) || !given(at_woken) || !given(at_submitted) || !given(at_flip) || !at_composed || !at_fence ||
      !at_lead)
    return std::nullopt;
  ClockRecording::Frame frame;
  frame.times = {.work = static_cast<FrameWork>(letter),
                 .planned = **at_planned,
                 .woken = **at_woken,
                 .composed = at_composed->value_or(TimePoint{}),
                 .sent = {},
                 .submitted = **at_submitted,
                 .fence = *at_fence,
                 .blank = blank,
                 .first_try = tries == "2" ? std::optional(MissCause::Unknown) : std::nullopt};
  frame.flip = **at_flip;
  if (*at_lead)
    frame.lead = **at_lead - blank;
  return frame;
}

} // namespace

std::vector<Nanoseconds> replay_leads(const ClockRecording& recording) {
  LatchModel model;
  std::vector<Nanoseconds> leads;
  leads.reserve(recording.frames.size());
  for (const ClockRecording::Frame& frame : recording.frames) {
    model.shown(frame.times, frame.flip, recording.refresh);
    leads.push_back(model.lead());
  }
  return leads;
}

std::string write_recording(const ClockRecording& recording) {
  std::ostringstream out;
  out << first_line << "\n"
      << "# What LatchModel learned from, in ns from the blank that the frame aimed at, and the lead that it chose "
         "then.\n"
      << "# work: s scanned out, m mixed, c composed; tries: 2 stands for more than one; -: none\n"
      << "# work planned woken composed submitted fence flip tries lead\n"
      << "refresh " << recording.refresh.count() << "\n";
  for (const auto& [times, flip, lead] : recording.frames)
    out << letters[index_of(times.work)] << ' ' << from_blank(times, times.planned) << ' '
        << from_blank(times, times.woken) << ' '
        << from_blank(times, times.composed != TimePoint{} ? std::optional(times.composed) : std::nullopt) << ' '
        << from_blank(times, times.submitted) << ' ' << from_blank(times, times.fence) << ' ' << from_blank(times, flip)
        << ' ' << (times.first_try ? 2 : 1) << ' ' << (lead ? std::to_string(lead->count()) : "-") << '\n';
  return out.str();
}

bool is_recording(std::string_view text) {
  return text.substr(0, first_line.size()) == first_line;
}

Result<ClockRecording> parse_recording(std::string_view text) {
  if (!is_recording(text))
    return Error{"this is no recording of the clock", 0};
  ClockRecording recording;
  std::istringstream in{std::string(text)};
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line.front() == '#')
      continue;
    if (recording.refresh == Nanoseconds::zero()) {
      std::istringstream words(line);
      std::string key;
      std::int64_t ns = 0;
      if (!(words >> key >> ns) || key != "refresh" || ns <= 0)
        return Error{"line " + std::to_string(number) + ": wanted is `refresh` and a number of nanoseconds", 0};
      recording.refresh = Nanoseconds(ns);
      continue;
    }
    const auto frame = frame_of(line);
    if (!frame)
      return Error{"line " + std::to_string(number) + " is no frame", 0};
    recording.frames.push_back(*frame);
  }
  if (recording.frames.empty())
    return Error{"there is no frame in it", 0};
  return recording;
}

} // namespace fenceline::test
