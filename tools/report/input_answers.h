#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "compositor/frame/frame_event.h"
#include "compositor/trace/histogram.h"

namespace fenceline::report {

/// The stretches from an input event to the picture that answers it.
enum class InputStep : std::uint8_t {
  InputToSent,  ///< Until it was on its way to the client: the kernel, libinput and the session.
  SentToCommit, ///< Until the client's answer was read: the client, and both ways of the socket.
  CommitToFlip, ///< Until the display showed it.
  InputToFlip,  ///< The whole, "input to photon" but for what the device and the panel take.
};
inline constexpr std::size_t input_step_count = 4;
[[nodiscard]] std::string_view name(InputStep step);

/// What became of the input that one client was sent.
struct InputFigures {
  std::uint64_t events = 0;                      ///< Sent.
  std::uint64_t answered = 0;                    ///< By a commit that was shown: the steps are of these.
  std::uint64_t unseen = 0;                      ///< By a commit that was never shown, as a newer one took its place.
  std::array<Histogram, input_step_count> steps; ///< By InputStep.
};

/// Finds the commit that answers an input event.
///
/// That is the first commit with a buffer, of the surface that the event was sent to, that is read after the event was
/// sent. It answers one event, the newest of those that were sent since the commit before: the older ones are in the
/// same picture, and count as events alone. An event that is more than a second old when the commit is read, by its
/// device's time, is not answered by it. An answer counts once, with the first display that shows it.
///
/// Nobody says which events a client has read when it commits. Where they come faster than it draws, an event that was
/// sent while it drew an older one is taken for answered: sent -> commit is too short there, never too long.
class InputAnswers {
 public:
  static constexpr Nanoseconds patience = std::chrono::seconds(1);

  struct Answered {
    TimePoint happened, sent, committed;
  };

  /// FrameEventKind::Input, recorded at `at`.
  void sent(const FrameEvent& event, TimePoint at) { newest_[event.surface] = {event.time, at}; }
  /// FrameEventKind::Commit, recorded at `at`.
  void committed(const FrameEvent& event, TimePoint at);
  /// The commit has come to its end, shown or not. What it answered; none: no event, or that was told before.
  [[nodiscard]] std::optional<Answered> ended(CommitId commit);

 private:
  struct Sent {
    TimePoint happened, sent;
  };
  std::unordered_map<SurfaceId, Sent> newest_; ///< Without an answer.
  std::unordered_map<CommitId, Answered> answers_;
};

/// Books an answer that was shown at `flip`.
void add(InputFigures& figures, const InputAnswers::Answered& answer, TimePoint flip);

} // namespace fenceline::report
