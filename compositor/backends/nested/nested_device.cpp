#include "compositor/backends/nested/nested_device.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace fenceline {

namespace {

constexpr OutputId the_output{1};
constexpr PlaneId primary_plane{1}, cursor_plane{2};
/// Overlays have the numbers from here on.
constexpr std::uint32_t first_overlay = 3;
constexpr std::size_t most_overlays = 4;
/// None of the session's: ids of buffers count from 1.
constexpr BufferId probe{0xffff'ffff'ffff'ffffU};
/// Of a parent that does not say.
constexpr Nanoseconds usual_refresh{16'666'667};

/// The DRM device of that number; not valid where there is none that may be opened, or it is no DRM device.
UniqueFd open_drm(dev_t device) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/dev/dri", ignored)) {
    struct stat facts {};
    if (::stat(entry.path().c_str(), &facts) == 0 && S_ISCHR(facts.st_mode) && facts.st_rdev == device)
      return UniqueFd(::open(entry.path().c_str(), O_RDWR | O_CLOEXEC));
  }
  return {};
}

const PlaneState* plane_of(const OutputState& state, PlaneId id) {
  const auto plane = std::find_if(state.planes.begin(), state.planes.end(),
                                  [id](const PlaneState& other) { return other.plane == id; });
  return plane == state.planes.end() ? nullptr : &*plane;
}

} // namespace

Result<std::unique_ptr<NestedDevice>> NestedDevice::create(EventLoop& loop, Log& log, const NestedOptions& options) {
  std::unique_ptr<NestedDevice> device(new NestedDevice(loop, log));
  if (const Result<void> started = device->start(options); !started)
    return started.error();
  return device;
}

NestedDevice::~NestedDevice() = default;

Result<void> NestedDevice::start(const NestedOptions& options) {
  auto connection = ParentConnection::open(loop_, log_, options.own_socket);
  if (!connection)
    return connection.error();
  connection_ = std::move(*connection);
  window_ = std::make_unique<ParentWindow>(*connection_, options.size, options.fullscreen);
  hand_over_ = options.hand_over;
  if (hand_over_ && connection_->subcompositor() != nullptr)
    for (std::size_t i = 0; i < most_overlays; ++i)
      overlays_.push_back(std::make_unique<ParentOverlay>(*connection_, window_->surface()));
  formats_ = std::make_unique<ParentFormats>(*connection_, window_->surface());
  if (const Result<void> answered = connection_->wait_for(
          "the window's first size", [this] { return window_->configured() && formats_->answered(); });
      !answered)
    return answered.error();
  auto frames = ParentFrames::create(loop_, *connection_, *this);
  if (!frames)
    return frames.error();
  frames_ = std::move(*frames);
  cursor_ = std::make_unique<ParentCursor>(*connection_);
  connection_->on_lost([this](const std::string& why) {
    log_.error("{}", why);
    if (on_end_)
      on_end_(why);
  });
  window_->on_close([this] {
    log_.info("the window was closed");
    if (on_end_)
      on_end_({});
  });
  // An edge that is dragged sends sizes faster than they can be drawn: one a frame is taken.
  window_->on_resized([this] {
    if (waiting_ || frames_->busy())
      resize_pending_ = true;
    else
      resize();
  });
  // Our clients' sync objects are the device's that they allocate on.
  if (const auto device = main_device())
    drm_ = open_drm(*device);
  describe();
  return {};
}

void NestedDevice::resize() {
  resize_pending_ = false;
  info_.mode.size = window_->wanted();
  ++info_.mode.id;
  info_.modes = {info_.mode};
  if (listener_ != nullptr)
    listener_->outputs_changed();
}

void NestedDevice::describe() {
  Nanoseconds refresh = connection_->refresh();
  if (refresh <= Nanoseconds::zero())
    refresh = usual_refresh;
  info_.id = the_output;
  info_.name = "WL-1";
  info_.make = "Fenceline";
  info_.model = "nested";
  info_.mode = {.size = window_->wanted(), .refresh = refresh, .id = 1, .preferred = true};
  info_.modes = {info_.mode};
  info_.planes = {{.id = primary_plane, .type = PlaneType::Primary, .formats = formats_->formats()}};
  if (!formats_->formats().empty())
    for (std::uint32_t i = 0; i < overlays_.size(); ++i)
      info_.planes.push_back(
          {.id = PlaneId{first_overlay + i}, .type = PlaneType::Overlay, .formats = formats_->formats()});
  info_.planes.push_back({.id = cursor_plane, .type = PlaneType::Cursor, .formats = {}});
  info_.cursor_size = ParentCursor::largest;
  info_.in_fences = true;
  info_.reads_pixels = true;
}

