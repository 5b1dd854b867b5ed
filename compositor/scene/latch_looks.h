#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "compositor/base/event_loop.h"
#include "compositor/scene/paced_outputs.h"

namespace fenceline {

/// Has something to see to before a picture is taken.
class LatchLooker {
 public:
  virtual ~LatchLooker() = default;
  /// What is applied within is in the output's picture, when it takes one now.
  virtual void look(OutputId output) = 0;
};

/// Puts off until the latch what is of no use before it. To be told of each client's fence as it signals takes a
/// registration and a wake a frame and client; at the latch all of them are looked at in one turn. Main thread.
class LatchLooks {
 public:
  /// Of an output that does not come to take a picture: it hangs, or is switched off.
  static constexpr std::chrono::milliseconds patience{250};

  [[nodiscard]] static Result<std::unique_ptr<LatchLooks>> create(EventLoop& loop);
  LatchLooks(const LatchLooks&) = delete;
  LatchLooks& operator=(const LatchLooks&) = delete;

  /// None, as at the start: nothing is shown anywhere. They outlive this, or are taken away before.
  void set_outputs(PacedOutputs* outputs) { outputs_ = outputs; }

  /// Has looker->look() called once for each output that takes pictures and shows the surface, before its next picture,
  /// which it need not take for that; or after `patience`, or twice that at the most. Returns the one that the surface
  /// keeps time with. None: there is no such output, and nothing will be called.
  [[nodiscard]] std::optional<OutputId> ask(SurfaceId surface, const std::shared_ptr<LatchLooker>& looker);

  /// The same for a looker that has not seen what it looked for, by the output that it was called with.
  void ask_again(OutputId output, const std::shared_ptr<LatchLooker>& looker);

  /// When content of the surface that is not ready by now could be in a picture at the earliest: what its fences are
  /// wanted by. None: nothing takes pictures of it.
  [[nodiscard]] std::optional<TimePoint> wanted_by(SurfaceId surface) const;

  /// Whether the output takes pictures with the surface, as things are now.
  [[nodiscard]] bool takes(OutputId output, SurfaceId surface) const;

  /// The output is about to take a picture, or to find out whether there is a reason to.
  void before_latch(OutputId output);

 private:
  struct Ask {
    OutputId output{};
    std::weak_ptr<LatchLooker> looker;
    bool late = false; ///< The timer has seen it once.
  };
  explicit LatchLooks(EventLoop& loop) : loop_(loop) {}
  void arm();
  void overdue();
  void tell(const std::vector<Ask>& asks);

  EventLoop& loop_;
  PacedOutputs* outputs_ = nullptr;
  std::vector<Ask> asks_, telling_;
  std::unique_ptr<Timer> timer_; ///< Armed once for many frames: a timer a frame would cost a system call each.
  bool armed_ = false;
};

} // namespace fenceline
