#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "compositor/base/event_loop.h"
#include "compositor/base/log.h"
#include "compositor/frame/frame_event.h"
#include "compositor/output/blank_period.h"
#include "compositor/output/capture.h"
#include "compositor/output/carried_updates.h"
#include "compositor/output/composer.h"
#include "compositor/output/composer_gate.h"
#include "compositor/output/cursor_images.h"
#include "compositor/output/frame_clock.h"
#include "compositor/output/frame_ledger.h"
#include "compositor/output/frame_pass.h"
#include "compositor/output/frame_wishes.h"
#include "compositor/output/latch_model.h"
#include "compositor/output/latch_watch.h"
#include "compositor/output/mode_listener.h"
#include "compositor/output/output_images.h"
#include "compositor/output/plane_planner.h"
#include "compositor/output/scanout_device.h"
#include "compositor/output/variable_blanks.h"

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
  unsigned plane_tests = PlanePlanner::default_tests; ///< The most test commits a frame. 0: see PlanePlanner.
  ComposerGate* gate = nullptr;                       ///< Null: the composer can always draw.
  LatchWatch* watch = nullptr;                        ///< Null: nobody waits for pictures to be taken.
  FormatChanceListener* chances = nullptr;            ///< Null: nobody wants to know.
  SharedReleases* releases = nullptr;                 ///< Null: of buffers on several outputs the flips alone tell.
  DrawCues* cues = nullptr;                           ///< Null: clients are told to draw at the flip.
  ModeListener* modes = nullptr;                      ///< Null: there is nobody to choose another mode.
};

/// Runs the frame's line of one output: sleeps until the latch, takes the picture, plans, uploads, composes, submits,
/// and settles with the ledger at the flip. One frame is on its way at a time. Main thread.
///
/// Whatever fails, the last picture stays and the next blank is tried, less and less often: never a blank screen, never
/// a frozen one, never a busy loop. A flip that does not come is not waited for for ever. An idle output has no timer
/// running, but for a last look after its last flip.
class OutputLoop {
 public:
  /// What the next latch is for.
  enum class Wanted : std::uint8_t {
    Nothing,
    Look, ///< Something may turn out to have changed by then.
    Picture,
  };
  /// Nothing has changed since the last flip.
  struct Idle {};
  /// Sleeps until the latch.
  struct Scheduled {
    LatchTime when;
    Wanted wanted = Wanted::Picture;
    bool repeat = false; ///< Of the same picture, unless something new comes before.
  };
  /// From the latch until the commit was sent. `next`: whether there is something newer.
  struct Composing {
    std::unique_ptr<FramePass> pass;
    Wanted next = Wanted::Nothing;
  };
  /// Waits for the flip.
  struct InFlight {
    FrameId frame{};
    Wanted next = Wanted::Nothing;
    bool dark = false;   ///< It switches the output off.
    bool fenced = false; ///< The display waits for a fence first.
    TimePoint since;
    std::optional<TimePoint> blank; ///< That it is for, where that is known.
  };
  /// Switched off until power(true).
  struct Off {};
  /// The display is somebody else's until resume().
  struct Paused {};
  using RedrawState = std::variant<Idle, Scheduled, Composing, InFlight, Off, Paused>;

  /// A flip that has not come so long after its commit never comes: 2 s, or 10 s where a fence has to signal first.
  static constexpr std::chrono::seconds flip_patience{2};
  static constexpr std::chrono::seconds fenced_flip_patience{10};

  [[nodiscard]] static Result<std::unique_ptr<OutputLoop>> create(const OutputServices& services,
                                                                  const OutputInfo& info);
  OutputLoop(const OutputLoop&) = delete;
  OutputLoop& operator=(const OutputLoop&) = delete;
  ~OutputLoop();

