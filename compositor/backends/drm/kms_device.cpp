#include "compositor/backends/drm/kms_device.h"

#include <drm_fourcc.h>
#include <fmt/format.h>
#include <xf86drm.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "compositor/backends/drm/card_finder.h"
#include "compositor/backends/drm/gbm_allocator.h"
#include "compositor/backends/drm/kms_commit.h"
#include "compositor/backends/drm/libdrm_api.h"

namespace fenceline {
namespace {

// How long the end of the session waits for flips that are under way. Longer than any display's frame, even when it
// waits for a slow client's fence.
constexpr std::chrono::milliseconds last_flip_patience{1000};

} // namespace

Result<std::unique_ptr<KmsDevice>> KmsDevice::create(EventLoop& loop, Log& log, Session& session,
                                                     const KmsOptions& options) {
  std::string card = options.card;
  if (card.empty()) {
    auto found = find_card();
    if (!found)
      return found.error();
    card = std::move(*found);
  }
  auto device = session.open_device(card);
  if (!device)
    return device.error();
  const int fd = (*device)->fd();
  auto made =
      create_on(loop, log, card, std::make_unique<LibdrmApi>(fd), std::make_unique<GbmAllocator>(fd), options.mode);
  if (made) {
    (*made)->device_ = std::move(*device);
    (*made)->follow(session);
  }
  return made;
}

Result<std::unique_ptr<KmsDevice>> KmsDevice::create_on(EventLoop& loop, Log& log, std::string card,
                                                        std::unique_ptr<DrmApi> drm,
                                                        std::unique_ptr<ImageAllocator> allocator,
                                                        const std::optional<ModeRequest>& mode) {
  const auto with_card = [&](const Error& error) { return Error{fmt::format("{}: {}", card, error.what), error.code}; };
  // The atomic capability implies universal planes.
  if (const auto atomic = drm->set_client_cap(DRM_CLIENT_CAP_ATOMIC, 1); !atomic)
    return Error{fmt::format("{} cannot do atomic modesetting: its driver {} has no support for it; name another card "
                             "with --device, or use --backend headless",
                             card, drm->driver()),
                 atomic.error().code};
  if (!drm->is_master())
    return Error{fmt::format("{} is in use by another display server: stop that, or use --backend headless", card), 0};
  std::unique_ptr<KmsDevice> made(new KmsDevice(loop, log, std::move(drm), std::move(allocator), mode));
  if (auto started = made->start(); !started)
    return with_card(started.error());
  for (const auto& output : made->infos_)
    log.info("KMS on {} ({}): {} at {}, {} planes", card, made->drm_->driver(), output.name, mode_text(output.mode),
             output.planes.size());
  if (made->infos_.empty())
    log.warn("KMS on {} ({}): no display is connected", card, made->drm_->driver());
  return made;
}

KmsDevice::KmsDevice(EventLoop& loop, Log& log, std::unique_ptr<DrmApi> drm, std::unique_ptr<ImageAllocator> allocator,
                     std::optional<ModeRequest> mode)
    : loop_(loop), log_(log), drm_(std::move(drm)), allocator_(std::move(allocator)), mode_(mode) {}

Result<void> KmsDevice::start() {
  auto outputs = discover_outputs(*drm_, ids_, mode_);
  if (!outputs)
    return outputs.error();
  auto handover = DisplayHandover::read(*drm_);
  if (!handover)
    return handover.error();
  handover_ = std::move(*handover);
  const auto can = [&](std::uint64_t capability) {
    const auto value = drm_->cap(capability);
    return value && *value != 0;
  };
  async_flips_ = can(DRM_CAP_ASYNC_PAGE_FLIP) && can(DRM_CAP_ATOMIC_ASYNC_PAGE_FLIP);
  for (auto& output : *outputs)
    add_output(std::move(output));
  monotonic_events_ = can(DRM_CAP_TIMESTAMP_MONOTONIC);
  has_sync_objects_ = can(DRM_CAP_SYNCOBJ_TIMELINE) && drm_->timeline_eventfd_works();
  framebuffers_ = std::make_unique<FramebufferCache>(*drm_, can(DRM_CAP_ADDFB2_MODIFIERS));
  // Clients allocate on the render node of the same device; a display without one (vkms) is its own.
  const auto nodes = drm_->nodes();
  if (!nodes)
    return nodes.error();
  main_device_ = nodes->render.value_or(nodes->primary);
  auto source =
      loop_.watch(drm_->fd(), IoEvents::Readable | IoEvents::Urgent, [this](IoEvents events) { read_events(events); });
  if (!source)
    return source.error();
  source_ = std::move(*source);
  auto leaving = loop_.make_timer([this] { release_leaving(); });
  if (!leaving)
    return leaving.error();
  leaving_timer_ = std::move(*leaving);
  auto look_again = loop_.make_timer([this] { look(std::nullopt); });
  if (!look_again)
    return look_again.error();
  look_timer_ = std::move(*look_again);
  return {};
}

// What is to be given back grows with each output that is lit for the first time.
void KmsDevice::guard_against_crash() {
  if (!device_)
    return;
  crash_restore_.reset();
  auto armed = CrashRestore::arm(*drm_, handover_.as_found(*drm_));
  if (armed)
    crash_restore_ = std::move(*armed);
  else
    log_.debug("{}", armed.error().text());
}

KmsDevice::~KmsDevice() {
  stop_following();
  listener_ = nullptr;
  if (source_) {
    source_.reset();
    if (!drm_->is_master())
      log_.debug("the display is another's now: nothing to give back");
    else if (!finish_flips(last_flip_patience))
      log_.warn("cannot give the display back: it still waits for a fence of its last frame");
    else if (const auto restored = handover_.restore(*drm_); !restored)
      log_.warn("cannot give the display back: {}", restored.error().text());
    else if (!*restored)
      log_.debug("what the display showed before is gone: switched it off");
  }
  crash_restore_.reset();
  framebuffers_.reset();
  for (const auto& [mode, blob] : mode_blobs_)
    drm_->destroy_blob(blob);
}

// A blocking commit waits for the flip before it, and for that one's fences without any limit: a fence that never
// signals must not hold up the end of the session.
bool KmsDevice::finish_flips(std::chrono::milliseconds patience) {
  const auto busy = [](const Activity& activity) { return activity.in_flight.has_value(); };
  const TimePoint deadline = loop_.clock().now() + patience;
  while (std::any_of(activities_.begin(), activities_.end(), busy)) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - loop_.clock().now()).count();
    if (left <= 0 || !drm_->wait_for_events(static_cast<int>(left)))
      return false;
    read_events(IoEvents::Readable);
  }
  return true;
}