void NestedDevice::try_images(Composer& composer) {
  std::vector<FormatModifier> common;
  const auto targets = composer.target_formats();
  for (const FormatModifier& format : info_.planes.front().formats)
    if (std::find(targets.begin(), targets.end(), format) != targets.end())
      common.push_back(format);
  if (common.empty())
    return log_.debug("the parent compositor and the renderer share no format: composed images are copied");
  const auto image = composer.create_target(probe, {64, 64}, common);
  if (!image)
    return log_.debug("composed images are copied for the parent compositor: {}", image.error().text());
  DmabufImage offered(loop_, *connection_, *image, image->format.fourcc);
  const auto answered = connection_->wait_for("a dma-buf", [&] { return offered.ready() || offered.refused(); });
  info_.reads_pixels = !answered || offered.refused();
  if (info_.reads_pixels)
    log_.info("the parent compositor does not take the renderer's images: they are copied for it");
  composer.forget_buffer(probe);
}

std::optional<std::uint32_t> NestedDevice::fourcc_for(FormatModifier format) const {
  const std::vector<FormatModifier>& taken = info_.planes.front().formats;
  // Alpha is 1 wherever the window shows a buffer as it is.
  for (const std::uint32_t fourcc : {format.fourcc, without_alpha(format.fourcc)})
    if (std::find(taken.begin(), taken.end(), FormatModifier{fourcc, format.modifier}) != taken.end())
      return fourcc;
  return std::nullopt;
}

Result<void> NestedDevice::import_buffer(BufferId buffer, const DmabufAttributes& attributes) {
  const auto fourcc = fourcc_for(attributes.format);
  if (!fourcc)
    return Error{"the parent compositor does not take the format", ENOTSUP};
  auto image = std::make_unique<DmabufImage>(loop_, *connection_, attributes, *fourcc);
  image->on_answered([this] {
    if (waiting_)
      proceed();
  });
  image->on_released([this, buffer] { released(buffer); });
  dmabufs_[buffer] = std::move(image);
  connection_->flush();
  return {};
}

std::optional<dev_t> NestedDevice::main_device() const {
  return formats_->main_device();
}

Result<DmabufAttributes> NestedDevice::allocate(BufferId, Size, std::span<const FormatModifier>) {
  return Error{"a nested display has no allocator", ENOTSUP};
}

Result<MappedImage> NestedDevice::allocate_cursor(BufferId buffer, OutputId) {
  return cursor_->allocate(buffer);
}

ParentImage* NestedDevice::find(BufferId buffer) const {
  if (const auto image = dmabufs_.find(buffer); image != dmabufs_.end())
    return image->second.get();
  const auto image = written_.find(buffer);
  return image == written_.end() ? nullptr : image->second.get();
}

bool NestedDevice::knows(BufferId buffer) const {
  const ParentImage* image = find(buffer);
  return hand_over_ && image != nullptr && image->ready() &&
         (!image->lent() || buffer == shown_ ||
          std::any_of(overlays_.begin(), overlays_.end(),
                      [buffer](const auto& overlay) { return overlay->shown() == buffer; }));
}

ParentOverlay* NestedDevice::overlay_of(PlaneId plane) const {
  const std::size_t index = static_cast<std::uint32_t>(plane) - first_overlay;
  return index < overlays_.size() ? overlays_[index].get() : nullptr;
}

bool NestedDevice::reads(BufferId buffer) const {
  const ParentImage* image = find(buffer);
  return image != nullptr && image->lent();
}

Result<std::uint64_t> NestedDevice::write_pixels(BufferId buffer, Size size, std::span<const std::uint32_t> pixels) {
  std::unique_ptr<ShmImage>& image = written_[buffer];
  if (image && image->lent())
    return Error{"the parent compositor still reads the image", EBUSY};
  if (!image || image->size() != size) {
    auto made = ShmImage::create(connection_->shm(), size, WL_SHM_FORMAT_XRGB8888);
    if (!made) {
      written_.erase(buffer);
      return made.error();
    }
    image = std::move(*made);
    image->on_released([this, buffer] { released(buffer); });
  }
  const std::span<std::uint32_t> to = image->pixels();
  if (pixels.size() != to.size())
    return Error{"an image has the wrong number of pixels", EINVAL};
  std::memcpy(to.data(), pixels.data(), pixels.size_bytes());
  return pixels.size_bytes();
}

