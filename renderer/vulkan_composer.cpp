#include "renderer/vulkan_composer.h"

#include <cstring>

namespace fenceline {

namespace {

using namespace std::chrono_literals;

// Staged pixels that nothing composes (their surface is hidden, say) go to their textures at this many bytes.
constexpr std::size_t max_queued_uploads = std::size_t{64} << 20;
constexpr Nanoseconds tend_delay = 100ms;
constexpr Nanoseconds poll_delay = 1ms;
constexpr std::uint64_t wait_slice_ns = 100'000'000;
constexpr std::uint64_t read_back_ns = 10'000'000'000;

std::uint64_t area(const std::vector<Rect>& rects) {
  std::uint64_t sum = 0;
  for (const Rect& r : rects)
    sum += static_cast<std::uint64_t>(r.width) * static_cast<std::uint64_t>(r.height);
  return sum;
}

} // namespace

Result<std::unique_ptr<VulkanComposer>> VulkanComposer::create(EventLoop& loop, Log& log,
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
  textures_ = std::make_unique<TextureStore>(*device_, *formats_, *descriptors_);
  targets_ = std::make_unique<TargetStore>(*device_, *formats_, *pipelines_);
  auto frames = FrameRing::create(*device_);
  if (!frames)
    return frames.error();
  frames_ = std::move(*frames);

  auto timer = loop_.make_timer([this] { tend(); });
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
  log_.info("renderer: {}{}, dma-bufs {}", device_->facts().name, device_->facts().cpu ? " (CPU)" : "",
            device_->facts().dmabuf ? "yes" : "no");
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
  return textures_->import_dmabuf(buffer, attributes);
}

void VulkanComposer::forget_buffer(BufferId buffer) {
  textures_->forget(buffer);
  targets_->forget(buffer);
  tend();
}

void VulkanComposer::forget_surface(SurfaceId surface) {
  textures_->forget(surface);
  missing_.erase(surface);
  tend();
}

Result<std::uint64_t> VulkanComposer::upload(SurfaceId surface, const PixelSource& pixels, const Region& damage) {
  auto read = textures_->upload(surface, pixels, damage, frames_->collect());
  if (read)
    missing_.erase(surface);
  if (read && textures_->uploads().queued_bytes() > max_queued_uploads)
    if (auto flushed = flush_uploads(); !flushed)
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
  return targets_->create(buffer, size, formats);
}

Result<void> VulkanComposer::create_offscreen_target(BufferId buffer, Size size) {
  return targets_->create_offscreen(buffer, size);
}

Result<void> VulkanComposer::import_target(BufferId buffer, const DmabufAttributes& attributes) {
  return targets_->import(buffer, attributes);
}

void VulkanComposer::list_items(const std::vector<Layer>& layers, const Target& target) {
  items_.clear();
  item_layers_.clear();
  std::vector<std::vector<Rect>> parts = visible_parts(layers, target.image->size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Layer& layer = layers[i];
    if (parts[i].empty())
      continue;
    std::shared_ptr<Texture> texture = textures_->find(layer);
    if (!texture) {
      if (missing_.insert(layer.surface).second)
        log_.warn("renderer: surface {} is not drawn: its picture was never uploaded or imported",
                  static_cast<std::uint32_t>(layer.surface));
      continue;
    }
    const auto map = map_layer(layer, texture->image->size());
    if (!map)
      continue;
    const DrawMode mode{texture->format.alpha || map->constants.alpha < 1.0F, map->nearest};
    items_.push_back({std::move(texture), map->constants, mode, std::move(parts[i]), std::nullopt});
    item_layers_.push_back(&layer);
  }
  if (device_->facts().cpu)
    choose_copies(items_, item_layers_, target);
}

void VulkanComposer::keep_items(GpuFrame& frame) const {
  for (const DrawItem& item : items_)
    frame.keeps.push_back(item.texture);
}

Result<void> VulkanComposer::compose(ComposeRequest&& request, std::function<void(Result<Composed>)> done) {
  const std::shared_ptr<Target> target = targets_->find(request.target);
  if (!target)
    return Error{"the image to compose to is not known"};
  if (target->image->size() != request.size)
    return Error{fmt::format("the image to compose to is {}x{}, not {}x{}", target->image->size().width,
                             target->image->size().height, request.size.width, request.size.height)};
  auto begun = frames_->begin();
  if (!begun)
    return begun.error();
  GpuFrame& frame = **begun;

  list_items(request.layers, *target);
  UploadQueue& uploads = textures_->uploads();
  uploads.record(frame.commands);
  pass_->record(frame.commands, *target->image,
                target->foreign ? ComposePass::After::Foreign : ComposePass::After::Keep, items_);
  const auto value = frames_->submit(frame, device_->facts().sync_file);
  if (!value)
    return value.error();
  keep_items(frame);
  frame.keeps.push_back(target);
  uploads.submitted(*value, frame.keeps);

  Composed composed;
  for (std::size_t i = 0; i < items_.size(); ++i)
    composed.bytes.push_back({item_layers_[i]->surface, area(items_[i].parts) * target->format.bytes});
  items_.clear();

  if (device_->facts().sync_file) {
    auto fence = frames_->export_fence(frame);
    if (fence) {
      composed.fence = std::move(*fence);
      done(std::move(composed));
      return {};
    }
    // Rare (the table of descriptors is full): the picture is on its way all the same.
    log_.warn("renderer: {}; looking for its end every millisecond", fence.error().text());
    polls_ = true;
  } else if (!waiter_->push(*value)) {
    polls_ = true;
  }
  pending_.push_back({*value, std::move(composed), std::move(done)});
  if (polls_)
    timer_->arm(loop_.clock().now() + poll_delay);
  return {};
}

void VulkanComposer::finish(std::uint64_t reached, bool failed) {
  frames_->collect();
  while (!pending_.empty() && (failed || pending_.front().value <= reached)) {
    // `done` may well start the next composition.
    Pending ended = std::move(pending_.front());
    pending_.pop_front();
    if (ended.value <= reached)
      ended.done(std::move(ended.composed));
    else
      ended.done(Error{"the Vulkan device is lost", ENODEV});
  }
}

void VulkanComposer::tend_later(Nanoseconds delay) {
  if (!polls_)
    timer_->arm(loop_.clock().now() + delay);
}

/// Lets go of what the GPU is done with, also when no frame follows.
void VulkanComposer::tend() {
  const std::uint64_t reached = frames_->collect();
  if (polls_) {
    const bool lost = !pending_.empty() && !frames_->wait(pending_.front().value, 0);
    finish(reached, lost);
    polls_ = !pending_.empty();
    if (polls_)
      timer_->arm(loop_.clock().now() + poll_delay);
  }
  if (frames_->busy())
    tend_later(tend_delay);
}

Result<ReadBack> VulkanComposer::read_back(const SceneSnapshot& snapshot) {
  auto target = targets_->make_offscreen(snapshot.size, VK_IMAGE_USAGE_TRANSFER_SRC_BIT);
  if (!target)
    return target.error();
  const auto width = static_cast<std::uint32_t>(snapshot.size.width);
  const auto height = static_cast<std::uint32_t>(snapshot.size.height);
  const std::size_t bytes = std::size_t{4} * width * height;
  auto made = GpuBuffer::create(*device_, bytes, VK_BUFFER_USAGE_TRANSFER_DST_BIT);
  if (!made)
    return made.error();
  const std::shared_ptr<GpuBuffer> buffer = std::move(*made);

  auto begun = frames_->begin();
  if (!begun)
    return begun.error();
  GpuFrame& frame = **begun;
  list_items(snapshot.layers, **target);
  UploadQueue& uploads = textures_->uploads();
  uploads.record(frame.commands);
  const GpuImage& image = *(*target)->image;
  pass_->record(frame.commands, image, ComposePass::After::Read, items_);
  VkBufferImageCopy copy{};
  copy.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
  copy.imageExtent = {width, height, 1};
  vkCmdCopyImageToBuffer(frame.commands, image.handle(), VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, buffer->handle(), 1,
                         &copy);
  VkMemoryBarrier2 barrier{};
  barrier.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER_2;
  barrier.srcStageMask = VK_PIPELINE_STAGE_2_COPY_BIT;
  barrier.srcAccessMask = VK_ACCESS_2_TRANSFER_WRITE_BIT;
  barrier.dstStageMask = VK_PIPELINE_STAGE_2_HOST_BIT;
  barrier.dstAccessMask = VK_ACCESS_2_HOST_READ_BIT;
  VkDependencyInfo info{};
  info.sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO;
  info.memoryBarrierCount = 1;
  info.pMemoryBarriers = &barrier;
  vkCmdPipelineBarrier2(frame.commands, &info);

  const auto value = frames_->submit(frame, false);
  if (!value)
    return value.error();
  keep_items(frame);
  items_.clear();
  frame.keeps.push_back(*target);
  frame.keeps.push_back(buffer);
  uploads.submitted(*value, frame.keeps);
  const auto reached = frames_->wait(*value, read_back_ns);
  if (!reached)
    return reached.error();
  if (!*reached)
    return Error{"the Vulkan device has not drawn a screenshot within 10 s"};

  ReadBack out;
  out.size = snapshot.size;
  out.pixels.resize(std::size_t{width} * height);
  std::memcpy(out.pixels.data(), buffer->bytes().data(), bytes);
  for (std::uint32_t& pixel : out.pixels)
    pixel |= 0xff000000U; // A copied layer left its X byte there.
  frames_->collect();
  return out;
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
