#pragma once
#include <deque>
#include <memory>

#include "compositor/backends/nested/parent_connection.h"
#include "compositor/base/event_loop.h"
#include "compositor/frame/output_state.h"

namespace fenceline {

/// Told what becomes of the commits of the window's surface. Within the loop, never from within commit().
class ParentFramesListener {
 public:
  virtual ~ParentFramesListener() = default;
  /// The parent has taken the frame's content, and draws nothing newer for now: it is time for the next one.
  virtual void taken(FrameId frame, TimePoint time) = 0;
  /// The frame was shown, or never will be (`event.seen`). After taken(). `refresh`: the length of a frame of the
  /// display that has shown it; zero: not known.
  virtual void ended(FlipEvent event, Nanoseconds refresh) = 0;
};

/// Follows each frame through the parent: its frame callback says when the next one may go, its presentation feedback
/// when the picture appeared. A parent without presentation feedback has the frame callback for both.
///
/// A window that is not to be seen gets neither: then a frame ends by itself after a while, so that whoever waits for
/// frames goes on, slowly.
class ParentFrames {
 public:
  /// How long a frame that the parent says nothing of is waited for. Shorter than an output waits for a lost flip.
  static constexpr Nanoseconds hidden_pace = std::chrono::seconds(1);

  [[nodiscard]] static Result<std::unique_ptr<ParentFrames>> create(EventLoop& loop, ParentConnection& connection,
                                                                    ParentFramesListener& listener);
  ~ParentFrames();
  ParentFrames(const ParentFrames&) = delete;
  ParentFrames& operator=(const ParentFrames&) = delete;

  /// To be called before the commit of a frame's content.
  void committed(wl_surface* surface, FrameId frame);
  /// Nobody has been told yet that the newest frame was taken.
  [[nodiscard]] bool busy() const { return !frames_.empty() && !frames_.back()->taken; }

 private:
  struct Frame {
    ParentFrames* owner = nullptr;
    FrameId id{};
    TimePoint due; ///< When it ends by itself.
    bool taken = false;
    bool dropped = false; ///< The parent will not show it.
    ParentPtr<wl_callback> callback;
    ParentPtr<struct wp_presentation_feedback> feedback;
    // Events.
    void done(std::uint32_t time);
    void sync_output(wl_output*) {}
    void presented(std::uint32_t seconds_high, std::uint32_t seconds_low, std::uint32_t nanoseconds,
                   std::uint32_t refresh, std::uint32_t sequence_high, std::uint32_t sequence_low, std::uint32_t flags);
    void discarded();
  };

  ParentFrames(EventLoop& loop, ParentConnection& connection, ParentFramesListener& listener)
      : loop_(loop), connection_(connection), listener_(listener) {}
  void take(Frame& frame);
  void end(Frame& frame, const FlipEvent& event, Nanoseconds refresh);
  void end_unseen(Frame& frame);
  [[nodiscard]] FlipEvent unseen(FrameId frame) const;
  void look();
  void arm();
  [[nodiscard]] TimePoint own_time(TimePoint parents) const;

  EventLoop& loop_;
  ParentConnection& connection_;
  ParentFramesListener& listener_;
  std::unique_ptr<Timer> timer_;
  std::deque<std::unique_ptr<Frame>> frames_; ///< Oldest first.
  std::uint64_t sequence_ = 0;
};

} // namespace fenceline
