#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "compositor/base/event_loop.h"
#include "compositor/scene/paced_outputs.h"
#include "compositor/scene/scene.h"

namespace fenceline {

/// Keeps content updates back until their picture's turn: those with a time (wp_commit_timer_v1), and those that wait
/// for a fifo barrier (wp_fifo_v1). Main thread.
///
/// An update with a time is applied right before its surface's output takes the first picture that is to be shown at or
/// after that time, and that picture is asked for. Nothing keeps it longer than the time itself: where no output shows
/// the surface, where it is off or hangs, the update is applied then. A surface on several outputs keeps time with one
/// of them; the others show the update with their next pictures.
///
/// A barrier is cleared when the output has taken the picture with the update that set it, or after barrier_patience.
class UpdatePacer final : public SceneListener {
 public:
  /// A blank that is foretold so little before a time counts as at it: a client computes its times from earlier blanks,
  /// as we do, and both are off by what the display's stamps are.
  static constexpr std::chrono::microseconds prediction_error{200};
  /// For surfaces of which no picture is taken. Ten updates a second are progress, and no reason to draw more.
  static constexpr std::chrono::milliseconds barrier_patience{100};

  [[nodiscard]] static Result<std::unique_ptr<UpdatePacer>> create(EventLoop& loop, Scene& scene);
  UpdatePacer(const UpdatePacer&) = delete;
  UpdatePacer& operator=(const UpdatePacer&) = delete;
  ~UpdatePacer() override;

  /// None, as at the start: nothing is shown anywhere. They outlive the pacer, or are taken away before.
  void set_outputs(PacedOutputs* outputs) { outputs_ = outputs; }

  /// For a content update that is not to be shown before `target`. It may outlive the pacer, unmet.
  [[nodiscard]] std::unique_ptr<CommitConstraint> not_before(SurfaceId surface, TimePoint target);

  /// The output is about to take a picture that is to be shown at `blank`.
  void before_latch(OutputId output, TimePoint blank);
  /// It has taken one.
  void after_latch(OutputId output);

  void surface_changed(Surface& surface) override;
  void surface_gone(SurfaceId surface) override { barriers_.erase(surface); }

  /// Updates that wait for their time.
  [[nodiscard]] std::size_t waiting() const { return book_->waits.size(); }

 private:
  enum class WaitId : std::uint64_t {};
  struct Wait {
    SurfaceId surface{};
    TimePoint target;
    TimePoint look;                ///< When the timer is to see to it; never after the target.
    std::optional<OutputId> asked; ///< That was asked for the picture, and has not taken it yet.
    std::function<void()> met;
  };
  /// Constraints reach it as long as it lives.
  struct Book {
    std::unordered_map<WaitId, Wait> waits;
    std::set<std::pair<TimePoint, WaitId>> looks; ///< At each wait, by time.
    std::set<WaitId> asked;                       ///< Those for which an output was asked.
    void erase(WaitId id);
    void look_at(WaitId id, Wait& wait, TimePoint when);
  };
  class TimeConstraint;

  UpdatePacer(EventLoop& loop, Scene& scene);
  [[nodiscard]] TimePoint now() const { return loop_.clock().now(); }
  [[nodiscard]] std::optional<OutputId> output_of(SurfaceId surface) const {
    return outputs_ ? outputs_->output_of(surface) : std::nullopt;
  }
  [[nodiscard]] bool wait(WaitId id, SurfaceId surface, TimePoint target, std::function<void()> met);
  void see_to(WaitId id, Wait& wait);
  void end(const std::vector<WaitId>& ids);
  void times_due();
  void arm_times();
  void barriers_due();
  void clear(const std::vector<SurfaceId>& surfaces);

  EventLoop& loop_;
  Scene& scene_;
  PacedOutputs* outputs_ = nullptr;
  std::shared_ptr<Book> book_ = std::make_shared<Book>();
  IdSource<WaitId> ids_;
  std::map<SurfaceId, TimePoint> barriers_; ///< Surfaces with one, and when it is cleared at the latest.
  std::unique_ptr<Timer> times_timer_, barriers_timer_;
  std::optional<TimePoint> times_armed_;
};

} // namespace fenceline
