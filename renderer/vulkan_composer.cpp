#include "renderer/vulkan_composer.h"

namespace fenceline {

namespace {

using namespace std::chrono_literals;

// Staged pixels that nothing composes (their surface is hidden, say) go to their textures at this many bytes.
constexpr std::size_t max_queued_uploads = std::size_t{64} << 20;
constexpr Nanoseconds tend_delay = 100ms;
constexpr Nanoseconds poll_delay = 1ms;
constexpr std::uint64_t wait_slice_ns = 100'000'000;

std::uint64_t area(std::span<const Rect> rects) {
  std::uint64_t sum = 0;
  for (const Rect& r : rects)
    sum += static_cast<std::uint64_t>(r.width) * static_cast<std::uint64_t>(r.height);
  return sum;
}

} // namespace

Result<std::unique_ptr<VulkanComposer>> VulkanComposer::create(EventLoop& loop, Log& log,
                                                               const VulkanComposerOptions& options) {
  auto self = load(loop, log, options);
  if (self)
    if (auto attached = (*self)->attach(); !attached)
      return attached.error();
  return self;
}

Result<std::unique_ptr<VulkanComposer>> VulkanComposer::load(EventLoop& loop, Log& log,
                                                             const VulkanComposerOptions& options) {
  std::unique_ptr<VulkanComposer> self(new VulkanComposer(loop, log));
  if (auto started = self->start(options); !started)
    return started.error();
  return self;
}

Result<void> VulkanComposer::start(const VulkanComposerOptions& options) {
  auto instance = VulkanInstance::create(log_, options.validation);
  if (!instance)
    return instance.error();
  instance_ = std::move(*instance);
  auto chosen = choose_device(find_devices(instance_->handle()), options.display_device);
  if (!chosen)
    return chosen.error();
  auto device = VulkanDevice::create(*chosen);
  if (!device)
    return device.error();
  device_ = std::move(*device);
  formats_ = std::make_unique<FormatSupport>(*device_);
  auto descriptors = TextureDescriptors::create(*device_);
  if (!descriptors)
    return descriptors.error();
  descriptors_ = std::move(*descriptors);
  cache_ = std::make_unique<PipelineCache>(*device_, log_, options.cache_folder);
  auto pipelines = Pipelines::create(*device_, *cache_, descriptors_->layout());
  if (!pipelines)
    return pipelines.error();
  pipelines_ = std::move(*pipelines);
  pass_ = std::make_unique<ComposePass>(*device_, *pipelines_);
  textures_ = std::make_unique<TextureStore>(*device_, *formats_, *descriptors_,
                                             options.upload_limit.value_or(device_->own_memory() / 2));
  targets_ = std::make_unique<TargetStore>(*device_, *formats_, *pipelines_, log_, options.linear);
  reader_ = std::make_unique<ImageReader>(*device_, *targets_, *descriptors_, *pass_);
  if (auto clock = GpuClock::create(*device_, FrameRing::max_frames))
    gpu_clock_ = std::move(*clock);
  else
    no_gpu_time_ = clock.error().text();
  auto frames = FrameRing::create(*device_);
  if (!frames)
    return frames.error();
  frames_ = std::move(*frames);
  if (gpu_clock_)
    frames_->on_done([this](const GpuFrame& frame) { ended(frame); });
  return {};
}

Result<void> VulkanComposer::attach() {
  auto timer = loop_.make_timer([this] { woken(); });
  if (!timer)
    return timer.error();
  timer_ = std::move(*timer);
  if (!device_->facts().sync_file) {
    auto wait = [ring = frames_.get()](std::uint64_t value) {
      const auto reached = ring->wait(value, wait_slice_ns);
      if (!reached)
        return CompletionWaiter::Outcome::Failed;
      return *reached ? CompletionWaiter::Outcome::Reached : CompletionWaiter::Outcome::NotYet;
    };
    auto waiter = CompletionWaiter::create(loop_, std::move(wait),
                                           [this](std::uint64_t reached, bool failed) { finish(reached, failed); });
    if (!waiter)
      return waiter.error();
    waiter_ = std::move(*waiter);
  }
  log_.info("renderer: {}{}, dma-bufs {}, queue priority {}, GPU time {}", device_->facts().name,
            device_->facts().cpu ? " (CPU)" : "", device_->facts().dmabuf ? "yes" : "no", device_->priority(),
            no_gpu_time_.empty() ? "yes" : "no: " + no_gpu_time_);
  return {};
}

VulkanComposer::~VulkanComposer() {
  waiter_.reset();
  items_.clear();
  polls_ = false;
  {
    // What the answers hold goes with them, and may well ask for a buffer to be forgotten.
    const std::deque<Pending> dropped = std::exchange(pending_, {});
  }
  frames_.reset(); // Waits for the GPU, and lets go of what it still read.
}

Result<void> VulkanComposer::import_dmabuf(BufferId buffer, const DmabufAttributes& attributes) {
  // Compiled when the first video comes, not in its first frame.
  if (lost_)
    return *lost_;
  if (find_yuv_format(attributes.format.fourcc) != nullptr)
    if (auto prepared = seen(pipelines_->prepare_yuv()); !prepared)
      return prepared;
  return seen(textures_->import_dmabuf(buffer, attributes));
}

void VulkanComposer::keep_while_drawing(std::shared_ptr<const void> image) {
  if (frames_)
    frames_->keep(std::move(image));
}

void VulkanComposer::forget_buffer(BufferId buffer) {
  keep_while_drawing(textures_->find(buffer));
  keep_while_drawing(targets_->find(buffer));
  textures_->forget(buffer);
  targets_->forget(buffer);
  tend();
}

void VulkanComposer::forget_surface(SurfaceId surface) {
  keep_while_drawing(textures_->find(surface));
  textures_->forget(surface);
  missing_.erase(surface);
  tend();
}

Result<std::uint64_t> VulkanComposer::upload(SurfaceId surface, const PixelSource& pixels, const Region& damage) {
  if (lost_)
    return *lost_;
  const std::uint64_t reached = frames_->collect();
  // A picture of another size takes its place.
  std::shared_ptr<Texture> before = textures_->find(surface);
  auto read = seen(textures_->upload(surface, pixels, damage, reached));
  if (textures_->find(surface) != before)
    keep_while_drawing(std::move(before));
  if (read)
    missing_.erase(surface);
  if (read && textures_->uploads().queued_bytes() > max_queued_uploads)
    if (auto flushed = seen(flush_uploads()); !flushed)
      log_.warn("renderer: uploads wait: {}", flushed.error().text());
  return read;
}

Result<void> VulkanComposer::flush_uploads() {
  auto frame = frames_->begin();
  if (!frame)
    return frame.error();
  textures_->uploads().record((*frame)->commands);
  const auto value = frames_->submit(**frame, false);
  if (!value)
    return value.error();
  textures_->uploads().submitted(*value, (*frame)->keeps);
  tend_later(tend_delay);
  return {};
}

Result<DmabufAttributes> VulkanComposer::create_target(BufferId buffer, Size size,
                                                       std::span<const FormatModifier> formats) {
  if (lost_)
    return *lost_;
  return seen(targets_->create(buffer, size, formats));
}

Result<void> VulkanComposer::create_offscreen_target(BufferId buffer, Size size) {
  if (lost_)
    return *lost_;
  return seen(targets_->create_offscreen(buffer, size));
}

Result<void> VulkanComposer::import_target(BufferId buffer, const DmabufAttributes& attributes) {
  if (lost_)
    return *lost_;
  return seen(targets_->import(buffer, attributes));
}

void VulkanComposer::list_items(const std::vector<Layer>& layers, const Target& target, Size size, bool linear) {
  items_.clear();
  item_layers_.clear();
  parts_.find(layers, size);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Layer& layer = layers[i];
    if (parts_[i].empty())
      continue;
    const bool solid = layer.kind == BufferKind::Solid;
    std::shared_ptr<Texture> texture = solid ? nullptr : textures_->find(layer);
    if (!texture && !solid) {
      if (missing_.insert(layer.surface).second)
        log_.warn("renderer: surface {} is not drawn: its picture was never uploaded or imported",
                  static_cast<std::uint32_t>(layer.surface));
      continue;
    }
    auto map = map_layer(layer, solid ? layer.buffer_size : texture->image->size());
    if (!map)
      continue;
    const bool yuv = texture && texture->yuv != nullptr;
    if (yuv)
      map->constants.yuv = yuv_constants(*texture->yuv, layer.yuv, layer.chroma);
    const bool translucent = layer.alpha < 1.0F || (solid ? has_alpha(layer.format.fourcc) : texture->format.alpha);
    const DrawMode mode{
        .blend = translucent, .nearest = map->nearest, .solid = solid, .linear = linear && translucent, .yuv = yuv};
    if (mode.linear && solid)
      decode_color(map->constants);
    items_.push_back({std::move(texture), map->constants, mode, parts_[i], std::nullopt});
    item_layers_.push_back(&layer);
  }
  if (device_->facts().cpu)
    choose_copies(items_, item_layers_, target);
}

