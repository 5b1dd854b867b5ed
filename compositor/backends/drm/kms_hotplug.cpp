// The part of the KMS device that follows displays that are plugged and pulled, and sessions that come back.
#include <algorithm>
#include <cerrno>
#include <iterator>

#include "compositor/backends/drm/kms_commit.h"
#include "compositor/backends/drm/kms_device.h"

namespace fenceline {
namespace {

// How often, and how many times, it is tried to switch a gone display's CRTC off; and to read connectors.
constexpr std::chrono::milliseconds leaving_pause{20};
constexpr int most_leaving_tries = 100;
constexpr std::chrono::milliseconds look_pause{250};
constexpr int most_look_back_off = 4; // 4 s
// The seat's manager waits with the switch meanwhile. Some frames, of any display.
constexpr std::chrono::milliseconds pause_patience{200};

class SessionWatch final : public SessionListener {
 public:
  SessionWatch(Session& session, KmsDevice& device) : SessionListener(session), device_(device) {}
  void session_paused() override { device_.suspend(); }
  void session_resumed() override { device_.resume(); }

 private:
  KmsDevice& device_;
};

} // namespace

void KmsDevice::follow(Session& session) {
  session_watch_ = std::make_unique<SessionWatch>(session, *this);
  const auto nodes = drm_->nodes();
  auto monitor =
      nodes ? HotplugMonitor::create(loop_, nodes->primary,
                                     {.changed = [this](std::optional<std::uint32_t> id) { connectors_changed(id); },
                                      .removed = [this] { card_removed(); }})
            : Result<std::unique_ptr<HotplugMonitor>>(nodes.error());
  if (monitor)
    hotplug_ = std::move(*monitor);
  else
    log_.warn("displays that are plugged later are not seen: {}", monitor.error().text());
}

void KmsDevice::stop_following() {
  hotplug_.reset();
  session_watch_.reset();
}

void KmsDevice::connectors_changed(std::optional<std::uint32_t> connector) {
  if (suspended_ || gone_)
    return;
  look(connector);
}

// Whoever comes next may not know the background's property, and would have our colour wherever its planes leave the
// screen free.
void KmsDevice::suspend() {
  suspended_ = true;
  const auto coloured = [](const Activity& activity) { return activity.coloured; };
  if (gone_ || std::none_of(activities_.begin(), activities_.end(), coloured))
    return;
  const bool finished = finish_flips(pause_patience);
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    if (!activities_[i].coloured)
      continue;
    const auto request = build_black_background(outputs_[i]);
    if (const auto sent = drm_->commit(request, DRM_MODE_ATOMIC_NONBLOCK, 0); !sent)
      log_.debug("{} keeps the colour of its background{}: {}", infos_[i].name,
                 finished ? "" : ", as it still waits for a fence", sent.error().text());
  }
}

void KmsDevice::resume() {
  suspended_ = false;
  if (gone_)
    return;
  // The next state of each output sets its mode, and frees its CRTC of what others have bound to it.
  for (Activity& activity : activities_)
    activity.lit = false;
  if (const auto read = handover_.look_again(*drm_); !read)
    log_.warn("what others did with the display meanwhile cannot be read: {}", read.error().text());
  for (std::size_t i = 0; i < outputs_.size(); ++i)
    if (const auto properties = drm_->properties(outputs_[i].crtc, DRM_MODE_OBJECT_CRTC))
      if (const auto typed = crtc_properties(*properties))
        activities_[i].running = typed->active_at_start;
  look(std::nullopt);
}

void KmsDevice::look_later(Nanoseconds when) {
  look_timer_->arm(loop_.clock().now() + when);
}

