#include "demos/client/presentation.h"

#include <cstdio>

namespace fenceline::demos {

struct PresentationTracker::Pending {
  PresentationTracker& tracker;
  std::uint32_t frame;
  std::int64_t committed;
  Proxy<struct wp_presentation_feedback> feedback;
};

PresentationTracker::PresentationTracker(Connection& connection, Statistics& statistics, bool verbose)
    : presentation_(connection.bind_presentation()), statistics_(statistics), verbose_(verbose) {
  if (!presentation_)
    return;
  static constexpr wp_presentation_listener listener = {
      .clock_id =
          [](void* self, wp_presentation*, std::uint32_t clock) {
            static_cast<PresentationTracker*>(self)->clock_ = static_cast<clockid_t>(clock);
          },
  };
  wp_presentation_add_listener(presentation_.get(), &listener, this);
  connection.roundtrip(); // the clock is told once, at the binding
}

PresentationTracker::~PresentationTracker() = default;

std::int64_t PresentationTracker::now() const {
  timespec time{};
  clock_gettime(clock_, &time);
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

void PresentationTracker::track(wl_surface* surface, std::uint32_t frame) {
  static constexpr wp_presentation_feedback_listener listener = {
      .sync_output = [](void*, struct wp_presentation_feedback*, wl_output*) {},
      .presented =
          [](void* data, struct wp_presentation_feedback*, std::uint32_t sec_hi, std::uint32_t sec_lo,
             std::uint32_t nsec, std::uint32_t refresh, std::uint32_t, std::uint32_t, std::uint32_t flags) {
            auto& pending = *static_cast<Pending*>(data);
            const std::uint64_t seconds = static_cast<std::uint64_t>(sec_hi) << 32 | sec_lo;
            pending.tracker.on_presented(pending, static_cast<std::int64_t>(seconds * 1'000'000'000 + nsec), refresh,
                                         flags);
          },
      .discarded =
          [](void* data, struct wp_presentation_feedback*) {
            auto& pending = *static_cast<Pending*>(data);
            pending.tracker.on_discarded(pending);
          },
  };
  pending_.push_back({*this, frame, now(),
                      Proxy<struct wp_presentation_feedback>(wp_presentation_feedback(presentation_.get(), surface))});
  wp_presentation_feedback_add_listener(pending_.back().feedback.get(), &listener, &pending_.back());
}

void PresentationTracker::on_presented(Pending& pending, std::int64_t time, std::int64_t refresh, std::uint32_t flags) {
  const PresentedFrame frame{
      .frame = pending.frame,
      .committed = pending.committed,
      .presented = time,
      .refresh = refresh,
      .zero_copy = (flags & WP_PRESENTATION_FEEDBACK_KIND_ZERO_COPY) != 0,
      .vsync = (flags & WP_PRESENTATION_FEEDBACK_KIND_VSYNC) != 0,
      .hardware_clock = (flags & WP_PRESENTATION_FEEDBACK_KIND_HW_CLOCK) != 0,
      .hardware_completion = (flags & WP_PRESENTATION_FEEDBACK_KIND_HW_COMPLETION) != 0,
  };
  statistics_.presented(frame);
  if (verbose_)
    std::fprintf(stderr, "frame %u presented %.3f ms after its commit%s%s\n", frame.frame,
                 static_cast<double>(frame.presented - frame.committed) / 1e6, frame.zero_copy ? ", zero-copy" : "",
                 frame.vsync ? ", vsync" : "");
  pending_.remove_if([&](const Pending& p) { return &p == &pending; });
}

void PresentationTracker::on_discarded(Pending& pending) {
  statistics_.discarded();
  if (verbose_)
    std::fprintf(stderr, "frame %u discarded\n", pending.frame);
  pending_.remove_if([&](const Pending& p) { return &p == &pending; });
}

} // namespace fenceline::demos
