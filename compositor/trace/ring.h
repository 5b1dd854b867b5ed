#pragma once
#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "compositor/frame/frame_event.h"

namespace fenceline {

/// What a thread leaves in its ring: the event and the tick counter's reading when it was written.
struct TraceRecord {
  std::uint64_t ticks = 0;
  FrameEvent event;
};

/// One thread's way to the trace writer: one producer, one consumer, no lock. A full ring drops the newest record and
/// counts it, so that what was there first stays whole. All memory is taken, and touched, by the constructor.
class Ring {
 public:
  /// `capacity` in records, rounded up to a power of two.
  explicit Ring(std::size_t capacity)
      : records_(std::bit_ceil(std::max<std::size_t>(capacity, 2))), mask_(records_.size() - 1) {}
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  [[nodiscard]] std::size_t capacity() const noexcept { return records_.size(); }

  /// The producer's thread. False: the ring was full and the record is counted as dropped.
  bool push(std::uint64_t ticks, const FrameEvent& event) noexcept {
    const std::uint64_t head = head_.load(std::memory_order_relaxed);
    if (head - seen_tail_ == records_.size()) {
      // Acquire: the consumer is done reading the slots up to here before they are written again.
      seen_tail_ = tail_.load(std::memory_order_acquire);
      if (head - seen_tail_ == records_.size()) {
        dropped_.store(dropped_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        return false;
      }
    }
    records_[head & mask_] = {ticks, event};
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

  /// The consumer's thread: hands what is there now to `take`, oldest first, and frees it. Returns how many there were.
  template <class Take>
  std::size_t consume(Take&& take) {
    const std::uint64_t head = head_.load(std::memory_order_acquire);
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    for (std::uint64_t i = tail; i != head; ++i)
      take(static_cast<const TraceRecord&>(records_[i & mask_]));
    tail_.store(head, std::memory_order_release);
    return static_cast<std::size_t>(head - tail);
  }

  /// The consumer's thread.
  [[nodiscard]] bool empty() const noexcept {
    return head_.load(std::memory_order_relaxed) == tail_.load(std::memory_order_relaxed);
  }

  /// Any thread: how many records were dropped since the start.
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

 private:
  // Each side's counters lie in a cache line of their own: neither's writes take the other's line away.
  static constexpr std::size_t cache_line = 64;

  std::vector<TraceRecord> records_;
  std::uint64_t mask_;
  alignas(cache_line) std::atomic<std::uint64_t> head_{0};
  std::uint64_t seen_tail_ = 0; // The producer's last view of tail_.
  std::atomic<std::uint64_t> dropped_{0};
  alignas(cache_line) std::atomic<std::uint64_t> tail_{0};
};

} // namespace fenceline
