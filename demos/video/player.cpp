#include "demos/video/player.h"

#include <algorithm>
#include <cerrno>
#include <cmath>

#include <drm_fourcc.h>
#include <unistd.h>

#include "demos/client/dmabuf_feedback.h"
#include "demos/client/failure.h"
#include "demos/video/cadence.h"

namespace fenceline::demos {

namespace {

constexpr int bar_height = 48;
constexpr std::uint32_t bar_back = 0xa0101010, bar_track = 0xc0404040, bar_done = 0xc0c0c0c0; // premultiplied
constexpr double bar_seconds = 60; // what the whole bar stands for

} // namespace

Player::Player(Connection& connection, Window& window, EventLoop& loop, PresentationTracker& presentation,
               Statistics& statistics, Choice choice)
    : connection_(connection), window_(window), loop_(loop), presentation_(presentation), statistics_(statistics),
      choice_(choice), ending_(loop, window, presentation, statistics, choice.limits),
      next_frame_(choice.limits.start_frame) {
  if (connection.shm() == nullptr || connection.subcompositor() == nullptr)
    throw Failure("the compositor does not offer wl_shm and wl_subcompositor, which every compositor must");
  if (connection.dmabuf() == nullptr)
    throw Failure(none_taken(access("/dev/udmabuf", R_OK | W_OK) == 0 ? 0 : errno));
  video_ = make_part();
  if (choice.bar)
    bar_ = make_part();
  const DmabufFeedback feedback(connection, video_.surface.get());
  constexpr std::uint64_t linear[] = {DRM_FORMAT_MOD_LINEAR};
  if (choose_modifiers(feedback.preferences(), choice.format->fourcc, linear).modifiers.empty())
    throw Failure("the compositor takes no linear dma-bufs of the format " + std::string(choice.format->name) +
                  "; --format names others");
  said_ = std::make_unique<SurfaceEncoding>(connection, video_.surface.get(), choice.encoding);
  if (choice.pace == Pace::callbacks)
    return;
  times_ = std::make_unique<CommitTimes>(connection, video_.surface.get());
  if (times_->available() && presentation.available())
    return;
  if (choice.pace == Pace::commit_timing)
    throw Failure("the compositor does not offer wp_commit_timing_manager_v1 and wp_presentation");
  times_.reset();
}

Player::Part Player::make_part() const {
  Part part;
  part.surface.reset(wl_compositor_create_surface(connection_.compositor()));
  part.place.reset(wl_subcompositor_get_subsurface(connection_.subcompositor(), part.surface.get(), window_.surface()));
  wl_subsurface_set_desync(part.place.get());
  // Input is the window's.
  const Proxy<wl_region> nothing(wl_compositor_create_region(connection_.compositor()));
  wl_surface_set_input_region(part.surface.get(), nothing.get());
  return part;
}

void Player::run() {
  ending_.start();
  while (!ending_.reached()) {
    if (window_.configured() && window_.resized())
      resize();
    take_base();
    const std::optional<Time> next = next_due();
    if (next && *next <= std::chrono::steady_clock::now()) {
      play();
      continue;
    }
    const std::optional<Time> deadline = ending_.deadline();
    loop_.run_once(next && deadline ? std::min(*next, *deadline) : next ? next : deadline);
  }
}

/// The first presentation is where the times count from.
void Player::take_base() {
  if (base_ || !times_ || statistics_.frames().empty())
    return;
  const PresentedFrame& first = statistics_.frames().front();
  base_ = 0;
  base_ = first.presented - first.refresh / 4 - time_of(first.frame);
  first_timed_ = next_frame_;
}

std::int64_t Player::time_of(std::uint32_t frame) const {
  return *base_ + std::llround(static_cast<double>(frame - choice_.limits.start_frame) * 1e9 / choice_.rate);
}

std::optional<std::int64_t> Player::time_said(std::uint32_t frame) const {
  return base_ && frame >= first_timed_ ? std::optional(time_of(frame)) : std::nullopt;
}

Player::Time Player::due(std::uint32_t frame) const {
  const double after = static_cast<double>(frame - choice_.limits.start_frame) / choice_.rate;
  return *start_ + std::chrono::duration_cast<Time::duration>(std::chrono::duration<double>(after));
}

/// Nothing where an event has to come first: a callback, a buffer's release, or a presentation.
std::optional<Player::Time> Player::next_due() const {
  if (ring_.empty() || std::all_of(ring_.begin(), ring_.end(), [](const auto& buffer) { return buffer->busy(); }))
    return std::nullopt;
  // A new size is answered at once: a window that nobody sees gets no frame callbacks.
  if (!drawn_)
    return Time::min();
  if (choice_.limits.still || !ending_.wants_frames())
    return std::nullopt;
  if (base_)
    return Time::min();
  return callback_ ? std::nullopt : std::optional(due(next_frame_));
}

void Player::resize() {
  (void)window_.take_resized();
  // Even sizes: halved chroma is whole then, which displays are pickier about than renderers.
  const Size size{window_.size().width & ~1, window_.size().height & ~1};
  ring_.clear(); // the compositor keeps the memory of what it still shows
  for (int i = 0; i < choice_.buffers; ++i)
    ring_.push_back(std::make_unique<ClipBuffer>(connection_, *choice_.format, size));
  drawn_ = false;
  callback_.reset();

  black_ = std::make_unique<ShmBuffer>(connection_.shm(), window_.size(), WL_SHM_FORMAT_XRGB8888);
  wl_surface_attach(window_.surface(), black_->buffer(), 0, 0);
  wl_surface_damage_buffer(window_.surface(), 0, 0, window_.size().width, window_.size().height);
  if (choice_.bar)
    draw_bar();
  wl_surface_commit(window_.surface());
  if (choice_.menu && !menu_)
    menu_ = std::make_unique<Menu>(connection_, window_);
}

void Player::draw_bar() {
  const Size size{std::max(window_.size().width - 2 * bar_height, bar_height), bar_height};
  bar_picture_ = std::make_unique<ShmBuffer>(connection_.shm(), size, WL_SHM_FORMAT_ARGB8888);
  const double played = static_cast<double>(next_frame_) / choice_.rate / bar_seconds;
  const int done = static_cast<int>(std::min(played, 1.0) * (size.width - bar_height));
  for (int y = 0; y < size.height; ++y) {
    const bool track = y >= size.height / 2 - 3 && y < size.height / 2 + 3;
    std::uint32_t* row = bar_picture_->row(y);
    for (int x = 0; x < size.width; ++x) {
      const int along = x - bar_height / 2;
      const bool inside = track && along >= 0 && along < size.width - bar_height;
      row[x] = !inside ? bar_back : along < done ? bar_done : bar_track;
    }
  }
  wl_subsurface_set_position(bar_.place.get(), (window_.size().width - size.width) / 2,
                             window_.size().height - 2 * bar_height);
  wl_surface_attach(bar_.surface.get(), bar_picture_->buffer(), 0, 0);
  wl_surface_damage_buffer(bar_.surface.get(), 0, 0, size.width, size.height);
  wl_surface_commit(bar_.surface.get());
}

/// Goes on to the newest frame whose time has come.
void Player::leave_out() {
  const double elapsed = base_ ? static_cast<double>(presentation_.now() - *base_) / 1e9
                               : std::chrono::duration<double>(std::chrono::steady_clock::now() - *start_).count();
  const auto newest = choice_.limits.start_frame + static_cast<std::uint32_t>(std::max(elapsed, 0.0) * choice_.rate);
  if (newest > next_frame_) {
    left_out_ += newest - next_frame_;
    next_frame_ = newest;
  }
}

void Player::play() {
  if (!start_)
    start_ = std::chrono::steady_clock::now();
  if (drawn_)
    leave_out();
  ClipBuffer& buffer =
      **std::find_if(ring_.begin(), ring_.end(), [](const auto& candidate) { return !candidate->busy(); });
  buffer.draw(next_frame_, choice_.encoding.full_range);
  buffer.set_busy();
  wl_surface* surface = video_.surface.get();
  wl_surface_attach(surface, buffer.buffer(), 0, 0);
  wl_surface_damage_buffer(surface, 0, 0, window_.size().width, window_.size().height);
  static constexpr wl_callback_listener listener = {
      .done =
          [](void* data, wl_callback*, std::uint32_t) {
            auto& self = *static_cast<Player*>(data);
            self.callback_.reset();
            // Without feedback the callback is all that tells of a frame.
            if (!self.presentation_.available())
              self.statistics_.presented({.frame = self.next_frame_ - 1,
                                          .committed = self.callback_commit_time_,
                                          .presented = self.presentation_.now()});
          },
  };
  if (base_) {
    times_->set(time_of(next_frame_));
  } else {
    callback_.reset(wl_surface_frame(surface));
    wl_callback_add_listener(callback_.get(), &listener, this);
  }
  if (presentation_.available())
    presentation_.track(surface, next_frame_);
  callback_commit_time_ = presentation_.now();
  wl_surface_commit(surface);
  statistics_.committed();
  drawn_ = true;
  if (choice_.limits.still)
    return;
  ++next_frame_;
  // Once a second is enough for a bar.
  if (choice_.bar && next_frame_ % static_cast<std::uint32_t>(std::lround(choice_.rate)) == 0)
    draw_bar();
}

std::string Player::pace_text() const {
  const Cadence cadence = cadence_of(statistics_.frames(), [this](std::uint32_t frame) { return time_said(frame); });
  std::string text = times_
                         ? "  paced by commit-timing: " + std::to_string(cadence.at_time) + " frames at their time, " +
                               std::to_string(cadence.late) + " late, " + std::to_string(cadence.early) + " early"
                         : std::string("  paced by frame callbacks");
  if (!cadence.blanks.empty())
    text += "; shown for " + blanks_text(cadence);
  return text + "; " + std::to_string(left_out_) + " left out\n";
}

Facts Player::facts() const {
  const Cadence cadence = cadence_of(statistics_.frames(), [this](std::uint32_t frame) { return time_said(frame); });
  return {{"pace", json_string(times_ ? "commit-timing" : "callbacks")},
          {"at_their_time", std::to_string(cadence.at_time)},
          {"late", std::to_string(cadence.late)},
          {"early", std::to_string(cadence.early)},
          {"blanks", blanks_json(cadence)},
          {"width", std::to_string(window_.size().width)},
          {"height", std::to_string(window_.size().height)},
          {"format", json_string(std::string(choice_.format->name))},
          {"rate", std::to_string(choice_.rate)},
          {"left_out", std::to_string(left_out_)},
          {"encoding_said", said_->said() ? "true" : "false"}};
}

} // namespace fenceline::demos