  /// The picture has changed, or somebody waits for a frame. Sinks, leases and sources may call it at any time.
  void schedule() { want(Wanted::Picture); }
  /// Something may have changed by the next latch: before_latch() of the watch is called then, and only when somebody
  /// has called schedule() by its end is a picture taken.
  void schedule_look() { want(Wanted::Look); }
  /// As schedule(), but for the blank of the next latch, also where the one before it could still be tried for: for
  /// what must not be shown earlier.
  void schedule_in_time();
  /// From when on schedule() leads to the first picture that is shown at or after `target`; before that, it may lead to
  /// an earlier one.
  [[nodiscard]] TimePoint time_to_schedule(TimePoint target) const;
  /// Until when a frame is due: from 2 ms before its latch until it is shown; nothing at other times. What can be done
  /// then as well is better done after it.
  [[nodiscard]] std::optional<TimePoint> due(TimePoint now) const;
  /// When the picture is taken that schedule() leads to.
  [[nodiscard]] TimePoint coming_latch() const;
  /// From the display.
  void flipped(const FlipEvent& event);
  void ready(FrameId frame, TimePoint time);
  void released(BufferId buffer) { ledger_.released(buffer); }
  /// The session was taken away: nothing is sent. Flips of what was sent may still come.
  void pause();
  /// The session is back: the mode is set with the next frame, which is scheduled. Does nothing when not paused.
  void resume();
  /// Switches the output off (DPMS) or on again, as soon as the display takes it. While it is off nothing is latched:
  /// no frame callbacks, no feedback; what clients wait for of earlier frames they are told when it goes off.
  void power(bool on);
  /// Whether it is to be on.
  [[nodiscard]] bool powered() const { return powered_; }
  /// Whether schedule() leads to a picture: not while it is off or somebody else's.
  [[nodiscard]] bool takes_pictures() const { return powered_ && !std::holds_alternative<Paused>(state_); }
  /// The next frame sets another mode, one of the output's. Does nothing when it is the present one.
  void set_mode(const Mode& mode);
  /// The next frame, which is scheduled, sets the mode even though it is the same.
  void set_mode_anew();
  /// Whether windows may tear, and when the refresh varies, where the display can: with the next frame.
  void choose(bool tearing, RefreshChoice refresh);
  /// The output is gone: whoever waits for a frame of it is told, for there will be none.
  void retire();
  void forget_surface(SurfaceId surface) { planner_->forget_surface(surface); }
  /// Another output came, went or was switched: what the display takes here may be other than before.
  void others_changed() { planner_->forget_answers(); }
  /// The gate's state has changed: the next frame, which is scheduled, is planned for the composer that there is now.
  void composer_changed();

  /// Copies what the screen shows, out of the images that are on it. `done` is called once, on the main thread, within
  /// the call or when the copy is there; but not when the output goes before that: then it is let go of. An error:
  /// nothing was started, `done` is not called.
  [[nodiscard]] Result<void> capture(std::function<void(Result<Capture>)> done);

  [[nodiscard]] const OutputInfo& info() const { return info_; }
  [[nodiscard]] const RedrawState& state() const { return state_; }
  /// The plan of the last frame that the display accepted.
  [[nodiscard]] const FramePlan& last_plan() const { return last_plan_; }
  /// Whether its blanks come when there is a new picture.
  [[nodiscard]] bool refresh_varies() const { return variable_.has_value(); }
  /// Between two blanks, as measured.
  [[nodiscard]] Nanoseconds period() const { return blank_period_.period(refresh()); }
  /// How long before its blank the next picture is to be taken; 0: no blank is known yet.
  [[nodiscard]] Nanoseconds lead() const;
  /// How long before its blank a picture has to be taken, as its frames have shown.
  [[nodiscard]] Nanoseconds learned_lead() const { return latch_model_.lead(); }
  /// Frames in a row that could not be shown.
  [[nodiscard]] unsigned failures() const { return failures_; }

 private:
  /// What one composition reads, and whose bytes it moves.
  struct Reading;
  /// A capture on its way.
  struct Capturing;
  /// The picture in a composed image that was shown. Places count from its upper left corner.
  struct Picture {
    OutputImage image;
    Size size;
    std::vector<Layer> layers;
    PlaneId plane{}; ///< Of an image above others: it is not taken by each plane.
  };
  using CaptureDone = std::function<void(Result<Capture>)>;
  /// One composition of a frame.
  struct Drawing {
    OutputImage target;
    Rect at; ///< On the output.
    const std::vector<std::size_t>& layers;
    bool upper = false;
  };
  /// The first try of a frame that takes more than one.
  struct FirstTry {
    std::optional<TimePoint> blank;
    MissCause cause = MissCause::Unknown;
  };

  /// Waits of 1, 2, 4 ... 64 blanks between tries.
  static constexpr unsigned most_back_off = 6;
  /// Of a mode that was never shown: after about a second, so that what passes by itself has passed.
  static constexpr unsigned tries_of_a_mode = 6;

