#pragma once
#include <functional>
#include <memory>

#include "compositor/base/event_loop.h"
#include "compositor/base/fd.h"

namespace fenceline {

/// Something that a content update waits for before it may be applied: an acquire point, an implicit fence, a time.
/// Destroying it ends the wait.
class CommitConstraint {
 public:
  virtual ~CommitConstraint() = default;
  /// Starts waiting. True: it is met already, and `met` will not be called. Else `met` is called once, from the event
  /// loop. An error: it can't be waited for, for want of memory or descriptors.
  [[nodiscard]] virtual Result<bool> arm(std::function<void()> met) = 0;
  /// After it is met: when the client's own fence signalled, if that is known, else 0.
  [[nodiscard]] virtual TimePoint signalled_at() const { return {}; }
  /// Whether it is the client's drawing that is waited for; else it is a moment that the client has chosen.
  [[nodiscard]] virtual bool is_fence() const { return true; }
};

/// Met when a descriptor becomes readable: a sync file, or the eventfd of DRM_IOCTL_SYNCOBJ_EVENTFD. Never blocks.
class FdConstraint final : public CommitConstraint {
 public:
  /// `sync_file`: the descriptor is a sync file, whose own time stamp tells when it signalled (SYNC_IOC_FILE_INFO).
  FdConstraint(EventLoop& loop, UniqueFd fd, bool sync_file);
  ~FdConstraint() override;
  [[nodiscard]] Result<bool> arm(std::function<void()> met) override;
  [[nodiscard]] TimePoint signalled_at() const override;

 private:
  [[nodiscard]] bool ready() const;
  EventLoop& loop_;
  UniqueFd fd_;
  bool sync_file_;
  std::unique_ptr<EventSource> source_;
};

} // namespace fenceline