std::optional<std::size_t> KmsDevice::index_of(OutputId output) const {
  for (std::size_t i = 0; i < outputs_.size(); ++i)
    if (outputs_[i].info.id == output)
      return i;
  return std::nullopt;
}

// Many primary planes know no alpha, since nothing lies below them. The kernel compares a framebuffer's format with the
// plane's list to the letter, so an image with alpha needs a framebuffer without it there. It is used only where its
// alpha is 1 (PlanePlanner).
FramebufferCache::Kinds KmsDevice::framebuffers_of(FormatModifier format) const {
  const FormatModifier opaque{without_alpha(format.fourcc), format.modifier};
  bool as_is = false, without = false;
  for (const OutputInfo& output : infos_)
    for (const PlaneInfo& plane : output.planes) {
      as_is = as_is || plane.takes(format);
      without = without || (!plane.takes(format) && plane.takes(opaque));
    }
  return !without ? FramebufferCache::Kinds::AsIs
         : as_is  ? FramebufferCache::Kinds::Both
                  : FramebufferCache::Kinds::Opaque;
}

std::optional<std::uint32_t> KmsDevice::framebuffer(std::size_t index, const PlaneState& state) const {
  const std::vector<PlaneInfo>& planes = infos_[index].planes;
  const auto plane =
      std::find_if(planes.begin(), planes.end(), [&state](const PlaneInfo& info) { return info.id == state.plane; });
  return plane == planes.end() ? std::nullopt : framebuffers_->find(state.buffer, *plane);
}

