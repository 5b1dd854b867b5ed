#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "compositor/base/event_loop.h"
#include "compositor/scene/draw_time.h"
#include "compositor/scene/paced_outputs.h"
#include "compositor/scene/scene.h"

namespace fenceline {

/// Sends frame callbacks when their clients should draw: so long before the next latch as they take (DrawTime), and not
/// when the last picture was shown, so that what is shown is as new as can be. A surface that nobody can see, because
/// others cover it or no output shows it, is told slowly. Main thread.
class CallbackPacer final : public SceneListener {
 public:
  using Callbacks = std::vector<std::unique_ptr<FrameCallback>>;
  /// For surfaces that are covered: enough not to hang, and to be up to date soon after they are uncovered.
  static constexpr std::chrono::milliseconds hidden_pause{100};
  /// Those that no output shows are looked for so often, while anything is drawn.
  static constexpr std::chrono::milliseconds unseen_pause{250};
  /// To be told later by less is not worth a wake.
  static constexpr std::chrono::microseconds least_gain{1000};

  [[nodiscard]] static Result<std::unique_ptr<CallbackPacer>> create(EventLoop& loop, Scene& scene);
  CallbackPacer(const CallbackPacer&) = delete;
  CallbackPacer& operator=(const CallbackPacer&) = delete;
  ~CallbackPacer() override;

  /// None, as at the start: nothing is shown anywhere. They outlive the pacer, or are taken away before.
  void set_outputs(PacedOutputs* outputs) { outputs_ = outputs; }
  /// False: surfaces that can be seen are told with each flip.
  void set_late(bool late) { late_ = late; }

  /// See DrawCues::shown.
  void shown(OutputId output, SurfaceId surface, bool seen, Callbacks callbacks, TimePoint flip);

  void content_committed(const Surface& surface) override;
  void fence_signalled(const Surface& surface, TimePoint when) override;
  void latched(const Surface& surface) override;
  void surface_changed(Surface& surface) override;
  void surface_gone(SurfaceId surface) override;

 private:
  /// What a surface does between two callbacks.
  struct Pace {
    DrawTime time;
    std::optional<TimePoint> told;  ///< None: nothing since its last content.
    std::optional<TimePoint> ready; ///< When it had drawn for that.
    std::optional<TimePoint> aimed; ///< The latch that it was told late for.
    unsigned unexplained = 0;       ///< Latches that came too late though it seems to have been in time.
  };
  /// Three within some 32 frames are the client's: its fences tell no time.
  static constexpr unsigned once_late = 16, many_late = 36;
  /// Callbacks whose time is to come.
  struct Held {
    TimePoint due;
    OutputId output{};
    SurfaceId surface{};
    Callbacks callbacks;
    TimePoint flip;
    std::optional<TimePoint> aimed;
  };
  CallbackPacer(EventLoop& loop, Scene& scene);
  [[nodiscard]] TimePoint now() const { return loop_.clock().now(); }
  void hold(Held held);
  void tell(Held held);
  void due();
  void arm();
  void look_for_unseen();

  EventLoop& loop_;
  Scene& scene_;
  PacedOutputs* outputs_ = nullptr;
  bool late_ = true;
  std::unordered_map<SurfaceId, Pace> paces_;
  std::vector<Held> held_; ///< In no order: there are as many as windows that draw.
  std::unique_ptr<Timer> timer_, unseen_timer_;
  std::optional<TimePoint> armed_;
  /// A surface whose update has callbacks and was latched by no output yet.
  struct Unlatched {
    SurfaceId surface{};
    bool late = false; ///< The timer has seen it once.
  };
  std::vector<Unlatched> unlatched_;
  bool looks_ = false; ///< The timer is armed, once for many frames.
};

} // namespace fenceline
