#pragma once
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "compositor/base/event_loop.h"
#include "compositor/base/log.h"
#include "compositor/frame/frame_event.h"
#include "compositor/output/capture.h"
#include "compositor/output/carried_updates.h"
#include "compositor/output/composer.h"
#include "compositor/output/cursor_images.h"
#include "compositor/output/frame_clock.h"
#include "compositor/output/frame_ledger.h"
#include "compositor/output/frame_pass.h"
#include "compositor/output/output_images.h"
#include "compositor/output/plane_planner.h"
#include "compositor/output/scanout_device.h"

namespace fenceline {

/// What all outputs of a session share. All of it outlives the outputs.
struct OutputServices {
  EventLoop& loop;
  ScanoutDevice& device;
  FrameSource& source;
  Composer* composer; ///< Null: no renderer. What goes on a plane is shown, the rest is not.
  FrameObserver& observer;
  const FrameClock& frame_clock;
  CursorStore& cursors;
  IdSource<FrameId>& frames;
  IdSource<BufferId>& buffers;
  Log& log;
};

/// Runs the frame's line of one output: sleeps until the latch, takes the picture, plans, uploads, composes, submits,
/// and settles with the ledger at the flip. One frame is on its way at a time. Main thread.
///
/// Whatever fails, the last picture stays and the next blank is tried, less and less often: never a blank screen, never
/// a frozen one, never a busy loop. An idle output has no timer running.
class OutputLoop {
 public:
  /// Nothing has changed since the last flip.
  struct Idle {};
  /// Sleeps until the latch.
  struct Scheduled {
    LatchTime when;
  };
  /// From the latch until the commit was sent. `again`: there is something newer.
  struct Composing {
    std::unique_ptr<FramePass> pass;
    bool again = false;
  };
  /// Waits for the flip.
  struct InFlight {
    FrameId frame{};
    bool again = false;
  };
  /// The display is somebody else's until resume().
  struct Paused {};
  using RedrawState = std::variant<Idle, Scheduled, Composing, InFlight, Paused>;

  [[nodiscard]] static Result<std::unique_ptr<OutputLoop>> create(const OutputServices& services,
                                                                  const OutputInfo& info);
  OutputLoop(const OutputLoop&) = delete;
  OutputLoop& operator=(const OutputLoop&) = delete;
  ~OutputLoop();

  /// The picture has changed, or somebody waits for a frame. Sinks, leases and sources may call it at any time.
  void schedule();
  /// From the display.
  void flipped(const FlipEvent& event);
  /// The session was taken away: nothing is sent. Flips of what was sent may still come.
  void pause();
  /// The session is back: the mode is set with the next frame, which is scheduled. Does nothing when not paused.
  void resume();
  void forget_surface(SurfaceId surface) { planner_.forget_surface(surface); }

  /// Copies what the screen shows, out of the images that are on it. `done` is called once, on the main thread, within
  /// the call or when the copy is there; but not when the output goes before that: then it is let go of. An error:
  /// nothing was started, `done` is not called.
  [[nodiscard]] Result<void> capture(std::function<void(Result<Capture>)> done);

  [[nodiscard]] const OutputInfo& info() const { return info_; }
  [[nodiscard]] const RedrawState& state() const { return state_; }
  /// The plan of the last frame that the display accepted.
  [[nodiscard]] const FramePlan& last_plan() const { return last_plan_; }
  /// Frames in a row that could not be shown.
  [[nodiscard]] unsigned failures() const { return failures_; }

 private:
  /// What one composition reads, and whose bytes it moves.
  struct Reading;
  /// A capture on its way.
  struct Capturing;
  /// The picture in a composed image that was shown.
  struct Picture {
    OutputImage image;
    std::vector<Layer> layers;
  };
  /// The first try of a frame that takes more than one.
  struct FirstTry {
    std::optional<TimePoint> blank;
    MissCause cause = MissCause::Unknown;
  };

  OutputLoop(const OutputServices& services, const OutputInfo& info);
  void wake();
  void latch(const LatchTime& when);
  void keep_cursors(FramePass& pass);
  void run(FramePass& pass);
  void show_nothing(FramePass& pass);
  void upload(FramePass& pass);
  [[nodiscard]] bool upload_cursor(FramePass& pass, CursorStore::Picture& picture);
  void compose(FramePass& pass);
  void composed(FrameId frame, Result<Composed> result, Reading&& reading);
  void captured(Capturing&& capturing, Result<ReadBack> image);
  void submit(FramePass& pass);
  void submitted(FramePass& pass);
  void rejected(FramePass& pass, const Error& error);
  void give_up(FramePass& pass, MissCause cause, const Error& why);
  void carry(FramePass& pass, MissCause cause);
  void sleep();
  [[nodiscard]] FramePass* pass_of(FrameId frame);
  [[nodiscard]] bool same_picture(const FramePass& pass) const;
  void book(CopyKind kind, const Layer& layer, FrameId frame, std::uint64_t bytes);
  void note(FrameEventKind kind, FrameId frame, std::uint64_t value = 0, std::uint16_t flags = 0, TimePoint time = {});

  OutputServices services_;
  OutputInfo info_;
  std::unique_ptr<Timer> timer_;
  std::unique_ptr<OutputImages> images_; ///< Null without a composer.
  CursorImages cursor_images_;
  PlanePlanner planner_;
  FrameLedger ledger_;
  CarriedUpdates carried_;
  std::optional<FirstTry> first_try_;
  RedrawState state_ = Idle{};
  FramePlan last_plan_;
  std::optional<Picture> last_picture_;
  std::optional<TimePoint> last_flip_;
  TimePoint not_before_; ///< Only blanks later than this are aimed at.
  bool modeset_ = true;
  unsigned failures_ = 0;
  bool said_no_composer_ = false;
  SurfaceId failed_upload_{};
  std::shared_ptr<const int> alive_ = std::make_shared<const int>(0); ///< Late answers see by it whether we are here.
};

} // namespace fenceline
