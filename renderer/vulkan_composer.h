#pragma once
#include <cerrno>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>

#include "compositor/output/composer.h"
#include "renderer/completion_waiter.h"
#include "renderer/compose_pass.h"
#include "renderer/frame_ring.h"
#include "renderer/gpu_clock.h"
#include "renderer/image_reader.h"
#include "renderer/target_store.h"
#include "renderer/texture_store.h"
#include "renderer/vulkan_instance.h"

namespace fenceline {

struct VulkanComposerOptions {
  std::optional<dev_t> display_device; ///< The display's DRM device: its GPU is preferred.
  std::filesystem::path cache_folder;  ///< For compiled pipelines; empty: they are not kept.
  bool validation = false;             ///< Run with VK_LAYER_KHRONOS_validation.
  bool linear = false;                 ///< What is translucent is blended in linear light.
  /// Bytes of textures for all pictures that are uploaded; unset: half of the device's memory.
  std::optional<std::uint64_t> upload_limit;
};

/// Composer on Vulkan 1.3. Main thread only; who is told may call everything here but not destroy the composer.
/// Compositions that are still in flight when it is destroyed are waited for, and nobody is told of them any more; what
/// their sinks hold may call forget_buffer() and forget_surface() as it goes.
///
/// Making a new one after the device was lost (Composer::on_lost) is the caller's.
class VulkanComposer final : public Composer {
 public:
  /// The loop and the log outlive the composer. It writes no event: who asks for the work does, and knows what it was
  /// for.
  [[nodiscard]] static Result<std::unique_ptr<VulkanComposer>> create(EventLoop& loop, Log& log,
                                                                      const VulkanComposerOptions& options);
  /// The two halves of create(). What takes long, for any thread: no other call is made until that has returned, and
  /// until attach() was called on the main thread. One that was not attached may be destroyed on any.
  [[nodiscard]] static Result<std::unique_ptr<VulkanComposer>> load(EventLoop& loop, Log& log,
                                                                    const VulkanComposerOptions& options);
  [[nodiscard]] Result<void> attach();
  ~VulkanComposer() override;

  [[nodiscard]] std::span<const FormatModifier> texture_formats() const override { return formats_->textures(); }
  [[nodiscard]] std::span<const FormatModifier> target_formats() const override { return formats_->targets(); }
  [[nodiscard]] Result<void> import_dmabuf(BufferId buffer, const DmabufAttributes& attributes) override;
  void forget_buffer(BufferId buffer) override;
  [[nodiscard]] Result<std::uint64_t> upload(SurfaceId surface, const PixelSource& pixels,
                                             const Region& damage) override;
  void forget_surface(SurfaceId surface) override;
  [[nodiscard]] Result<DmabufAttributes> create_target(BufferId buffer, Size size,
                                                       std::span<const FormatModifier> formats) override;
  [[nodiscard]] Result<void> create_offscreen_target(BufferId buffer, Size size) override;
  [[nodiscard]] Result<void> import_target(BufferId buffer, const DmabufAttributes& attributes) override;
  [[nodiscard]] Result<void> compose(const ComposeRequest& request, std::shared_ptr<ComposeSink> sink) override;
  [[nodiscard]] Result<void> read_back(BufferId image, const YuvEncoding& yuv,
                                       std::function<void(Result<ReadBack>)> done) override;

  void on_gpu_time(std::function<void(const GpuTime&)> told) override { told_time_ = std::move(told); }
  void on_lost(std::function<void(const Error&)> lost) override { told_lost_ = std::move(lost); }

  /// Why no GPU times are told; empty: they are.
  [[nodiscard]] const std::string& no_gpu_time() const { return no_gpu_time_; }
  /// The device, for a log line or a test.
  [[nodiscard]] const DeviceCandidate& device() const { return device_->facts(); }
  /// Messages of the validation layer so far.
  [[nodiscard]] std::uint64_t validation_errors() const { return instance_->validation_errors(); }
  /// Breaks one rule of Vulkan harmlessly (a buffer of size 0), so that a test can see that the layer is there.
  void provoke_validation_error();

 private:
  /// A submission whose end is not known yet.
  struct Pending {
    std::uint64_t value = 0;
    std::function<void(Result<UniqueFd>)> ended;
  };

  VulkanComposer(EventLoop& loop, Log& log) : loop_(loop), log_(log) {}
  [[nodiscard]] Result<void> start(const VulkanComposerOptions& options);
  void list_items(const std::vector<Layer>& layers, const Target& target, Size size, bool linear);
  void keep_items(GpuFrame& frame) const;
  [[nodiscard]] Result<void> flush_uploads();
  [[nodiscard]] std::optional<UniqueFd> fence_of(GpuFrame& frame);
  void wait_for(std::uint64_t value, std::function<void(Result<UniqueFd>)> ended);
  void finish(std::uint64_t reached, bool failed);
  void woken();
  void tend();
  /// Notes whether a call has failed because the device is lost; answers the result.
  template <class Value>
  [[nodiscard]] Result<Value> seen(Result<Value> result) {
    if (!result && result.error().code == ENODEV)
      lose(result.error());
    return result;
  }
  void lose(const Error& why);
  void ended(const GpuFrame& frame);
  void keep_while_drawing(std::shared_ptr<const void> image);
  void tend_later(Nanoseconds delay);

  EventLoop& loop_;
  Log& log_;
  // In the order in which they need each other.
  std::unique_ptr<VulkanInstance> instance_;
  std::unique_ptr<VulkanDevice> device_;
  std::unique_ptr<FormatSupport> formats_;
  std::unique_ptr<TextureDescriptors> descriptors_;
  std::unique_ptr<PipelineCache> cache_;
  std::unique_ptr<Pipelines> pipelines_;
  std::unique_ptr<ComposePass> pass_;
  std::unique_ptr<TextureStore> textures_;
  std::unique_ptr<TargetStore> targets_;
  std::unique_ptr<ImageReader> reader_;
  std::unique_ptr<GpuClock> gpu_clock_; // Null where the device has none.
  std::unique_ptr<FrameRing> frames_;
  std::unique_ptr<CompletionWaiter> waiter_; // CPU devices only.
  std::unique_ptr<Timer> timer_;
  std::function<void(const Error&)> told_lost_;
  std::function<void(const GpuTime&)> told_time_;
  std::string no_gpu_time_;
  std::optional<Error> lost_; // Set: the device is lost, and why.
  bool polls_ = false;        // A composition has nobody to wait for it: the timer looks.
  std::deque<Pending> pending_;
  VisibleParts parts_;
  std::vector<DrawItem> items_;           // Their parts are parts_'.
  std::vector<const Layer*> item_layers_; // Parallel to items_; valid within one call.
  std::vector<ComposedBytes> bytes_;      // Kept for its memory.
  std::unordered_set<SurfaceId> missing_; // Surfaces that have been complained about.
};

} // namespace fenceline