void VulkanComposer::keep_items(GpuFrame& frame) const {
  for (const DrawItem& item : items_)
    if (item.texture)
      frame.keeps.push_back(item.texture);
}

Result<void> VulkanComposer::compose(const ComposeRequest& request, std::shared_ptr<ComposeSink> sink) {
  const std::shared_ptr<Target> target = targets_->find(request.target);
  if (!target)
    return Error{"the image to compose to is not known"};
  if (const Size whole = target->image->size();
      request.size.empty() || request.size.width > whole.width || request.size.height > whole.height)
    return Error{fmt::format("the image to compose to is {}x{}, less than {}x{}", target->image->size().width,
                             target->image->size().height, request.size.width, request.size.height)};
  if (lost_)
    return *lost_;
  auto begun = seen(frames_->begin());
  if (!begun)
    return begun.error();
  GpuFrame& frame = **begun;

  // What lies over other planes is blended with them by the display, in encoded values: so is what it is made of.
  const bool linear = target->linear_view != VK_NULL_HANDLE && !request.transparent;
  list_items(request.layers, *target, request.size, linear);
  UploadQueue& uploads = textures_->uploads();
  if (gpu_clock_) {
    gpu_clock_->record_begin(frame.commands, frame.slot);
    frame.timed = {request.output, request.frame};
  }
  uploads.record(frame.commands);
  pass_->record(frame.commands, *target->image,
                {request.size, request.transparent, target->linear_view, target->linear_format},
                target->foreign ? ComposePass::After::Foreign : ComposePass::After::Keep, items_);
  if (gpu_clock_)
    gpu_clock_->record_end(frame.commands, frame.slot);
  const auto value = seen(frames_->submit(frame, device_->facts().sync_file));
  if (!value)
    return value.error();
  keep_items(frame);
  frame.keeps.push_back(target);
  uploads.submitted(*value, frame.keeps);

  target->drawn = true;

  // Not in place: who is told may well have the next picture drawn.
  std::vector<ComposedBytes> bytes = std::exchange(bytes_, {});
  bytes.clear();
  bytes.reserve(items_.size());
  for (std::size_t i = 0; i < items_.size(); ++i)
    bytes.push_back({item_layers_[i]->surface, area(items_[i].parts) * target->format.bytes});
  items_.clear();
  if (auto fence = fence_of(frame)) {
    sink->composed(Composed{std::move(*fence), bytes});
    bytes_ = std::move(bytes);
    return {};
  }
  wait_for(*value, [sink = std::move(sink), bytes = std::move(bytes)](Result<UniqueFd> fence) {
    if (fence)
      sink->composed(Composed{std::move(*fence), bytes});
    else
      sink->composed(fence.error());
  });
  return {};
}