void NestedDevice::forget_buffer(BufferId buffer) {
  cursor_->forget(buffer);
  if (const auto image = dmabufs_.find(buffer); image != dmabufs_.end()) {
    if (!image->second->ready() && !image->second->refused()) {
      // Its answer brings a buffer, which is to be given back.
      image->second->on_answered([this, raw = image->second.get()] { drop(raw); });
      forgotten_.push_back(std::move(image->second));
    } else {
      forget(std::move(image->second));
    }
    dmabufs_.erase(image);
  }
  if (const auto image = written_.find(buffer); image != written_.end()) {
    forget(std::move(image->second));
    written_.erase(image);
  }
}

void NestedDevice::forget(std::unique_ptr<ParentImage> image) {
  if (!image->lent())
    return;
  // A buffer that is destroyed while the parent reads it leaves the window's content undefined (wl_buffer.destroy).
  image->on_released([this, raw = image.get()] { drop(raw); });
  forgotten_.push_back(std::move(image));
}

void NestedDevice::drop(const ParentImage* image) {
  // Not here: a callback of its own is under way.
  loop_.defer([this, image, alive = std::weak_ptr(alive_)] {
    if (alive.expired())
      return;
    std::erase_if(forgotten_, [image](const auto& other) { return other.get() == image; });
    connection_->flush();
  });
}

void NestedDevice::released(BufferId buffer) {
  if (listener_ != nullptr)
    listener_->released(buffer);
}

Result<void> NestedDevice::accepts(const OutputState& state) const {
  if (state.output != the_output)
    return Error{"no such output", ENODEV};
  if (state.mode.size.empty() || state.mode.size.width > ParentWindow::max_side ||
      state.mode.size.height > ParentWindow::max_side)
    return Error{"a window cannot be of that size", ERANGE};
  for (const PlaneState& plane : state.planes) {
    if (plane_of(state, plane.plane) != &plane)
      return Error{"a plane is named twice", EINVAL};
    if (const Result<void> accepted = accepts_plane(plane, state.mode.size); !accepted)
      return accepted;
    // The release of an image that is in two places would end one of the two.
    const auto first = std::find_if(state.planes.begin(), state.planes.end(),
                                    [&plane](const PlaneState& other) { return other.buffer == plane.buffer; });
    if (&*first != &plane)
      return Error{"an image is named twice", ENOENT};
  }
  return {};
}

Result<void> NestedDevice::accepts_plane(const PlaneState& plane, Size window) const {
  if (plane.plane == cursor_plane)
    return {};
  const ParentImage* image = find(plane.buffer);
  if (image != nullptr && image->refused())
    return Error{"the parent compositor does not take the image", ENOENT};
  const ParentOverlay* overlay = overlay_of(plane.plane);
  if (plane.plane != primary_plane && overlay == nullptr)
    return Error{"a nested output has no such plane", EINVAL};
  // The parent has it for another place: see knows().
  const bool elsewhere = std::any_of(overlays_.begin(), overlays_.end(), [&](const auto& other) {
    return other.get() != overlay && other->shown() == plane.buffer;
  });
  if (image != nullptr && image->lent() && (elsewhere || (overlay != nullptr && overlay->shown() != plane.buffer)))
    return Error{"the parent compositor still reads the image", ENOENT};
  // An image for the primary plane that is only planned comes to be known when its pixels are written.
  if (overlay == nullptr)
    return {};
  if (image == nullptr || !image->ready())
    return Error{"the image is not known to the parent compositor", ENOENT};
  const Size size = image->size();
  const FRect whole{0, 0, static_cast<double>(size.width), static_cast<double>(size.height)};
  if (plane.source != whole || plane.dest.size() != size)
    return Error{"a subsurface is neither scaled nor cropped", EINVAL};
  // The parent would show it beyond the window's edge, too.
  if (plane.dest.intersected({0, 0, window.width, window.height}) != plane.dest)
    return Error{"a subsurface reaches out of the window", EINVAL};
  return {};
}

Result<void> NestedDevice::submit(OutputState&& state) {
  if (auto accepted = accepts(state); !accepted)
    return accepted;
  if (connection_->lost())
    return Error{"the parent compositor is gone", EPIPE};
  if (waiting_ || frames_->busy())
    return Error{"the parent compositor has not taken the frame before yet", EBUSY};
  if (const PlaneState* primary = plane_of(state, primary_plane);
      primary != nullptr && find(primary->buffer) == nullptr)
    return Error{"the image is not known to the parent compositor", ENOENT};
  if (!state.active && !show_black(state.mode.size))
    return Error{"no memory for a black window", ENOMEM};
  waiting_ = std::move(state);
  proceed();
  return {};
}

void NestedDevice::abandon(OutputId) {
  waiting_.reset();
  fence_.reset();
}

