#include "demos/spin/dmabuf_frames.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <linux/dma-buf.h>
#include <stdexcept>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "demos/client/failure.h"

namespace fenceline::demos {

namespace {

/// The ring's possible formats, the best liked first.
std::vector<const PixelFormat*> formats_of(const DmabufFrames::Choice& choice) {
  std::vector<const PixelFormat*> formats{choice.format};
  for (const PixelFormat& other : pixel_formats)
    if (choice.follow && &other != choice.format && other.alpha == choice.format->alpha)
      formats.push_back(&other);
  return formats;
}

std::vector<DrawableFormat> drawable_by(const Gpu& gpu, const std::vector<const PixelFormat*>& formats) {
  std::vector<DrawableFormat> drawable;
  for (const PixelFormat* format : formats)
    drawable.push_back({format->fourcc, gpu.renderable_modifiers(format->vulkan)});
  return drawable;
}

std::string modifier_name(std::uint64_t modifier) {
  if (modifier == DRM_FORMAT_MOD_LINEAR)
    return "LINEAR";
  char text[32];
  std::snprintf(text, sizeof text, "0x%016llx", static_cast<unsigned long long>(modifier));
  return text;
}

/// Identifies a dma-buf in every process that has it.
std::uint64_t inode_of(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

/// The fences that a writer has to wait for. Empty where the kernel has no such call (before 6.0).
UniqueFd readers_of(int dmabuf) {
  dma_buf_export_sync_file request{DMA_BUF_SYNC_WRITE, -1};
  return UniqueFd(ioctl(dmabuf, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &request) == 0 ? request.fd : -1);
}

bool set_writer(int dmabuf, int sync_file) {
  dma_buf_import_sync_file request{DMA_BUF_SYNC_WRITE, sync_file};
  return ioctl(dmabuf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &request) == 0;
}

} // namespace

struct DmabufFrames::Slot {
  explicit Slot(TargetImage target) : image(std::move(target)) {}

