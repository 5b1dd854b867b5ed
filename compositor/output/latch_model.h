#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "compositor/output/frame_times.h"

namespace fenceline {

/// Learns how long before a blank an output has to latch to make it.
///
/// A frame that is latched `lead` before its blank makes it when
///
///     what it takes + what the display needs <= lead
///
/// What it takes is the time from the planned latch, so with the lateness of the wake, until the commit is sent, or
/// until the fence that goes with it has signalled, whichever comes later. It is learned apart for frames that only put
/// clients' buffers on planes, for those that are composed as well, and for those that are composed alone. What a frame
/// will be nobody knows before its latch, so the dearest kind of the last recent_frames counts.
///
/// Of the last window frames of a kind, how many are to be in time? Each millisecond of lead is a millisecond of
/// latency of every frame, and time that clients lack for drawing. A miss is a whole frame more for one frame, and a
/// stutter that is seen: it counts as miss_weight frames. The lead is the one for which the sum is least. Where the
/// times are much the same that covers all of them, and where a few are far off, on a busy machine, it leaves those
/// out. Those that are far off do not come alone when the work itself has become more: no lead is chosen that the last
/// `burst` frames of a kind would all have missed. So frames in a row that take longer are missed that often and no
/// more, and count for no more in the sum: what was more work for a while does not hold the lead up when it is over.
///
/// What the display needs before the blank no driver tells. It begins at least_need. A frame that was sent just in time
/// and shown a blank late shows that it needs more, where it is the second one within a window. After a while it falls
/// slowly back, which tries it out where it is too little; each time that it was, the while is twice as long. It is not
/// believed to need more than it had for a frame that it lately showed in time: one that comes after that has shown
/// that no display is that quick any more, or that it was luck.
///
/// A miss of our own making widens the lead at once by what was lacking, an eighth of a frame at the most, and that
/// wears off over some widening_life frames: what caused it may come again before it counts among the others.
///
/// What comes too late for the lead, to a display that has nothing else to show, may still be tried with what half of
/// the frames took, and what the display needs (shortest()). Nothing is learned of what such frames take. One that
/// fails is itself no later than without the try, but what others commit while it waits for its blank is: each that
/// fails is a reason not to try for a while, which doubles with the next one that fails, until `trusted` in a row have
/// not.
///
/// Main thread.
class LatchModel {
 public:
  static constexpr Nanoseconds first_lead = std::chrono::milliseconds(4); ///< Before anything was learned.
  static constexpr Nanoseconds least_lead = std::chrono::microseconds(400);
  static constexpr Nanoseconds least_need = std::chrono::microseconds(150);
  static constexpr Nanoseconds guard = std::chrono::microseconds(100); ///< On top of all.
  static constexpr std::size_t window = 256;
  static constexpr std::size_t least_samples = 8;
  static constexpr unsigned recent_frames = 8;
  static constexpr int widening_life = 8;
  static constexpr int miss_weight = 4;
  static constexpr std::size_t most_left_out = window / 16;
  static constexpr std::size_t burst = 3, long_burst = 20;
  static constexpr int need_life = 1024;
  static constexpr Nanoseconds least_step{1000}; ///< By which the need falls, so that it comes to its end.
  static constexpr unsigned first_hold = 512, longest_hold = 8192; ///< Frames until the display's need is tried out.
  static constexpr unsigned first_rest = 8, longest_rest = 1024;   ///< Frames without a try after one that failed.
  static constexpr unsigned trusted = 8;                           ///< Tries in a row that did not fail.

  /// A frame was shown at `flip`. Nothing is learned of one whose blank was not known, or that took several tries.
  void shown(const FrameTimes& times, TimePoint flip, Nanoseconds refresh);
  /// For the next frame, of a display with that refresh.
  [[nodiscard]] Nanoseconds lead() const;
  /// The shortest lead that is worth a try. None: too little is known, or it has failed lately.
  [[nodiscard]] std::optional<Nanoseconds> shortest() const;
  /// Another mode: the display's need is learned anew, and the work, of pictures of another size.
  void forget() { *this = LatchModel(); }

 private:
  /// What the last frames of a kind took.
  class Taken {
   public:
    void add(Nanoseconds sample, Nanoseconds refresh);
    /// The best time to leave them.
    [[nodiscard]] Nanoseconds best() const { return best_; }
    [[nodiscard]] std::size_t count() const { return count_; }
    /// Half of them were no longer.
    [[nodiscard]] Nanoseconds usual() const { return longest_[count_ - 1 - count_ / 2].took; }

   private:
    struct Sample {
      Nanoseconds took;
      std::size_t place; ///< In the ring of the last `window` frames.
    };
    void keep(Nanoseconds sample);
    [[nodiscard]] Nanoseconds find_best(Nanoseconds refresh) const;
    std::array<Sample, window> longest_{}; ///< The longest first.
    std::size_t count_ = 0, next_ = 0;     ///< Of the ring: where the next one goes, and the oldest is once it is full.
    Nanoseconds best_{};
  };

  /// The shortest time that the display had for one of the last frames that it showed in time; two windows at the most.
  class Enough {
   public:
    void add(Nanoseconds left);
    void forget() { *this = Enough(); }
    [[nodiscard]] std::optional<Nanoseconds> least() const;

   private:
    std::optional<Nanoseconds> now_, before_;
    std::size_t frames_ = 0;
  };

  std::array<Taken, frame_works> taken_;
  Enough enough_;
  std::array<unsigned, frame_works> since_{recent_frames, recent_frames, recent_frames}; ///< Frames since that kind.
  Nanoseconds need_ = least_need;
  unsigned hold_ = first_hold;
  unsigned since_late_ = longest_hold; ///< Frames since the display was late; counted no further than that.
  Nanoseconds widening_{};
  unsigned rest_ = 0, next_rest_ = first_rest; ///< Frames until the next try, and after the next failure.
  unsigned made_ = 0;                          ///< Tries since the last one that failed.
};

} // namespace fenceline
