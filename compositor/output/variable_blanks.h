#pragma once
#include <array>
#include <cstddef>
#include <optional>

#include "compositor/base/clock.h"

namespace fenceline {

/// The blanks of a display whose refresh varies (VRR): there is no grid, a blank comes when there is a new picture.
///
/// The display bounds it. Two pictures are at least the mode's own frame apart (`shortest`), and after `longest` it
/// shows the old one again by itself; a picture that comes just then waits for a whole frame. Within the two a picture
/// may be shown as soon as it is there. Two more things bound it here:
///
/// Slew. A panel is a little brighter or darker at another refresh, so a refresh that jumps flickers. From one interval
/// to the next it becomes at most a quarter longer or shorter: a picture that comes earlier than that waits for the
/// rest, and where none comes in time the one that is shown is shown again. That may cost the next picture a wait, so
/// where it is known when that is to come, the repeats before it are spaced evenly, for the last one to be over by
/// then.
///
/// Low framerate compensation. Content with more than `longest` between its pictures is shown n times each, with the
/// least n that will do, evenly spaced: it keeps its own pace, and the display never repeats by itself in its way.
///
/// When the next picture is to come is learned from when the last ones did (their median distance). Content that is
/// slower than the refresh and steady, all of the last ones within an eighth of the median, is approached: the
/// intervals grow by a quarter each, with whatever picture there is, until it has one interval a picture, or n. That
/// costs it up to an interval of latency for some frames; unsteady content is not worth it, and stays with evenly
/// spaced repeats.
///
/// When no more content comes, the intervals grow until they are the longest, and from then on the display is left to
/// itself: nobody wakes for a picture that does not move. Where the display does not say how long it holds a picture,
/// it is not known what a jump is: then there are neither repeats nor waits, and content alone decides. Main thread.
class VariableBlanks {
 public:
  static constexpr std::size_t window = 5;   ///< Of content, for its distance.
  static constexpr std::int64_t slew = 4;    ///< A part of the interval.
  static constexpr std::int64_t steady = 8;  ///< The same of the content's distance.
  static constexpr std::int64_t margin = 16; ///< So much of `longest` is kept clear: a repeat takes its time, too.
  static constexpr Nanoseconds pause = std::chrono::milliseconds(250); ///< Content that is further apart is none.

  /// `longest`: 0 where the display does not say. The intervals begin with the shortest.
  VariableBlanks(Nanoseconds shortest, Nanoseconds longest);

  /// There is something new to show. Only the first time before it is taken counts.
  void asked(TimePoint now);
  /// A picture was taken, with all that was new.
  void taken() { waiting_ = false; }
  /// A picture, new or the same, was shown.
  void flipped(TimePoint flip);

  /// The next picture may be shown from then on; none: nothing was shown yet.
  [[nodiscard]] std::optional<TimePoint> earliest() const;
  /// The display itself takes the next picture from then on.
  [[nodiscard]] std::optional<TimePoint> display_ready() const;
  /// If nothing new comes, the same picture is to be shown again then; none: not at all.
  [[nodiscard]] std::optional<TimePoint> repeat() const;

 private:
  [[nodiscard]] Nanoseconds low() const;
  [[nodiscard]] Nanoseconds high() const;
  /// Between two pictures of the content; none: not known.
  [[nodiscard]] std::optional<Nanoseconds> distance() const;
  /// The interval that steady content wants, where that is longer than the next one may be.
  [[nodiscard]] bool approaches() const;

  Nanoseconds shortest_, longest_;
  Nanoseconds interval_; ///< The last one.
  std::optional<TimePoint> last_flip_, last_asked_;
  bool waiting_ = false;
  std::array<Nanoseconds, window> distances_{};
  std::size_t count_ = 0, next_ = 0;
};

} // namespace fenceline
