#include "compositor/app/deferred_composer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>

namespace fenceline {

/// A copy of a client's pixels, rows without padding.
class DeferredComposer::KeptPixels final : public PixelSource {
 public:
  KeptPixels(const PixelSource& from, std::uint32_t row_bytes)
      : size_(from.size()), fourcc_(from.fourcc()), stride_(row_bytes),
        bytes_(std::size_t{row_bytes} * static_cast<std::size_t>(size_.height)) {
    for (std::size_t y = 0; y < static_cast<std::size_t>(size_.height); ++y)
      // What the client has taken away is black, as in an upload.
      (void)from.read_rows(static_cast<std::uint32_t>(y), 1, std::span(bytes_).subspan(y * stride_, stride_));
  }
  [[nodiscard]] Size size() const override { return size_; }
  [[nodiscard]] std::uint32_t fourcc() const override { return fourcc_; }
  [[nodiscard]] std::uint32_t stride() const override { return stride_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_.size(); }
  bool read_rows(std::uint32_t first, std::uint32_t count, std::span<std::byte> out) const override {
    const std::size_t begin = std::min(std::size_t{first} * stride_, bytes_.size());
    const std::size_t wanted = std::min(std::size_t{count} * stride_, out.size());
    const std::size_t there = std::min(wanted, bytes_.size() - begin);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(begin), there, out.begin());
    std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(there), wanted - there, std::byte{0});
    return true;
  }

 private:
  Size size_;
  std::uint32_t fourcc_;
  std::uint32_t stride_;
  std::vector<std::byte> bytes_;
};

/// What the thread hands back.
struct DeferredComposer::Loaded {
  std::optional<Result<std::unique_ptr<Composer>>> composer;
  TimePoint asked;
};

namespace {

/// An image that was read back, with the composer whose memory it lies in: that may be a lost one by now.
struct HeldImage {
  std::shared_ptr<Composer> composer;
  std::shared_ptr<const void> memory; ///< Goes first.
};

} // namespace

Result<std::unique_ptr<DeferredComposer>> DeferredComposer::create(EventLoop& loop, Log& log,
                                                                   std::unique_ptr<ComposerMaker> maker,
                                                                   Formats formats, std::unique_ptr<Composer> loaded) {
  std::unique_ptr<DeferredComposer> self(new DeferredComposer(loop, log, std::move(maker), std::move(formats)));
  auto thread = SnapshotThread::create(loop, "renderer load");
  if (!thread)
    return thread.error();
  self->thread_ = std::move(*thread);
  auto timer = loop.make_timer([raw = self.get()] { raw->after_loss(); });
  if (!timer)
    return timer.error();
  self->after_loss_ = std::move(*timer);
  if (loaded)
    self->take(std::move(loaded));
  return self;
}

DeferredComposer::DeferredComposer(EventLoop& loop, Log& log, std::unique_ptr<ComposerMaker> maker, Formats formats)
    : loop_(loop), log_(log), maker_(std::move(maker)), formats_(std::move(formats)) {}

DeferredComposer::~DeferredComposer() {
  thread_.reset();
  // What the answers hold may ask for a buffer to be forgotten as it goes.
  const std::vector<Reading> dropped = std::exchange(readings_, {});
}

void DeferredComposer::want() {
  load("something has to be composed");
}

void DeferredComposer::load(std::string_view why) {
  if (state_ != State::Closed || loading_ || waits_)
    return;
  const auto made = std::make_shared<Loaded>();
  made->asked = loop_.clock().now();
  const auto posted = thread_->post([this, made] { made->composer = maker_->load(); }, [this, made] { loaded(*made); });
  if (posted) {
    loading_ = true;
    log_.info("{}: the renderer is being loaded", was_there_ ? "the Vulkan device was lost" : why);
  } else if (!std::exchange(said_no_thread_, true)) {
    log_.error("the renderer cannot be loaded yet: {}", posted.error().text());
  }
}

void DeferredComposer::loaded(Loaded& loaded) {
  loading_ = false;
  Result<std::unique_ptr<Composer>>& made = *loaded.composer;
  std::optional<Error> failed;
  if (!made)
    failed = made.error();
  else if (const auto attached = maker_->attach(**made); !attached)
    failed = attached.error();
  // A driver that is still busy with the reset is asked again.
  if (failed && was_there_ && count_loss(*failed))
    return;
  if (failed) {
    state_ = State::Broken;
    failure_ = failed->text();
    log_.error("no renderer: {}. What covers the screen is still scanned out; nothing else can be shown", failure_);
  } else {
    take(std::move(*made));
    hand_over();
    log_.info("the renderer was loaded in {} ms",
              std::chrono::duration_cast<std::chrono::milliseconds>(loop_.clock().now() - loaded.asked).count());
  }
  if (changed_)
    changed_();
  answer_readings();
}