  TargetImage image;
  Proxy<wl_buffer> buffer;
  bool failed = false; // the compositor refused it
  bool busy = false;   // committed, and not given back
  bool drawn = false;
  std::uint64_t drawing = 0; // FrameRenderer's value of the last one
  // With explicit sync:
  std::unique_ptr<SharedTimeline> release;
  std::uint64_t release_point = 0;
  UniqueFd released; // an eventfd
  std::unique_ptr<ScopedWatch> watch;
};

DmabufFrames::DmabufFrames(Connection& connection, EventLoop& loop, const DmabufFeedback& feedback, const Gpu& gpu,
                           FrameRenderer& renderer, ExplicitSync* sync, Choice choice)
    : connection_(connection), loop_(loop), feedback_(feedback), gpu_(gpu), renderer_(renderer), sync_(sync),
      choice_(choice), formats_(formats_of(choice)), drawable_(drawable_by(gpu, formats_)),
      chosen_(choose_format(feedback.preferences(), drawable_)), feedback_seen_(feedback.generation()) {
  if (chosen_.with.modifiers.empty())
    throw Failure("the compositor takes no dma-buf format that " + gpu.name() + " can draw into");
  if (sync_ != nullptr && !gpu.has_sync_files())
    waiter_.emplace(renderer, sync_->acquire_timeline());
}

DmabufFrames::~DmabufFrames() {
  for (const auto& slot : slots_)
    renderer_.wait(slot->drawing);
}

bool DmabufFrames::usable(const DmabufFeedback& feedback, const Gpu& gpu, const Choice& choice) {
  return !choose_format(feedback.preferences(), drawable_by(gpu, formats_of(choice))).with.modifiers.empty();
}

void DmabufFrames::resize(Size size) {
  size_ = size;
  make_ring();
}

void DmabufFrames::make_ring() {
  // The compositor keeps what it still shows of the old ring; only this side's own work on it must have ended.
  for (const auto& slot : slots_)
    renderer_.wait(slot->drawing);
  slots_.clear();
  for (int i = 0; i < choice_.buffers; ++i) {
    slots_.push_back(
        std::make_unique<Slot>(TargetImage::for_sharing(gpu_, size_, format().vulkan, chosen_.with.modifiers)));
    make_buffer(*slots_.back());
  }
  const auto open = [](const auto& slot) { return !slot->buffer && !slot->failed; };
  while (std::any_of(slots_.begin(), slots_.end(), open))
    connection_.roundtrip();
  for (const auto& slot : slots_) {
    if (slot->failed)
      throw Failure("the compositor could not import a dma-buf of " + std::to_string(size_.width) + "x" +
                    std::to_string(size_.height) + " in " + format().name + " with modifier " +
                    modifier_name(slot->image.modifier()));
    if (choice_.verbose)
      std::fprintf(stderr, "buffer %dx%d %s modifier %s inode %llu\n", size_.width, size_.height, format().name,
                   modifier_name(slot->image.modifier()).c_str(),
                   static_cast<unsigned long long>(inode_of(slot->image.dmabuf())));
  }
}

void DmabufFrames::make_buffer(Slot& slot) {
  static constexpr wl_buffer_listener buffer_listener = {
      // Undefined with explicit sync: there the release point tells.
      .release = [](void* data,
                    wl_buffer*) { static_cast<Slot*>(data)->busy &= static_cast<Slot*>(data)->release != nullptr; },
  };
  static constexpr zwp_linux_buffer_params_v1_listener params_listener = {
      .created =
          [](void* data, zwp_linux_buffer_params_v1* params, wl_buffer* buffer) {
            auto& made = *static_cast<Slot*>(data);
            made.buffer.reset(buffer);
            wl_buffer_add_listener(buffer, &buffer_listener, data);
            zwp_linux_buffer_params_v1_destroy(params);
          },
      .failed =
          [](void* data, zwp_linux_buffer_params_v1* params) {
            static_cast<Slot*>(data)->failed = true;
            zwp_linux_buffer_params_v1_destroy(params);
          },
  };
  const TargetImage& image = slot.image;
  zwp_linux_buffer_params_v1* params = zwp_linux_dmabuf_v1_create_params(connection_.dmabuf());
  zwp_linux_buffer_params_v1_add_listener(params, &params_listener, &slot);
  std::uint32_t index = 0;
  for (const TargetImage::Plane& plane : image.planes())
    zwp_linux_buffer_params_v1_add(params, image.dmabuf(), index++, plane.offset, plane.pitch,
                                   static_cast<std::uint32_t>(image.modifier() >> 32),
                                   static_cast<std::uint32_t>(image.modifier()));
  zwp_linux_buffer_params_v1_create(params, size_.width, size_.height, format().fourcc, 0);

  if (sync_ == nullptr)
    return;
  slot.release = sync_->make_timeline();
  slot.released = UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!slot.released.valid())
    fail_errno("eventfd", errno);
  slot.watch = std::make_unique<ScopedWatch>(loop_, slot.released.get(), [&slot] {
    eventfd_t count = 0;
    if (eventfd_read(slot.released.get(), &count) == 0)
      slot.busy = false;
  });
}

bool DmabufFrames::ready() const {
  return slots_.empty() || std::any_of(slots_.begin(), slots_.end(), [](const auto& slot) { return !slot->busy; });
}

void DmabufFrames::draw(std::uint32_t frame, wl_surface* surface) {
  if (waiter_)
    waiter_->check();
  if (feedback_.generation() != feedback_seen_)
    follow_feedback(frame);
  const auto free = std::find_if(slots_.begin(), slots_.end(), [](const auto& slot) { return !slot->busy; });
  if (free == slots_.end())
    throw std::logic_error("asked to draw while the compositor has every buffer");
  Slot& slot = **free;
  const int index = static_cast<int>(free - slots_.begin());
  if (sync_ != nullptr)
    draw_explicit(slot, index, frame);
  else
    draw_implicit(slot, index, frame);
  slot.busy = true;
  slot.drawn = true;
  wl_surface_attach(surface, slot.buffer.get(), 0, 0);
  wl_surface_damage_buffer(surface, 0, 0, size_.width, size_.height);
}

void DmabufFrames::follow_feedback(std::uint32_t frame) {
  feedback_seen_ = feedback_.generation();
  FormatChoice now = choose_format(feedback_.preferences(), drawable_);
  if (now.with.modifiers.empty())
    return; // what there is will do until something is told that can be drawn
  const PixelFormat& before = format();
  // A new ring only where it would be another: what is told anew is often the same for this device.
  const bool other = now.format != chosen_.format || now.with.modifiers != chosen_.with.modifiers;
  chosen_ = std::move(now);
  if (!other)
    return;
  make_ring();
  std::fprintf(stderr, "spin: frame %u: new buffers, %s %s instead of %s: %s\n", frame, format().name,
               modifier_name(slots_.front()->image.modifier()).c_str(), before.name,
               chosen_.with.scanout ? "for scanout" : "no scanout tranche has it");
}

void DmabufFrames::draw_explicit(Slot& slot, int index, std::uint32_t frame) {
  const std::uint64_t acquire_point = ++acquire_point_;
  if (waiter_) {
    const auto drawing = renderer_.draw(slot.image, index, frame, UniqueFd(), false);
    slot.drawing = drawing.value;
    waiter_->signal_when_done(drawing.value, acquire_point);
  } else {
    // The release point has a fence, which need not have signalled: the GPU waits for it.
    UniqueFd not_before = slot.drawn ? slot.release->timeline.export_fence(slot.release_point) : UniqueFd();
    const auto drawing = renderer_.draw(slot.image, index, frame, std::move(not_before), true);
    slot.drawing = drawing.value;
    if (drawing.fence.valid())
      sync_->acquire_timeline().import_fence(acquire_point, drawing.fence.get());
    else
      sync_->acquire_timeline().signal(acquire_point);
  }
  ++slot.release_point;
  sync_->set_points(acquire_point, *slot.release, slot.release_point);
  slot.release->timeline.notify(slot.release_point,
                                waiter_ ? SyncTimeline::Until::signalled : SyncTimeline::Until::available,
                                slot.released.get());
}

void DmabufFrames::draw_implicit(Slot& slot, int index, std::uint32_t frame) {
  const bool fences = gpu_.has_sync_files();
  UniqueFd not_before = fences && slot.drawn ? readers_of(slot.image.dmabuf()) : UniqueFd();
  const auto drawing = renderer_.draw(slot.image, index, frame, std::move(not_before), fences);
  slot.drawing = drawing.value;
  const bool told = fences && (!drawing.fence.valid() || set_writer(slot.image.dmabuf(), drawing.fence.get()));
  if (!told)
    renderer_.wait(drawing.value); // there is no way to say "not yet": commit only what is finished
}

Facts DmabufFrames::facts() const {
  std::string inodes = "[";
  for (const auto& slot : slots_)
    inodes += (inodes.size() > 1 ? ", " : "") + std::to_string(inode_of(slot->image.dmabuf()));
  return {{"device", json_string(gpu_.name())},
          {"transport", json_string("dmabuf")},
          {"width", std::to_string(size_.width)},
          {"height", std::to_string(size_.height)},
          {"format", json_string(format().name)},
          {"modifier", json_string(slots_.empty() ? "" : modifier_name(slots_.front()->image.modifier()))},
          {"buffers", std::to_string(choice_.buffers)},
          {"inodes", inodes + "]"},
          {"explicit_sync", sync_ != nullptr ? "true" : "false"},
          {"waiter_thread", waiter_ ? "true" : "false"}};
}

std::string DmabufFrames::description() const {
  return std::to_string(choice_.buffers) + " dma-bufs of " + std::to_string(size_.width) + "x" +
         std::to_string(size_.height) + ", " + format().name + " " +
         (slots_.empty() ? "" : modifier_name(slots_.front()->image.modifier())) + ", " +
         (sync_ == nullptr ? "implicit sync"
          : waiter_        ? "explicit sync by a waiter thread"
                           : "explicit sync by GPU fences") +
         ", drawn by " + gpu_.name();
}

} // namespace fenceline::demos
