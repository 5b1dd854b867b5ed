#pragma once

#include <ctime>
#include <list>

#include "demos/client/connection.h"
#include "demos/client/statistics.h"

namespace fenceline::demos {

/// Asks for presentation feedback on each commit and books the answers.
class PresentationTracker {
 public:
  /// Without wp_presentation, available() is false and the frame loop books frame callbacks instead.
  PresentationTracker(Connection& connection, Statistics& statistics, bool verbose);
  PresentationTracker(const PresentationTracker&) = delete;
  PresentationTracker& operator=(const PresentationTracker&) = delete;
  ~PresentationTracker();

  [[nodiscard]] bool available() const { return presentation_ != nullptr; }
  /// Call right before wl_surface.commit of `frame`.
  void track(wl_surface* surface, std::uint32_t frame);
  [[nodiscard]] std::size_t in_flight() const { return pending_.size(); }
  /// ns on the clock that the compositor uses for presentation times.
  [[nodiscard]] std::int64_t now() const;

 private:
  struct Pending;
  void on_presented(Pending& pending, std::int64_t time, std::int64_t refresh, std::uint32_t flags);
  void on_discarded(Pending& pending);

  Proxy<wp_presentation> presentation_;
  Statistics& statistics_;
  bool verbose_;
  clockid_t clock_ = CLOCK_MONOTONIC;
  std::list<Pending> pending_;
};

} // namespace fenceline::demos