void KmsDevice::look(std::optional<std::uint32_t> connector) {
  if (suspended_ || gone_)
    return;
  look_timer_->disarm();
  auto seen = look_at_connectors(*drm_, ids_,
                                 {.known = outputs_, .mode = mode_, .only = connector, .take_new = leaving_.empty()});
  if (!seen) {
    if (failed_looks_ == 0)
      log_.warn("the displays cannot be read: {}; it is tried again, less and less often", seen.error().text());
    look_later(look_pause * (1 << std::min(failed_looks_, most_look_back_off)));
    ++failed_looks_;
    return;
  }
  failed_looks_ = 0;
  const auto bad_links = std::move(seen->bad_links);
  // A CRTC that is being given up has to be off before a new display can have it.
  if (seen->waiting)
    look_later(leaving_pause);
  if (take_over(std::move(*seen)) && listener_ != nullptr)
    listener_->outputs_changed();
  for (const OutputId output : bad_links) {
    if (const auto index = index_of(output))
      log_.warn("{}: its link has failed: it is set up anew", infos_[*index].name);
    if (listener_ != nullptr)
      listener_->needs_modeset(output);
  }
}

bool KmsDevice::take_over(KmsLook&& look) {
  const auto has = [](const std::vector<KmsOutput>& outputs, OutputId id) {
    return std::any_of(outputs.begin(), outputs.end(), [id](const KmsOutput& output) { return output.info.id == id; });
  };
  bool changed = false;
  for (std::size_t i = outputs_.size(); i-- > 0;)
    if (!has(look.outputs, outputs_[i].info.id)) {
      give_up(i);
      changed = true;
    }
  bool added = false;
  for (KmsOutput& output : look.outputs)
    if (!index_of(output.info.id)) {
      add_output(std::move(output));
      added = true;
    }
  if (added)
    if (const auto read = handover_.look_again(*drm_); !read)
      log_.warn("what is bound to what cannot be read: {}", read.error().text());
  release_leaving();
  return changed || added;
}

void KmsDevice::add_output(KmsOutput&& output) {
  output.info.async_flips = async_flips_;
  infos_.push_back(output.info);
  activities_.emplace_back().running = output.crtc_properties.active_at_start;
  outputs_.push_back(std::move(output));
}

void KmsDevice::give_up(std::size_t index) {
  const auto at = static_cast<std::ptrdiff_t>(index);
  const OutputId id = infos_[index].id;
  log_.debug("{} is gone", infos_[index].name);
  leaving_.push_back({.output = std::move(outputs_[index]), .activity = std::move(activities_[index])});
  outputs_.erase(outputs_.begin() + at);
  infos_.erase(infos_.begin() + at);
  activities_.erase(activities_.begin() + at);
  for (auto blob = mode_blobs_.begin(); blob != mode_blobs_.end();) {
    if (blob->first.first != id) {
      ++blob;
      continue;
    }
    // A state that uses it keeps it.
    drm_->destroy_blob(blob->second);
    blob = mode_blobs_.erase(blob);
  }
}

// A commit behind a flip that is under way is refused rather than waited for, so that it takes a few tries.
void KmsDevice::release_leaving() {
  leaving_timer_->disarm();
  const auto done = [this](Leaving& gone) {
    if (gone.asked)
      return !gone.activity.in_flight || ++gone.tries > most_leaving_tries;
    if (!gone.activity.lit)
      return true;
    const AtomicRequest request = build_release(gone.output);
    const auto off =
        drm_->commit(request, DRM_MODE_ATOMIC_NONBLOCK | DRM_MODE_ATOMIC_ALLOW_MODESET | DRM_MODE_PAGE_FLIP_EVENT, 0);
    if (off) {
      gone.asked = true;
      gone.activity.in_flight = FrameId{};
      gone.tries = 0;
      return false;
    }
    if (++gone.tries <= most_leaving_tries && off.error().code != EACCES)
      return false;
    log_.warn("{}: cannot be switched off: {}", gone.output.info.name, off.error().text());
    return true;
  };
  const auto before = leaving_.size();
  std::erase_if(leaving_, done);
  if (leaving_.size() != before)
    framebuffers_->collect([this](std::uint32_t framebuffer) { return in_use(framebuffer); });
  if (!leaving_.empty())
    leaving_timer_->arm(loop_.clock().now() + leaving_pause);
}

void KmsDevice::card_removed() {
  if (std::exchange(gone_, true))
    return;
  log_.error("the display's card is gone");
  source_.reset();
  hotplug_.reset();
  leaving_timer_->disarm();
  look_timer_->disarm();
  leaving_.clear();
  outputs_.clear();
  infos_.clear();
  activities_.clear();
  if (listener_ != nullptr)
    listener_->outputs_changed();
}

} // namespace fenceline
