#include "demos/client/statistics.h"

#include <algorithm>
#include <cstdio>

namespace fenceline::demos {

namespace {

std::string number(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

std::string ms(std::int64_t ns) {
  return number(static_cast<double>(ns) / 1e6, 3);
}

std::string percent(double share) {
  return number(100.0 * share, 1) + " %";
}

} // namespace

std::string json_times(const Percentiles& times) {
  return "{\"p50\": " + ms(times.p50) + ", \"p95\": " + ms(times.p95) + ", \"p99\": " + ms(times.p99) +
         ", \"max\": " + ms(times.max) + "}";
}

std::string text_times(const Percentiles& times) {
  return "p50 " + ms(times.p50) + "  p95 " + ms(times.p95) + "  p99 " + ms(times.p99) + "  max " + ms(times.max) +
         " ms";
}

std::int64_t percentile(const std::vector<std::int64_t>& sorted, int percent) {
  if (sorted.empty())
    return 0;
  const std::size_t rank = (sorted.size() * static_cast<std::size_t>(percent) + 99) / 100;
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

Percentiles percentiles_of(std::vector<std::int64_t> samples) {
  std::sort(samples.begin(), samples.end());
  return {percentile(samples, 50), percentile(samples, 95), percentile(samples, 99), percentile(samples, 100)};
}

Summary Statistics::summary() const {
  Summary summary;
  summary.committed = committed_;
  summary.presented = frames_.size();
  summary.discarded = discarded_;
  if (frames_.empty())
    return summary;

  std::vector<std::int64_t> intervals;
  std::vector<std::int64_t> latencies;
  std::size_t zero_copy = 0;
  std::size_t vsync = 0;
  std::size_t hardware_clock = 0;
  std::size_t hardware_completion = 0;
  for (std::size_t i = 0; i < frames_.size(); ++i) {
    const PresentedFrame& frame = frames_[i];
    latencies.push_back(frame.presented - frame.committed);
    zero_copy += frame.zero_copy ? 1 : 0;
    vsync += frame.vsync ? 1 : 0;
    hardware_clock += frame.hardware_clock ? 1 : 0;
    hardware_completion += frame.hardware_completion ? 1 : 0;
    if (i == 0)
      continue;
    const std::int64_t interval = frame.presented - frames_[i - 1].presented;
    intervals.push_back(interval);
    if (frame.refresh > 0) {
      const std::int64_t blanks = (interval + frame.refresh / 2) / frame.refresh;
      summary.missed_blanks += static_cast<std::uint64_t>(std::max<std::int64_t>(blanks - 1, 0));
    }
  }
  const auto share = [this](std::size_t count) {
    return static_cast<double>(count) / static_cast<double>(frames_.size());
  };
  summary.zero_copy_share = share(zero_copy);
  summary.vsync_share = share(vsync);
  summary.hardware_clock_share = share(hardware_clock);
  summary.hardware_completion_share = share(hardware_completion);
  summary.duration = frames_.back().presented - frames_.front().presented;
  if (summary.duration > 0)
    summary.frames_per_second = static_cast<double>(frames_.size() - 1) * 1e9 / static_cast<double>(summary.duration);
  summary.refresh = frames_.back().refresh;
  summary.last_frame = frames_.back().frame;
  summary.interval = percentiles_of(std::move(intervals));
  summary.commit_to_present = percentiles_of(std::move(latencies));
  return summary;
}

std::string to_text(const Summary& s, const std::string& demo) {
  std::string text = demo + ": " + std::to_string(s.presented) + " frames presented in " +
                     number(static_cast<double>(s.duration) / 1e9, 2) + " s: " + number(s.frames_per_second, 2) +
                     " frames/s; " + std::to_string(s.discarded) + " discarded, " + std::to_string(s.missed_blanks) +
                     " blanks without a new frame\n";
  if (s.presented == 0)
    return text;
  text += "  from one to the next   " + text_times(s.interval);
  text += s.refresh > 0 ? " (refresh " + ms(s.refresh) + " ms)\n" : " (refresh not told)\n";
  text += "  commit to presentation " + text_times(s.commit_to_present) + "\n";
  text += "  zero-copy " + percent(s.zero_copy_share) + ", vsync " + percent(s.vsync_share) + ", hardware clock " +
          percent(s.hardware_clock_share) + ", hardware completion " + percent(s.hardware_completion_share) + "\n";
  return text;
}

std::string to_json(const Summary& s, const std::string& demo, const Facts& facts) {
  std::string text = "{\"demo\": " + json_string(demo);
  text += ", \"committed\": " + std::to_string(s.committed);
  text += ", \"presented\": " + std::to_string(s.presented);
  text += ", \"discarded\": " + std::to_string(s.discarded);
  text += ", \"missed_blanks\": " + std::to_string(s.missed_blanks);
  text += ", \"seconds\": " + number(static_cast<double>(s.duration) / 1e9, 6);
  text += ", \"frames_per_second\": " + number(s.frames_per_second, 4);
  text += ", \"refresh_ms\": " + ms(s.refresh);
  text += ", \"last_frame\": " + (s.last_frame ? std::to_string(*s.last_frame) : std::string("null"));
  text += ", \"interval_ms\": " + json_times(s.interval);
  text += ", \"commit_to_present_ms\": " + json_times(s.commit_to_present);
  text += ", \"zero_copy_share\": " + number(s.zero_copy_share, 6);
  text += ", \"vsync_share\": " + number(s.vsync_share, 6);
  text += ", \"hardware_clock_share\": " + number(s.hardware_clock_share, 6);
  text += ", \"hardware_completion_share\": " + number(s.hardware_completion_share, 6);
  for (const auto& [name, value] : facts)
    text += ", " + json_string(name) + ": " + value;
  return text + "}";
}

std::string json_string(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      quoted += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      quoted += escape;
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

} // namespace fenceline::demos
