#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "compositor/base/event_loop.h"
#include "compositor/base/fd.h"
#include "compositor/scene/latch_looks.h"
#include "protocols/sync_objects.h"

namespace fenceline {

class PointWaits;

/// One point that is waited for. Destroying it ends the wait.
class PointWait {
 public:
  PointWait(std::shared_ptr<PointWaits> waits, SyncPoint point, SurfaceId surface);
  PointWait(const PointWait&) = delete;
  PointWait& operator=(const PointWait&) = delete;
  ~PointWait();

  /// True: the point has signalled already, and `met` will not be called. Else `met` is called once, from the loop.
  [[nodiscard]] bool arm(std::function<void()> met);

 private:
  friend class PointWaits;
  std::shared_ptr<PointWaits> waits_;
  SyncPoint point_;
  SurfaceId surface_;             ///< Whose content waits.
  std::optional<OutputId> latch_; ///< After whose latch it is late; none: the kernel tells of it.
  std::function<void()> met_;
  std::vector<PointWait*>* list_ = nullptr; ///< Which one of PointWaits' it is in.
  std::size_t place_ = 0;                   ///< In that.
  bool signalled_ = false;                  ///< The loop has seen that before somebody armed it.
};

/// All the points that one client's content updates wait for.
///
/// A point of a surface that an output shows is looked at before that takes its next picture, all of the client's with
/// one call, as long as the client has mostly drawn in time and these are few. One that has not signalled by then, and
/// those of other surfaces, the kernel is asked to tell of. These share one eventfd, which is made with the first of
/// them and kept: a frame opens, watches and closes nothing, and however many points a client lets wait, it costs one
/// descriptor. The kernel does not say which point it was, so the client's timelines are asked, each once. The driver
/// of such a point's fence is told of the latch that it is wanted by.
class PointWaits final : public LatchLooker, public std::enable_shared_from_this<PointWaits> {
 public:
  /// For each of a client's points that came too late for the latch, so many of its next ones the kernel tells of: to
  /// look first costs a client that always is late a call and a wake a frame.
  static constexpr unsigned told_when_late = 16;
  /// So many of a client's points wait for latches at a time: a latch has no time for those of thousands of surfaces.
  static constexpr std::size_t most_looked_at = 64;

  /// All outlive it. `looks` null: the kernel tells of all points.
  PointWaits(EventLoop& loop, SyncObjects& objects, LatchLooks* looks = nullptr)
      : loop_(loop), objects_(objects), looks_(looks) {}
  PointWaits(const PointWaits&) = delete;
  PointWaits& operator=(const PointWaits&) = delete;

  /// Starts to wait, for content of that surface; null when the point has signalled already. An error: descriptors or
  /// memory have run out.
  [[nodiscard]] Result<std::unique_ptr<PointWait>> wait(const SyncPoint& point, SurfaceId surface);

  void look(OutputId output) override;

 private:
  friend class PointWait;
  using List = std::vector<PointWait*>;
  [[nodiscard]] Result<void> open();
  [[nodiscard]] Result<bool> ask_kernel(const SyncPoint& point, SurfaceId surface);
  [[nodiscard]] bool already_signalled(const SyncPoint& point);
  void leave_to(PointWait& wait, OutputId latch);
  void leave_to_kernel(PointWait& wait);
  void was_late(PointWait& wait, OutputId output);
  /// Into another list, or out of all (null).
  void move(PointWait& wait, List* to);
  void ask_reached();
  [[nodiscard]] bool has_signalled(const PointWait& wait, std::size_t asked) const;
  void woken();
  void tell();

  EventLoop& loop_;
  SyncObjects& objects_;
  LatchLooks* looks_;
  UniqueFd event_;
  std::unique_ptr<EventSource> source_;
  std::uint64_t registered_ = 0; ///< Points that the kernel will still tell of, also of waits that have ended.
  std::uint64_t untaken_ = 0;    ///< Of the eventfd's count: points that are known of.
  bool one_by_one_ = true;       ///< No two points have been told of at once yet.
  unsigned pending_in_a_row_ = 0;
  unsigned to_be_told_ = 0; ///< Points that are not left to the latch yet.

  // Each wait is in one of these lists, or in its timeline's, and leaves it without a search: a client that goes ends
  // thousands. They keep their memory, so that a frame allocates nothing.
  List at_latch_;                        ///< Are left to a latch: most_looked_at at the most.
  std::vector<SyncTimeline*> timelines_; ///< With waits that the kernel tells of.
  List met_;                             ///< Have signalled and are being told.

  List looked_at_;                     ///< By the look that is on its way.
  std::vector<std::uint32_t> handles_; ///< That the kernel is asked for.
  std::vector<std::uint64_t> reached_;
  bool known_ = false; ///< It has answered; else each point is asked for alone.
};

} // namespace fenceline
