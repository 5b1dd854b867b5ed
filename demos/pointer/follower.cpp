#include "demos/pointer/follower.h"

#include <algorithm>
#include <cstdlib>
#include <drm_fourcc.h>

#include "demos/client/dmabuf_feedback.h"
#include "demos/client/failure.h"
#include "demos/client/linear_memory.h"

namespace fenceline::demos {

namespace {

/// Whether pictures may be in linear dma-bufs: the compositor takes them, and there is memory for them.
bool can_use_dmabufs(Connection& connection, const Window& window) {
  if (connection.dmabuf() == nullptr || !allocate_linear(1).dmabuf.valid())
    return false;
  const DmabufFeedback feedback(connection, window.surface());
  constexpr std::uint64_t linear[] = {DRM_FORMAT_MOD_LINEAR};
  return !choose_modifiers(feedback.preferences(), DRM_FORMAT_XRGB8888, linear).modifiers.empty();
}

} // namespace

Follower::Follower(Connection& connection, Window& window, EventLoop& loop, PresentationTracker& presentation,
                   Statistics& statistics, Choice choice)
    : connection_(connection), window_(window), loop_(loop), presentation_(presentation), statistics_(statistics),
      choice_(choice), dmabuf_(!choice.shm && can_use_dmabufs(connection, window)),
      events_(
          connection, [this] { return presentation_.now(); },
          [this](const PointerEvents::Group& group) { on_events(group); }),
      ending_(loop, window, presentation, statistics, choice.limits) {
  if (!presentation.available())
    throw Failure("the compositor does not offer wp_presentation, which tells when a picture was shown");
  if (!dmabuf_ && connection.shm() == nullptr)
    throw Failure("the compositor does not offer wl_shm, which every compositor must");
}

void Follower::run() {
  ending_.start();
  while (!ending_.reached()) {
    if (window_.configured() && window_.take_resized())
      resize();
    answer(); // what had to wait for a buffer
    loop_.run_once(ending_.deadline());
  }
}

void Follower::resize() {
  ring_.clear(); // the compositor keeps the memory of what it still shows
  for (int i = 0; i < choice_.buffers; ++i)
    ring_.push_back(std::make_unique<SquareBuffer>(connection_, window_.size(), dmabuf_));
  shown_.reset();
  due_ = true;
}

void Follower::on_events(const PointerEvents::Group& group) {
  place_ = {group.x, group.y};
  due_ = true;
  if (group.time) {
    due_time_ = group.time;
    ++groups_;
    exact_ += group.exact ? 1 : 0;
  }
  answer();
}

void Follower::answer() {
  // A new size goes first: its buffers are made in run().
  if (!due_ || ring_.empty() || window_.resized() || !ending_.wants_frames())
    return;
  const auto free = std::find_if(ring_.begin(), ring_.end(), [](const auto& buffer) { return !buffer->busy(); });
  if (free == ring_.end())
    return;
  SquareBuffer& buffer = **free;
  buffer.draw(place_);
  buffer.set_busy();
  wl_surface* surface = window_.surface();
  wl_surface_attach(surface, buffer.buffer(), 0, 0);
  const auto damage = [surface](const Rect& rect) {
    wl_surface_damage_buffer(surface, rect.x0, rect.y0, rect.x1 - rect.x0, rect.y1 - rect.y0);
  };
  if (!shown_)
    damage({0, 0, window_.size().width, window_.size().height});
  else
    damage(square_at(*shown_, window_.size()));
  if (place_)
    damage(square_at(*place_, window_.size()));
  presentation_.track(surface, static_cast<std::uint32_t>(answered_.size()));
  wl_surface_commit(surface);
  statistics_.committed();
  answered_.push_back(due_time_);
  shown_ = place_;
  due_time_.reset();
  due_ = false;
}

std::vector<std::int64_t> Follower::latencies() const {
  // Input that is stamped by another clock than presentations are tells nothing.
  constexpr std::int64_t believable = 10'000'000'000;
  std::vector<std::int64_t> found;
  for (const PresentedFrame& frame : statistics_.frames())
    if (const auto& event = answered_.at(frame.frame); event && std::llabs(frame.presented - *event) < believable)
      found.push_back(frame.presented - *event);
  return found;
}

Facts Follower::facts() const {
  const std::vector<std::int64_t> samples = latencies();
  return {{"width", std::to_string(window_.size().width)},
          {"height", std::to_string(window_.size().height)},
          {"buffers", std::to_string(choice_.buffers)},
          {"memory", json_string(dmabuf_ ? "dma-buf" : "wl_shm")},
          {"pointer_events", std::to_string(groups_)},
          {"exact_times", std::to_string(exact_)},
          {"answers_presented", std::to_string(samples.size())},
          {"event_to_present_ms", json_times(percentiles_of(samples))}};
}

std::string Follower::text() const {
  const std::vector<std::int64_t> samples = latencies();
  std::string out = "  pointer events " + std::to_string(groups_) + ", " + std::to_string(exact_) +
                    " of them with times to the microsecond; pictures of " + std::to_string(samples.size()) +
                    " presented, in " + (dmabuf_ ? "dma-bufs" : "wl_shm") + "\n";
  if (!samples.empty())
    out += "  event to presentation  " + text_times(percentiles_of(samples)) + "\n";
  return out;
}

} // namespace fenceline::demos