Result<void> KmsDevice::import_buffer(BufferId buffer, const DmabufAttributes& attributes) {
  return framebuffers_->import(buffer, attributes, framebuffers_of(attributes.format));
}

Result<DmabufAttributes> KmsDevice::allocate(BufferId buffer, Size size, std::span<const FormatModifier> formats) {
  if (!allocator_)
    return Error{"the display has no allocator", ENOSYS};
  auto made = allocator_->allocate(size, formats);
  if (!made)
    return made;
  if (auto known = framebuffers_->import(buffer, *made); !known)
    return known.error();
  return made;
}

Result<MappedImage> KmsDevice::allocate_cursor(BufferId buffer, OutputId output) {
  const auto index = index_of(output);
  if (!index)
    return Error{"no such output", ENOENT};
  const auto& info = infos_[*index];
  if (info.cursor_size.empty())
    return Error{fmt::format("{} has no cursor plane", info.name), ENOENT};
  const auto made = framebuffers_->create_mapped(buffer, info.cursor_size);
  if (!made)
    return made.error();
  return MappedImage{.buffer = buffer, .size = info.cursor_size, .stride = made->pitch, .pixels = made->pixels};
}

bool KmsDevice::in_use(std::uint32_t framebuffer) const {
  const auto holds = [&](const Framebuffers& list) {
    return std::find(list.begin(), list.end(), framebuffer) != list.end();
  };
  const auto uses = [&](const Activity& activity) {
    return holds(activity.shown) || holds(activity.coming) ||
           std::any_of(activity.abandoned.begin(), activity.abandoned.end(),
                       [&](const auto& frame) { return holds(frame.second); });
  };
  return std::any_of(activities_.begin(), activities_.end(), uses) ||
         std::any_of(leaving_.begin(), leaving_.end(), [&](const Leaving& gone) { return uses(gone.activity); });
}

void KmsDevice::forget_buffer(BufferId buffer) {
  framebuffers_->forget(buffer, [this](std::uint32_t framebuffer) { return in_use(framebuffer); });
}

Result<std::uint32_t> KmsDevice::mode_blob(std::size_t index, const Mode& mode) const {
  const auto key = std::pair(infos_[index].id, mode.id);
  if (const auto found = mode_blobs_.find(key); found != mode_blobs_.end())
    return found->second;
  const auto& modes = outputs_[index].modes;
  if (mode.id >= modes.size())
    return Error{fmt::format("{} has no mode {}", outputs_[index].info.name, mode.id), EINVAL};
  const auto blob = drm_->create_blob(std::as_bytes(std::span(&modes[mode.id], 1)));
  if (blob)
    mode_blobs_.emplace(key, *blob);
  return blob;
}

Result<void> KmsDevice::request_for(std::size_t index, const OutputState& state) const {
  CommitContext context{.output = outputs_[index],
                        .framebuffer = [this, index](const PlaneState& plane) { return framebuffer(index, plane); },
                        .planes_on = activities_[index].planes,
                        .dressed = activities_[index].dressed,
                        .coloured = activities_[index].coloured,
                        .variable_refresh = activities_[index].variable_refresh,
                        .content = activities_[index].content};
  if (state.modeset) {
    const auto blob = mode_blob(index, state.mode);
    if (!blob)
      return blob.error();
    context.mode_blob = *blob;
  } else if (!activities_[index].lit) {
    // The kernel's test lets this pass, and its commit does not: there is no flip to report.
    return Error{fmt::format("{} is off, and the state may not set a mode", infos_[index].name), EINVAL};
  } else if (state.mode.id != infos_[index].mode.id) {
    return Error{fmt::format("{} shows another mode, and the state may not set one", infos_[index].name), EINVAL};
  }
  if (state.tears && !async_flips_)
    return Error{fmt::format("{} cannot flip asynchronously", infos_[index].name), EOPNOTSUPP};
  const auto built =
      state.tears ? build_async_request(context, state, request_) : build_request(context, state, request_);
  if (built && state.modeset && !activities_[index].lit)
    handover_.add_evictions(request_, outputs_[index], [this](std::uint32_t object) { return at_work(object); });
  return built;
}

