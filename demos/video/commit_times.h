#pragma once

#include <cstdint>

#include "demos/client/connection.h"

struct wp_commit_timer_v1;

namespace fenceline::demos {

/// Says of a surface's commits when they are to be shown (wp_commit_timing_v1), for as long as it lives.
class CommitTimes {
 public:
  CommitTimes(const Connection& connection, wl_surface* surface);
  CommitTimes(const CommitTimes&) = delete;
  CommitTimes& operator=(const CommitTimes&) = delete;
  ~CommitTimes();

  /// Whether the compositor has it.
  [[nodiscard]] bool available() const { return timer_ != nullptr; }
  /// Of the next commit: not before `time`, in ns on the presentation clock.
  void set(std::int64_t time) const;

 private:
  wp_commit_timer_v1* timer_ = nullptr;
};

} // namespace fenceline::demos
