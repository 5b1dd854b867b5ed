#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "compositor/trace/stamped_event.h"

namespace fenceline {

/// The last stretch of events, as they came from the rings, for a trace that is asked for afterwards. Bounded in time
/// and in number; memory is taken in pieces as events come and given back as they age.
class KeptEvents {
 public:
  struct Gap {
    TimePoint when;
    std::uint32_t ring = 0;
    std::string ring_name;
    std::uint64_t count = 0;
  };

  KeptEvents(Nanoseconds keep, std::size_t limit) : keep_(keep), limit_(limit) {}

  void append(const StampedEvent& event);
  void append(Gap gap);
  /// Forgets what is older than the time kept.
  void age(TimePoint now);

  /// Hands out what was written at or after `from`, in order.
  template <class Take>
  void each(TimePoint from, Take&& take) const {
    for (const auto& piece : pieces_)
      for (const StampedEvent& event : piece)
        if (event.written >= from)
          take(event);
  }
  [[nodiscard]] const std::deque<Gap>& gaps() const { return gaps_; }
  [[nodiscard]] Nanoseconds keep() const { return keep_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t piece_events = 1024;

  void forget_piece();

  Nanoseconds keep_;
  std::size_t limit_;
  std::size_t size_ = 0;
  std::deque<std::vector<StampedEvent>> pieces_;
  std::deque<Gap> gaps_;
};

} // namespace fenceline