/// Sends the state that waits as soon as the parent has its image, and its fences are the parent's or has signalled.
void NestedDevice::proceed() {
  fence_.reset();
  const auto primary = std::find_if(waiting_->planes.begin(), waiting_->planes.end(),
                                    [](const PlaneState& plane) { return plane.plane == primary_plane; });
  if (primary == waiting_->planes.end())
    return commit();
  const ParentImage* image = find(primary->buffer);
  if (image == nullptr || image->refused()) {
    // Promised, and not to be had. Nobody has seen the frame; the next one is told before it is sent.
    const FlipEvent over{.output = the_output, .frame = waiting_->frame, .time = loop_.clock().now(), .seen = false};
    waiting_.reset();
    if (listener_ != nullptr)
      listener_->flipped(over);
    return;
  }
  if (!image->ready())
    return;
  // Of the image above too.
  for (const PlaneState& plane : waiting_->planes) {
    if (!plane.in_fence.valid())
      continue;
    const auto dmabuf = dmabufs_.find(plane.buffer);
    pollfd poll_fd{.fd = plane.in_fence.get(), .events = POLLIN, .revents = 0};
    const bool over = ::poll(&poll_fd, 1, 0) > 0;
    if (over || (dmabuf != dmabufs_.end() && dmabuf->second->add_fence(plane.in_fence)))
      continue;
    auto source = loop_.watch(plane.in_fence.get(), IoEvents::Readable, [this](IoEvents) { proceed(); });
    if (source) {
      fence_ = std::move(*source);
      return;
    }
    log_.warn("a frame is shown before it may be done: {}", source.error().text());
  }
  commit();
}

void NestedDevice::commit() {
  const OutputState state = std::move(*waiting_);
  waiting_.reset();
  wl_surface* surface = window_->surface();
  if (const PlaneState* primary = plane_of(state, primary_plane)) {
    ParentImage& image = *find(primary->buffer);
    if (primary->buffer != shown_)
      wl_surface_attach(surface, image.lend(), 0, 0);
    // A client may have drawn to the buffer that is shown already; what was composed to it is another one each time.
    if (primary->buffer != shown_ || dmabufs_.contains(primary->buffer))
      wl_surface_damage_buffer(surface, 0, 0, image.size().width, image.size().height);
    window_->acknowledge(image.size());
    shown_ = primary->buffer;
  }
  show_overlays(state);
  const PlaneState* cursor = plane_of(state, cursor_plane);
  cursor_->show(cursor != nullptr ? cursor->buffer : BufferId{}, hotspot_ ? hotspot_() : Point{});
  frames_->committed(surface, state.frame);
  wl_surface_commit(surface);
  connection_->flush();
}

void NestedDevice::show_overlays(const OutputState& state) {
  bool any = false;
  for (std::uint32_t i = 0; i < overlays_.size(); ++i) {
    const PlaneState* plane = plane_of(state, PlaneId{first_overlay + i});
    ParentImage* image = plane != nullptr ? find(plane->buffer) : nullptr;
    if (image != nullptr)
      overlays_[i]->show(plane->buffer, *image, plane->dest.origin());
    else
      overlays_[i]->hide();
    any = any || image != nullptr;
  }
  if (any)
    overlaid_.push_back(state.frame);
}

// A window cannot be switched off, and one without a buffer would be gone.
bool NestedDevice::show_black(Size size) {
  if (!black_ || black_->size() != size) {
    auto made = ShmImage::create(connection_->shm(), size, WL_SHM_FORMAT_XRGB8888);
    if (!made)
      return false;
    if (black_)
      forget(std::move(black_));
    black_ = std::move(*made);
  }
  wl_surface_attach(window_->surface(), black_->lend(), 0, 0);
  wl_surface_damage_buffer(window_->surface(), 0, 0, size.width, size.height);
  window_->acknowledge(size);
  shown_ = {};
  return true;
}

void NestedDevice::taken(FrameId frame, TimePoint time) {
  if (listener_ != nullptr)
    listener_->ready(the_output, frame, time);
  if (resize_pending_)
    resize();
}

void NestedDevice::ended(FlipEvent event, Nanoseconds refresh) {
  event.output = the_output;
  // The parent's word is about the window's own surface: how it has shown the others is not known.
  if (std::erase(overlaid_, event.frame) > 0)
    event.copied_again = true;
  // The display that the window is on now: its frames may be of another length than those of the one before.
  if (refresh > Nanoseconds::zero() && std::chrono::abs(refresh - info_.mode.refresh) > info_.mode.refresh / 64) {
    info_.mode.refresh = refresh;
    resize();
  }
  if (listener_ != nullptr)
    listener_->flipped(event);
}

} // namespace fenceline
