#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fenceline::demos {

/// One presented frame, as wp_presentation told it. All times in ns on the compositor's presentation clock.
struct PresentedFrame {
  std::uint32_t frame = 0;
  std::int64_t committed = 0;
  std::int64_t presented = 0;
  std::int64_t refresh = 0; // length of a blank period; 0: not known, or variable
  bool zero_copy = false;
  bool vsync = false;
  bool hardware_clock = false;
  bool hardware_completion = false;
};

/// Nearest-rank percentiles, in ns. All zero where there was no sample.
struct Percentiles {
  std::int64_t p50 = 0;
  std::int64_t p95 = 0;
  std::int64_t p99 = 0;
  std::int64_t max = 0;
};

/// `percent` is 1..100. 0 where there are no samples. The smallest sample that at least that share of them does not
/// exceed.
std::int64_t percentile(const std::vector<std::int64_t>& sorted, int percent);
Percentiles percentiles_of(std::vector<std::int64_t> samples);

struct Summary {
  std::size_t committed = 0;
  std::size_t presented = 0;
  std::size_t discarded = 0;
  std::uint64_t missed_blanks = 0; // blanks between two presented frames that showed the older one again
  std::int64_t duration = 0;       // ns from the first to the last presentation
  double frames_per_second = 0;    // presentations after the first, per second of `duration`
  std::int64_t refresh = 0;        // ns, the last one that was told
  std::optional<std::uint32_t> last_frame;
  Percentiles interval; // between one presentation and the next
  Percentiles commit_to_present;
  double zero_copy_share = 0; // of the presented frames, 0..1; so the other two
  double vsync_share = 0;
  double hardware_clock_share = 0;
  double hardware_completion_share = 0;
};

/// What became of the frames that a demo committed.
class Statistics {
 public:
  void committed() { ++committed_; }
  void presented(const PresentedFrame& frame) { frames_.push_back(frame); }
  void discarded() { ++discarded_; }

  /// In the order of their presentation.
  [[nodiscard]] const std::vector<PresentedFrame>& frames() const { return frames_; }
  [[nodiscard]] std::size_t presented_count() const { return frames_.size(); }
  [[nodiscard]] std::size_t discarded_count() const { return discarded_; }
  [[nodiscard]] Summary summary() const;

 private:
  std::size_t committed_ = 0;
  std::size_t discarded_ = 0;
  std::vector<PresentedFrame> frames_;
};

/// Further facts for the report: a name and a value that is JSON already.
using Facts = std::vector<std::pair<std::string, std::string>>;

/// Lines for a person, each ended.
std::string to_text(const Summary& summary, const std::string& demo);
/// One object on one line, without a line end. Times are in ms.
std::string to_json(const Summary& summary, const std::string& demo, const Facts& facts);
/// "p50 1.000  p95 ... ms".
std::string text_times(const Percentiles& times);
/// An object with a number for each, in ms.
std::string json_times(const Percentiles& times);
/// A JSON string with its quotes.
std::string json_string(const std::string& text);

} // namespace fenceline::demos