void DeferredComposer::take(std::unique_ptr<Composer> composer) {
  composer_ = std::move(composer);
  composer_->on_lost([this](const Error& why) { lose(why); });
  composer_->on_gpu_time(gpu_time_);
  state_ = State::Open;
  was_there_ = true;
}

void DeferredComposer::on_gpu_time(std::function<void(const GpuTime&)> told) {
  gpu_time_ = std::move(told);
  if (composer_)
    composer_->on_gpu_time(gpu_time_);
}

void DeferredComposer::answer_readings() {
  for (Reading& reading : std::exchange(readings_, {})) {
    if (state_ == State::Broken) {
      reading.done(not_there());
      continue;
    }
    // Kept beside: who is refused has not been called.
    const auto done = std::make_shared<std::function<void(Result<ReadBack>)>>(std::move(reading.done));
    const auto started =
        read_back(reading.image, reading.yuv, [done](Result<ReadBack> image) { (*done)(std::move(image)); });
    if (!started)
      (*done)(started.error());
  }
}

/// Called by the composer, which therefore goes later.
void DeferredComposer::lose(const Error& why) {
  gone_ = std::move(composer_);
  composer_.reset();
  if (!count_loss(why)) {
    state_ = State::Broken;
    after_loss_->arm(loop_.clock().now());
    failure_ = fmt::format("the Vulkan device was lost {} times within {} s, the last time with: {}", losses_.size(),
                           loss_memory.count(), why.text());
    log_.error("no renderer any more: {}. What covers the screen is still scanned out; nothing else can be shown",
               failure_);
  }
  if (lost_)
    lost_(why);
  if (changed_)
    changed_();
  if (state_ == State::Broken)
    answer_readings();
}

/// Whether another composer is to be made, which is under way then.
bool DeferredComposer::count_loss(const Error& why) {
  const TimePoint now = loop_.clock().now();
  std::erase_if(losses_, [now](TimePoint loss) { return now - loss > loss_memory; });
  losses_.push_back(now);
  if (losses_.size() > most_losses)
    return false;
  state_ = State::Closed;
  waits_ = true;
  const auto wait = losses_.size() == 1 ? Nanoseconds::zero() : first_wait * (1U << (losses_.size() - 2));
  log_.error("the renderer is lost: {}. The last picture stays until there is another one{}", why.text(),
             wait == Nanoseconds::zero()
                 ? std::string()
                 : fmt::format(", in {} ms at the earliest",
                               std::chrono::duration_cast<std::chrono::milliseconds>(wait).count()));
  after_loss_->arm(now + wait);
  return true;
}

void DeferredComposer::after_loss() {
  waits_ = false;
  gone_.reset();
  want();
}

/// What was kept becomes the composer's, in the order in which it came.
void DeferredComposer::hand_over() {
  for (const auto& [buffer, attributes] : buffers_)
    if (const auto imported = composer_->import_dmabuf(buffer, attributes); !imported)
      log_.warn("renderer: a client's buffer cannot be drawn: {}", imported.error().text());
  for (const auto& [surface, pixels] : std::exchange(pixels_, {})) {
    const Region whole(Rect{0, 0, pixels->size().width, pixels->size().height});
    if (const auto uploaded = composer_->upload(surface, *pixels, whole); !uploaded)
      log_.warn("renderer: a client's pixels cannot be drawn: {}", uploaded.error().text());
  }
  kept_bytes_ = 0;
}

Error DeferredComposer::not_there() {
  if (state_ == State::Broken)
    return Error{"there is no renderer: " + failure_, ENODEV};
  want();
  return Error{"the renderer is not loaded yet", EAGAIN};
}

std::span<const FormatModifier> DeferredComposer::target_formats() const {
  return composer_ ? composer_->target_formats() : formats_.targets;
}

Result<void> DeferredComposer::import_dmabuf(BufferId buffer, const DmabufAttributes& attributes) {
  if (state_ == State::Broken)
    return not_there();
  if (buffers_.contains(buffer))
    return Error{"the buffer is known already", EEXIST};
  if (composer_) {
    // A device that was lost a moment ago, which nobody has been told of yet, is no fault of the buffer's.
    if (const auto imported = composer_->import_dmabuf(buffer, attributes);
        !imported && imported.error().code != ENODEV)
      return imported;
    keep_if_possible(buffer, attributes);
    return {};
  }
  if (std::find(formats_.textures.begin(), formats_.textures.end(), attributes.format) == formats_.textures.end())
    return Error{"the renderer takes no dma-bufs of that format and modifier", EINVAL};
  if (buffers_.size() + 1 >= many_buffers)
    load("clients have very many buffers");
  // What others have left no room for is no fault of this buffer's client while the device is away.
  if (was_there_) {
    keep_if_possible(buffer, attributes);
    return {};
  }
  return keep(buffer, attributes);
}

