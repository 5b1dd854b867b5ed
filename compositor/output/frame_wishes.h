#pragma once
#include <vector>

#include "compositor/base/log.h"
#include "compositor/base/result.h"
#include "compositor/frame/output_settings.h"
#include "compositor/frame/output_state.h"
#include "compositor/frame/plan.h"
#include "compositor/frame/snapshot.h"

namespace fenceline {

/// What the frames of one output ask of the display besides their picture: to be shown at once, torn; that the blank
/// waits for the next picture; to know what it shows. All of it the display may refuse, and a frame is not lost for
/// that: the wish is taken back, and the frame is sent without it.
///
/// - Torn is what covers the output alone, on the primary plane as it is, of a client that asks for that, where the
///   user allows it. The frame must change nothing but the buffer: what goes with another size, or after a cursor was
///   there, waits for its blank, and the next one tears. After a refusal it is asked again some hundred frames later,
///   with another buffer and maybe another modifier.
/// - The refresh varies while a game or a video covers the output, or always, or never: as the user chooses. A client
///   that asks to be torn counts as a game.
/// - The type of content is that of the uppermost surface that covers the output.
/// Where the latter two are refused, because the driver would have to set the mode for it, they stay as they are until
/// somebody sets a mode: a screen that goes dark for a hint is worse than none. Main thread.
class FrameWishes {
 public:
  static constexpr unsigned pause = 300; ///< Frames until tearing is tried again.

  FrameWishes(const OutputInfo& output, Log& log) : output_(output), log_(log) {}
  /// What the user allows. True: it is other than before.
  bool choose(bool tearing, RefreshChoice refresh);

  /// Puts the wishes into a state that shows this.
  void put(OutputState& state, const SceneSnapshot& snapshot, const FramePlan& plan);
  /// The display has refused the state. True: it has one wish less now, and may be sent again.
  [[nodiscard]] bool soften(OutputState& state, const Error& error);
  /// The state was taken as it was last.
  void accepted();
  /// Nothing is known of what the display shows.
  void forget();

  /// Of the last state that was taken.
  [[nodiscard]] bool torn() const { return known_ && last_.tears; }
  [[nodiscard]] bool variable_refresh() const { return known_ && last_.variable_refresh; }
  /// It would have been torn, had the display not refused that.
  [[nodiscard]] bool tearing_refused() const { return known_ && last_refused_; }
  /// The next picture is not to wait for a blank: those before it tear, or are to.
  [[nodiscard]] bool at_once() const { return known_ && last_tearable_ && tearing_ && paused_ == 0; }

 private:
  /// All that a state says, but for its buffers and their fences.
  struct Rest {
    std::vector<PlaneState> planes; ///< Without buffers.
    Color background = black;
    bool variable_refresh = false;
    ContentType content = ContentType::None;
    bool tears = false;
  };
  static void take_rest(Rest& rest, const OutputState& state);
  [[nodiscard]] static bool same_but_buffers(const Rest& a, const Rest& b);
  [[nodiscard]] bool wants_variable(const Layer* covering) const;

  const OutputInfo& output_;
  Log& log_;
  bool tearing_ = true;
  RefreshChoice refresh_ = RefreshChoice::Fullscreen;
  Rest last_, next_;                   ///< Two, so that a steady frame allocates nothing.
  bool known_ = false, asked_ = false; ///< Whether there is a last, and a next.
  bool last_tearable_ = false, next_tearable_ = false;
  bool last_refused_ = false, next_refused_ = false;
  unsigned paused_ = 0;
  bool said_tearing_ = false, said_hints_ = false;
  /// Wishes that were taken back together: whether they were to blame is known when the state is taken without.
  bool without_hints_ = false;
  bool hints_refused_ = false; ///< Until a mode is set.
};

/// The uppermost layer that covers the output and can be seen; null: none.
[[nodiscard]] const Layer* covering_layer(const SceneSnapshot& snapshot, const FramePlan& plan);

} // namespace fenceline