bool KmsDevice::at_work(std::uint32_t object) const {
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    const auto& planes = outputs_[i].planes;
    if (activities_[i].lit &&
        (outputs_[i].connector == object || outputs_[i].crtc == object ||
         std::any_of(planes.begin(), planes.end(), [&](const KmsPlane& plane) { return plane.id == object; })))
      return true;
  }
  return false;
}

Result<void> KmsDevice::accepts(const OutputState& state) const {
  const auto index = index_of(state.output);
  if (!index)
    return Error{"no such output", ENOENT};
  if (const auto built = request_for(*index, state); !built)
    return built.error();
  return drm_->test(request_, (state.modeset ? std::uint32_t{DRM_MODE_ATOMIC_ALLOW_MODESET} : 0U) |
                                  (state.tears ? std::uint32_t{DRM_MODE_PAGE_FLIP_ASYNC} : 0U));
}

Result<UniqueFd> KmsDevice::submit_with_fence(OutputState&& state) {
  UniqueFd fence;
  if (auto sent = submit(std::move(state), &fence); !sent)
    return sent.error();
  return fence;
}

// `fence`: where the commit's out-fence goes, if the driver has one. Not with a modeset, nor with an async flip: the
// kernel takes no property of the CRTC with that.
Result<void> KmsDevice::submit(OutputState&& state, UniqueFd* fence) {
  const auto index = index_of(state.output);
  if (!index)
    return Error{"no such output", ENOENT};
  auto& activity = activities_[*index];
  if (activity.in_flight)
    return Error{fmt::format("{} has a state in flight", infos_[*index].name), EBUSY};
  if (const auto built = request_for(*index, state); !built)
    return built.error();
  // The kernel writes a descriptor there, of a fence that signals when this state's flip has happened: on each plane
  // the framebuffer before it is not read any more then (OUT_FENCE_PTR in the kernel's KMS properties).
  std::int32_t out_fence = -1;
  if (const std::uint32_t property = outputs_[*index].crtc_properties.out_fence_ptr;
      fence != nullptr && property != 0 && !state.modeset && !state.tears)
    request_.add(outputs_[*index].crtc, property,
                 static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&out_fence)));
  // A CRTC that is off and stays off has no flip to tell of: it is told here.
  const bool silent = !state.active && !activity.running;
  // Where the CRTC already runs this mode on this connector, the display is taken over without going dark.
  const bool as_it_is = state.modeset && state.active && !activity.lit && drm_->test(request_, 0);
  const std::uint32_t flags = DRM_MODE_ATOMIC_NONBLOCK | (silent ? 0U : std::uint32_t{DRM_MODE_PAGE_FLIP_EVENT}) |
                              (state.modeset && !as_it_is ? std::uint32_t{DRM_MODE_ATOMIC_ALLOW_MODESET} : 0U) |
                              (state.tears ? std::uint32_t{DRM_MODE_PAGE_FLIP_ASYNC} : 0U);
  const TimePoint sent_at = state.tears ? loop_.clock().now() : TimePoint{};
  auto sent = drm_->commit(request_, flags, static_cast<std::uint64_t>(state.frame));
  if (!sent && as_it_is)
    sent = drm_->commit(request_, flags | DRM_MODE_ATOMIC_ALLOW_MODESET, static_cast<std::uint64_t>(state.frame));
  if (!sent)
    return sent;
  if (fence != nullptr && out_fence >= 0)
    *fence = UniqueFd(out_fence);
  // The kernel has its own hold on the fences now.
  for (PlaneState& plane : state.planes)
    plane.in_fence.reset();
  const OutputState& taken = state;
  activity.in_flight = taken.frame;
  activity.planes.clear();
  activity.coming.clear();
  activity.coloured = taken.background != black;
  activity.variable_refresh = taken.variable_refresh;
  activity.content = taken.content;
  activity.torn = taken.tears ? std::optional(sent_at) : std::nullopt;
  if (taken.modeset)
    activity.dressed.clear();
  for (const auto& plane : taken.planes) {
    const auto id = static_cast<std::uint32_t>(plane.plane);
    activity.planes.push_back(id);
    std::erase(activity.dressed, id);
    if (dressed(plane))
      activity.dressed.push_back(id);
    activity.coming.push_back(framebuffer(*index, plane).value_or(0));
  }
  if (taken.modeset) {
    activity.lit = activity.running = taken.active;
    infos_[*index].mode = taken.mode;
    handover_.note(request_);
    guard_against_crash();
  }
  if (silent)
    loop_.defer([this, alive = std::weak_ptr(alive_),
                 flip = PageFlip{.crtc = outputs_[*index].crtc, .cookie = static_cast<std::uint64_t>(taken.frame)}] {
      if (!alive.expired())
        handle_flip(flip);
    });
  return {};
}