void DeferredComposer::keep_if_possible(BufferId buffer, const DmabufAttributes& attributes) {
  if (const auto kept = keep(buffer, attributes); !kept && !std::exchange(said_not_kept_, true))
    log_.warn("{}: after a loss of the Vulkan device some windows are not drawn until they show something new",
              kept.error().text());
}

Result<void> DeferredComposer::keep(BufferId buffer, const DmabufAttributes& attributes) {
  if (kept_descriptors_ + attributes.plane_count > most_descriptors)
    return Error{"too many dma-bufs are kept for the renderer", EMFILE};
  DmabufAttributes kept = attributes.duplicate();
  for (std::size_t i = 0; i < kept.plane_count; ++i)
    if (!kept.planes[i].fd.valid())
      return Error{"no descriptor is left for a dma-buf", EMFILE};
  kept_descriptors_ += kept.plane_count;
  buffers_.emplace(buffer, std::move(kept));
  return {};
}

void DeferredComposer::forget_buffer(BufferId buffer) {
  if (const auto known = buffers_.find(buffer); known != buffers_.end()) {
    kept_descriptors_ -= known->second.plane_count;
    buffers_.erase(known);
  }
  if (composer_)
    composer_->forget_buffer(buffer);
}

Result<std::uint64_t> DeferredComposer::upload(SurfaceId surface, const PixelSource& pixels, const Region& damage) {
  if (composer_)
    return composer_->upload(surface, pixels, damage);
  if (state_ == State::Broken)
    return not_there();
  const Size size = pixels.size();
  const std::uint32_t pixel = bytes_per_pixel(pixels.fourcc());
  if (size.empty() || pixel == 0)
    return Error{"pixels of a format that is not known", EINVAL};
  const std::uint64_t row = std::uint64_t{pixel} * static_cast<std::uint64_t>(size.width);
  const std::uint64_t bytes = row * static_cast<std::uint64_t>(size.height);
  const auto known = pixels_.find(surface);
  const std::uint64_t before = known == pixels_.end() ? 0 : known->second->bytes();
  if (kept_bytes_ - before + bytes > most_kept || row > pixels.stride())
    return not_there();
  pixels_[surface] = std::make_unique<KeptPixels>(pixels, static_cast<std::uint32_t>(row));
  kept_bytes_ += bytes - before;
  return bytes;
}

void DeferredComposer::forget_surface(SurfaceId surface) {
  if (composer_)
    return composer_->forget_surface(surface);
  if (const auto known = pixels_.find(surface); known != pixels_.end()) {
    kept_bytes_ -= known->second->bytes();
    pixels_.erase(known);
  }
}

Result<DmabufAttributes> DeferredComposer::create_target(BufferId buffer, Size size,
                                                         std::span<const FormatModifier> formats) {
  if (!composer_)
    return not_there();
  return composer_->create_target(buffer, size, formats);
}

Result<void> DeferredComposer::create_offscreen_target(BufferId buffer, Size size) {
  if (!composer_)
    return not_there();
  return composer_->create_offscreen_target(buffer, size);
}

Result<void> DeferredComposer::import_target(BufferId buffer, const DmabufAttributes& attributes) {
  if (!composer_)
    return not_there();
  return composer_->import_target(buffer, attributes);
}

Result<void> DeferredComposer::compose(const ComposeRequest& request, std::shared_ptr<ComposeSink> sink) {
  if (!composer_)
    return not_there();
  return composer_->compose(request, std::move(sink));
}

Result<void> DeferredComposer::read_back(BufferId image, const YuvEncoding& yuv,
                                         std::function<void(Result<ReadBack>)> done) {
  if (composer_)
    return composer_->read_back(
        image, yuv, [owner = std::weak_ptr(composer_), done = std::move(done)](Result<ReadBack> copied) {
          if (copied)
            copied->memory = std::make_shared<HeldImage>(HeldImage{owner.lock(), std::move(copied->memory)});
          done(std::move(copied));
        });
  if (state_ == State::Broken)
    return not_there();
  readings_.push_back({image, yuv, std::move(done)});
  // The planes' images may be tiled, compressed or video: the CPU cannot read them as they are.
  load("a screenshot reads what is shown");
  return {};
}

} // namespace fenceline