/// The submission's fence; none: its end has to be waited for.
std::optional<UniqueFd> VulkanComposer::fence_of(GpuFrame& frame) {
  if (!device_->facts().sync_file)
    return std::nullopt;
  auto fence = seen(frames_->export_fence(frame));
  if (fence)
    return std::move(*fence);
  // Rare (the table of descriptors is full): the picture is on its way all the same.
  log_.warn("renderer: {}; looking for its end every millisecond", fence.error().text());
  return std::nullopt;
}

/// Has `ended` called once, without a fence, when the submission is done.
void VulkanComposer::wait_for(std::uint64_t value, std::function<void(Result<UniqueFd>)> ended) {
  if (device_->facts().sync_file || !waiter_->push(value))
    polls_ = true;
  pending_.push_back({value, std::move(ended)});
  if (polls_ && !lost_)
    timer_->arm(loop_.clock().now() + poll_delay);
}

void VulkanComposer::ended(const GpuFrame& frame) {
  if (!frame.timed || !told_time_)
    return;
  if (const auto span = gpu_clock_->read(frame.slot, loop_.clock().now()))
    told_time_({.output = frame.timed->first, .frame = frame.timed->second, .begin = span->begin, .took = span->took});
}

/// Whoever has to know is told by the timer: this may be within a call of theirs.
void VulkanComposer::lose(const Error& why) {
  if (lost_)
    return;
  lost_ = why;
  timer_->arm(loop_.clock().now());
}