void KmsDevice::abandon(OutputId output) {
  const auto index = index_of(output);
  if (!index || !activities_[*index].in_flight)
    return;
  Activity& activity = activities_[*index];
  activity.abandoned.emplace_back(*std::exchange(activity.in_flight, std::nullopt), std::exchange(activity.coming, {}));
}

void KmsDevice::read_events(IoEvents events) {
  events_.clear();
  const auto read = drm_->read_events(events_);
  // Those who are told of a flip may cause whatever they like.
  const auto flips = std::exchange(events_, {});
  for (const auto& flip : flips)
    handle_flip(flip);
  if (read && !has(events, IoEvents::Hangup) && !has(events, IoEvents::Error))
    return;
  // A card that is gone stays readable for ever: watching it on would spin.
  if (!read)
    log_.error("the display's card cannot be read: {}", read.error().text());
  card_removed();
}

void KmsDevice::handle_flip(const PageFlip& flip) {
  const FrameId frame{flip.cookie};
  for (auto gone = leaving_.begin(); gone != leaving_.end(); ++gone)
    if (gone->output.crtc == flip.crtc) {
      gone->activity.in_flight.reset();
      // Whoever waits for its CRTC need not wait for the timer.
      leaving_timer_->arm(loop_.clock().now());
      return;
    }
  for (std::size_t i = 0; i < outputs_.size(); ++i)
    if (outputs_[i].crtc == flip.crtc)
      return finish_flip(i, frame, flip);
}

void KmsDevice::finish_flip(std::size_t index, FrameId frame, const PageFlip& flip) {
  Activity& activity = activities_[index];
  const auto late = std::find_if(activity.abandoned.begin(), activity.abandoned.end(),
                                 [frame](const auto& entry) { return entry.first == frame; });
  std::optional<TimePoint> torn;
  if (activity.in_flight == frame) {
    torn = std::exchange(activity.torn, std::nullopt);
    activity.in_flight.reset();
    activity.shown.swap(activity.coming);
    activity.coming.clear();
    activity.abandoned.clear();
  } else if (late != activity.abandoned.end()) {
    activity.shown = std::move(late->second);
    activity.abandoned.erase(activity.abandoned.begin(), std::next(late));
  } else {
    return;
  }
  framebuffers_->collect([this](std::uint32_t framebuffer) { return in_use(framebuffer); });
  // With an async flip the kernel tells of the blank before it (drm_crtc_send_vblank_event), which says nothing of the
  // flip where that is older than the commit: we were told of it at once.
  const bool of_flip = !torn || flip.time_ns >= torn->ns;
  const bool own_clock = monotonic_events_ && flip.time_ns != 0 && of_flip;
  const FlipEvent event{.output = infos_[index].id,
                        .frame = frame,
                        .time = own_clock ? TimePoint{flip.time_ns} : loop_.clock().now(),
                        .sequence = activity.sequence.extend(flip.sequence),
                        .hardware_clock = own_clock,
                        .vsync = !torn,
                        .torn = torn.has_value(),
                        .variable = activity.variable_refresh};
  if (listener_ != nullptr)
    listener_->flipped(event);
}

} // namespace fenceline