  OutputLoop(const OutputServices& services, const OutputInfo& info);
  [[nodiscard]] Nanoseconds refresh() const {
    // A mode without a refresh would make every wait zero.
    return info_.mode.refresh > Nanoseconds::zero() ? info_.mode.refresh : std::chrono::milliseconds(16);
  }
  [[nodiscard]] std::unique_ptr<OutputImages> translucent_images(const PlaneInfo& plane) const;
  void want(Wanted wanted);
  [[nodiscard]] LatchTime next_latch(TimePoint after) const;
  [[nodiscard]] LatchTime hurried(const LatchTime& when) const;
  void wake();
  void latch(const LatchTime& when, Wanted wanted);
  void keep_cursors(FramePass& pass);
  void follow_cursor(FramePass& pass);
  void run(FramePass& pass);
  void show_nothing(FramePass& pass);
  /// Whether the composer is one that cannot draw yet.
  [[nodiscard]] bool waits_for_composer() const {
    return services_.gate != nullptr && services_.composer != nullptr &&
           services_.gate->state() != ComposerGate::State::Open;
  }
  void show_what_planes_can(FramePass& pass);
  void upload(FramePass& pass);
  bool upload(FramePass& pass, std::vector<std::size_t>& drawn);
  [[nodiscard]] bool upload_cursor(FramePass& pass, CursorStore::Picture& picture);
  void compose(FramePass& pass);
  [[nodiscard]] Result<void> draw(FramePass& pass, const Drawing& drawing);
  [[nodiscard]] std::shared_ptr<Reading> take_reading();
  void composed(Result<Composed> result, Reading& reading);
  void image_ready(FramePass& pass);
  void bring_over(FramePass& pass);
  void brought(FrameId frame, Result<ReadBack> image, BufferLeasePtr target);
  void write_over(FrameId frame, const ReadBack& image);
  void capture_late();
  [[nodiscard]] Result<void> capture_next(const std::shared_ptr<Capturing>& capturing);
  void captured(const std::shared_ptr<Capturing>& capturing, Result<ReadBack> image);
  static void capture_ends(Capturing& capturing);
  void submit(FramePass& pass);
  [[nodiscard]] Result<UniqueFd> send(OutputState& state, bool wants_fence);
  void submitted(FramePass& pass, bool fenced);
  /// The pass ends here, and with it its hold of buffers that are not on a plane.
  void end_pass(std::unique_ptr<FramePass> pass);
  void note_submit(const FramePass& pass, bool composed);
  void rejected(FramePass& pass, const Error& error);
  void give_up(FramePass& pass, MissCause cause, const Error& why);
  /// Asks for another mode where the display does not take this one. True: there is one, and its frame is scheduled.
  [[nodiscard]] bool changes_refused_mode();
  void carry(FramePass& pass, MissCause cause);
  void sleep(Wanted wanted = Wanted::Picture);
  /// What is new came to an output that had nothing to show.
  void begin(Wanted wanted);
  [[nodiscard]] bool goes_before(const Scheduled& scheduled, Wanted wanted);
  [[nodiscard]] LatchTime variable_latch(TimePoint now, TimePoint after) const;
  void flipped_variably(const FlipEvent& event);
  void repeat_later();
  void make_planner();
  void watch_flip(TimePoint sent);
  void look_after_flip();
  void go_dark();
  [[nodiscard]] FramePass* pass_of(FrameId frame);
  /// Whether the image that was shown last has that picture already, and may be shown again.
  [[nodiscard]] bool same_picture(const FramePass& pass, const std::optional<Picture>& last, Rect at,
                                  const std::vector<std::size_t>& drawn, BufferId shown) const;
  /// Into `last`, whose list keeps its memory.
  static void keep_picture(std::optional<Picture>& last, const FramePass& pass, const OutputImage& image, Rect at,
                           const std::vector<std::size_t>& drawn);
  void forget_pictures();
  void book(CopyKind kind, const Layer& layer, FrameId frame, std::uint64_t bytes);
  void note(FrameEventKind kind, FrameId frame, std::uint64_t value = 0, std::uint16_t flags = 0, TimePoint time = {});

  OutputServices services_;
  OutputInfo info_;
  std::unique_ptr<FramePass> spare_pass_; ///< For the next latch; null: it makes one.
  OutputState submitting_;                ///< Kept for its list.
  std::unique_ptr<Timer> timer_, watchdog_;
  std::unique_ptr<OutputImages> images_;       ///< Null without a composer.
  std::unique_ptr<OutputImages> upper_images_; ///< Null where no overlay shows translucent images of the composer's.
  std::unique_ptr<OutputImages> primary_upper_images_; ///< Null where nothing can lie below the primary plane.
  CursorImages cursor_images_;
  std::optional<PlanePlanner> planner_;
  FrameLedger ledger_;
  CarriedUpdates carried_;
  std::optional<FirstTry> first_try_;
  FrameWishes wishes_;
  RedrawState state_ = Idle{};
  FramePlan last_plan_;
  std::optional<Picture> last_picture_, last_upper_;
  BufferId last_primary_{}, last_above_{}; ///< Of the last frame that was sent.
  std::optional<TimePoint> last_flip_;
  LatchModel latch_model_;
  std::optional<VariableBlanks> variable_; ///< While the refresh varies.
  BlankPeriod blank_period_;
  TimePoint not_before_;    ///< Only blanks later than this are aimed at.
  bool modeset_ = true;     ///< The next frame sets the mode: it has no blank to aim at, and its flip begins new ones.
  bool mode_shown_ = false; ///< A picture was shown in the mode that is set or to be set.
  bool powered_ = true;
  static constexpr std::size_t most_kept_readings = 4;
  std::vector<std::shared_ptr<Reading>> kept_readings_; ///< For new ones, once no composer has them.
  std::vector<CaptureDone> late_captures_;              ///< They begin with the next flip.
  bool watching_ = false;                               ///< The watchdog is armed.
  bool hangs_ = false;                                  ///< A flip was overdue, and none has come since.
  unsigned failures_ = 0;
  bool said_no_composer_ = false;
  SurfaceId failed_upload_{};
  std::shared_ptr<const int> alive_ = std::make_shared<const int>(0); ///< Late answers see by it whether we are here.
};

} // namespace fenceline