void VulkanComposer::finish(std::uint64_t reached, bool failed) {
  frames_->collect();
  if (failed)
    lose(Error{"the Vulkan device is lost", ENODEV});
  while (!pending_.empty() && (failed || pending_.front().value <= reached)) {
    // It may well start the next composition.
    Pending ended = std::move(pending_.front());
    pending_.pop_front();
    if (ended.value <= reached)
      ended.ended(UniqueFd());
    else
      ended.ended(lost_.value_or(Error{"the Vulkan device is lost", ENODEV}));
  }
}

void VulkanComposer::tend_later(Nanoseconds delay) {
  if (!polls_ && !lost_)
    timer_->arm(loop_.clock().now() + delay);
}

void VulkanComposer::woken() {
  if (!lost_)
    return tend();
  finish(frames_->collect(), true);
  if (const auto told = std::exchange(told_lost_, {}))
    told(*lost_);
}

/// Lets go of what the GPU is done with, also when no frame follows.
void VulkanComposer::tend() {
  const std::uint64_t reached = frames_->collect();
  if (polls_) {
    finish(reached, !pending_.empty() && !seen(frames_->wait(pending_.front().value, 0)));
    if (lost_)
      return;
    polls_ = !pending_.empty();
    if (polls_)
      timer_->arm(loop_.clock().now() + poll_delay);
  }
  if (frames_->busy())
    tend_later(tend_delay);
}

Result<void> VulkanComposer::read_back(BufferId image, const YuvEncoding& yuv,
                                       std::function<void(Result<ReadBack>)> done) {
  const std::shared_ptr<Target> target = targets_->find(image);
  std::shared_ptr<Texture> texture = target ? nullptr : textures_->find(image);
  if (!target && !texture)
    return Error{"the image to copy is not known"};
  if (lost_)
    return *lost_;
  auto copy = seen(target ? reader_->prepare(*target) : reader_->prepare(std::move(texture), yuv));
  if (!copy)
    return copy.error();
  auto begun = seen(frames_->begin());
  if (!begun)
    return begun.error();
  GpuFrame& frame = **begun;
  reader_->record(frame, *copy);
  const auto value = seen(frames_->submit(frame, device_->facts().sync_file));
  if (!value)
    return value.error();
  tend_later(tend_delay);
  const auto pixels = copy->pixels;
  const Size size = copy->screen->image->size();
  auto ended = [pixels, size, done = std::move(done)](Result<UniqueFd> fence) {
    if (!fence)
      return done(fence.error());
    const std::span<std::byte> bytes = pixels->bytes();
    done(ReadBack{
        size, {reinterpret_cast<const std::uint32_t*>(bytes.data()), bytes.size() / 4}, pixels, std::move(*fence)});
  };
  if (auto fence = fence_of(frame))
    ended(std::move(*fence));
  else
    wait_for(*value, std::move(ended));
  return {};
}

void VulkanComposer::provoke_validation_error() {
  VkBufferCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
  info.usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT;
  VkBuffer buffer = VK_NULL_HANDLE;
  if (vkCreateBuffer(device_->handle(), &info, nullptr, &buffer) == VK_SUCCESS)
    vkDestroyBuffer(device_->handle(), buffer, nullptr);
}

} // namespace fenceline
