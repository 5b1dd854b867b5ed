#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "compositor/base/clock.h"
#include "compositor/base/result.h"

namespace fenceline {

/// What a descriptor is watched for; the same bits tell what happened. Edges: with Readable, told once of each time
/// that something comes, so that nothing has to be read. Patient: told after all else that has happened, as what
/// clients ask for, of which there may be much, comes after the latch that is due. Urgent: told by look(), too.
enum class IoEvents : std::uint32_t {
  Readable = 1,
  Writable = 2,
  Hangup = 4,
  Error = 8,
  Edges = 16,
  Patient = 32,
  Urgent = 64
};
[[nodiscard]] constexpr IoEvents operator|(IoEvents a, IoEvents b) {
  return static_cast<IoEvents>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}
[[nodiscard]] constexpr bool has(IoEvents set, IoEvents bit) {
  return (static_cast<std::uint32_t>(set) & static_cast<std::uint32_t>(bit)) != 0;
}

/// A registration with the loop. Destroying it ends it, also from within its own callback.
class EventSource {
 public:
  virtual ~EventSource() = default;
};

/// One that is made once and begun anew for each descriptor: nothing is allocated for the next.
class Watch : public EventSource {
 public:
  /// Watches a descriptor, which the caller keeps open until end() or as long as this lives. Level-triggered, but for
  /// Edges. Takes the place of the one before. An error: none is watched.
  [[nodiscard]] virtual Result<void> begin(int fd, IoEvents wanted) = 0;
  /// Nothing that the descriptor has ready already is told of after it.
  virtual void end() = 0;
};

/// A timer that is made once and armed anew for each use.
class Timer {
 public:
  virtual ~Timer() = default;
  /// Fires once at `when`, or as soon as the loop runs when that is past. Replaces an earlier arming.
  virtual void arm(TimePoint when) = 0;
  virtual void disarm() = 0;
};

/// The main thread's loop: descriptors, timers at absolute times, and work for later. All calls and callbacks on its
/// thread.
class EventLoop {
 public:
  using IoCallback = std::function<void(IoEvents)>;
  virtual ~EventLoop() = default;

  [[nodiscard]] virtual std::unique_ptr<Watch> make_watch(IoCallback callback) = 0;
  /// A watch of one descriptor, begun.
  [[nodiscard]] Result<std::unique_ptr<EventSource>> watch(int fd, IoEvents wanted, IoCallback callback) {
    std::unique_ptr<Watch> made = make_watch(std::move(callback));
    if (const auto begun = made->begin(fd, wanted); !begun)
      return begun.error();
    return std::unique_ptr<EventSource>(std::move(made));
  }
  [[nodiscard]] virtual Result<std::unique_ptr<Timer>> make_timer(std::function<void()> callback) = 0;
  /// One that look() tells of, too. In virtual time, where work takes none, it is like any other.
  [[nodiscard]] virtual Result<std::unique_ptr<Timer>> make_urgent_timer(std::function<void()> callback) {
    return make_timer(std::move(callback));
  }
  /// Within long work of a Patient source: tells what is urgent and has come meanwhile. Nothing else is told of, no
  /// work that was put off is done.
  virtual bool look() { return false; }
  /// Runs `work` before the loop sleeps again, after the events at hand.
  virtual void defer(std::function<void()> work) = 0;
  [[nodiscard]] virtual const Clock& clock() const = 0;
  /// The same time, read for next to nothing: for what is measured often and needs no more than microseconds.
  [[nodiscard]] virtual const Clock& rough_clock() const { return clock(); }
};

} // namespace fenceline
