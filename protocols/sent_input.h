#pragma once
#include <vector>

#include "compositor/frame/frame_event.h"

namespace fenceline {

/// Writes down the input that clients are told of, once it is on its way to them: FrameEventKind::Input.
///
/// Events of one sort that one surface is told of between two flushes are one record, with the time of the newest. An
/// event that is not newer than the ones before is left out: it belongs to one that is counted (a button and a motion
/// of one report), or has happened by itself (a window that moved under the pointer has the time of the last input).
class SentInput {
 public:
  explicit SentInput(FrameObserver& observer) : observer_(observer) {}
  SentInput(const SentInput&) = delete;
  SentInput& operator=(const SentInput&) = delete;

  /// It has been put into the client's queue. `time`: when it happened, by its device.
  void told(InputKind kind, ClientId client, SurfaceId surface, TimePoint time);
  /// All queues have been sent.
  void flushed();

 private:
  struct Told {
    InputKind kind{};
    ClientId client{};
    SurfaceId surface{};
    TimePoint newest;
    std::uint64_t events = 0;
  };
  FrameObserver& observer_;
  std::vector<Told> told_; ///< Since the last flush; keeps its memory.
  TimePoint newest_;       ///< Of all.
};

} // namespace fenceline
