// What the renderer does when Vulkan calls fail that never fail in an ordinary session.

#include <drm_fourcc.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/udmabuf.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compositor/base/epoll_loop.h"
#include "renderer/dmabuf_image.h"
#include "renderer/frame_ring.h"
#include "renderer/vulkan_composer.h"
#include "renderer/vulkan_instance.h"
#include "tests/support/vulkan_faults.h"
#include "tests/support/when_composed.h"

namespace fenceline {

namespace {

class RendererFaults : public ::testing::Test {
 protected:
  void SetUp() override {
    test::vulkan_faults() = {};
    auto instance = VulkanInstance::create(log_, true);
    if (!instance)
      GTEST_SKIP() << "SKIP: " << instance.error().text();
    instance_ = std::move(*instance);
    auto chosen = choose_device(find_devices(instance_->handle()), {});
    if (!chosen)
      GTEST_SKIP() << "SKIP: " << chosen.error().text();
    adapt(*chosen);
    auto device = VulkanDevice::create(*chosen);
    if (!device) {
      // The lab says that there they must not be skipped.
      ASSERT_EQ(::getenv("FENCELINE_NEEDS_DMABUF"), nullptr) << device.error().text();
      GTEST_SKIP() << "SKIP: " << device.error().text();
    }
    device_ = std::move(*device);
  }
  /// Before the device is opened.
  virtual void adapt(DeviceCandidate&) {}
  void TearDown() override {
    device_.reset();
    if (instance_) {
      EXPECT_EQ(instance_->validation_errors(), 0U);
    }
    test::vulkan_faults() = {};
  }

  Log log_{LogLevel::Warn};
  std::unique_ptr<VulkanInstance> instance_;
  std::unique_ptr<VulkanDevice> device_;
};

class FenceFaults : public RendererFaults {
 protected:
  // A CPU device can export them too; in a session it may not, because its export blocks.
  void adapt(DeviceCandidate& candidate) override { candidate.sync_file = true; }
  void SetUp() override {
    RendererFaults::SetUp();
    if (!device_)
      return;
    auto ring = FrameRing::create(*device_);
    ASSERT_TRUE(ring) << ring.error().text();
    ring_ = std::move(*ring);
  }
  void TearDown() override {
    ring_.reset();
    EXPECT_EQ(test::vulkan_faults().semaphores_alive, 0);
    RendererFaults::TearDown();
  }

  /// One empty submission with a fence, run to its end.
  Result<UniqueFd> run() {
    auto frame = ring_->begin();
    if (!frame)
      return frame.error();
    const auto value = ring_->submit(**frame, true);
    if (!value)
      return value.error();
    auto fence = ring_->export_fence(**frame);
    const auto reached = ring_->wait(*value, 10'000'000'000);
    EXPECT_TRUE(reached && *reached);
    ring_->collect();
    return fence;
  }

  std::unique_ptr<FrameRing> ring_;
};

TEST_F(FenceFaults, AFenceThatCannotBeExportedIsAnErrorOnce) {
  ASSERT_TRUE(run());
  test::vulkan_faults().failing_fence_files = 1;
  EXPECT_FALSE(run());
  EXPECT_TRUE(run());
}

TEST_F(FenceFaults, WhatIsKeptLivesUntilTheFramesInFlightAreDone) {
  auto idle = std::make_shared<int>(1);
  const std::weak_ptr<int> gone = idle;
  ring_->keep(std::move(idle));
  EXPECT_TRUE(gone.expired()) << "nothing is in flight";
  auto frame = ring_->begin();
  ASSERT_TRUE(frame);
  const auto value = ring_->submit(**frame, false);
  ASSERT_TRUE(value);
  auto texture = std::make_shared<int>(2);
  const std::weak_ptr<int> kept = texture;
  ring_->keep(std::move(texture));
  EXPECT_FALSE(kept.expired());
  const auto reached = ring_->wait(*value, 10'000'000'000);
  ASSERT_TRUE(reached && *reached);
  ring_->collect();
  EXPECT_TRUE(kept.expired());
}

TEST_F(FenceFaults, WithoutASemaphoreThereIsNoFenceUntilOneCanBeMade) {
  ASSERT_TRUE(run());
  test::vulkan_faults().failing_fence_files = 1;
  test::vulkan_faults().failing_semaphores = 3;
  for (int i = 0; i < 4; ++i) {
    const auto fence = run();
    ASSERT_FALSE(fence) << i;
    EXPECT_NE(fence.error().text().find("fence"), std::string::npos) << fence.error().text();
    if (test::vulkan_faults().failing_semaphores == 0)
      break;
  }
  EXPECT_EQ(test::vulkan_faults().failing_semaphores, 0) << "each use tries again";
  EXPECT_TRUE(run());
  EXPECT_EQ(test::vulkan_faults().files_of_no_semaphore, 0);
}

TEST_F(FenceFaults, AFrameIsDrawnThoughItsFirstSemaphoreCannotBeMade) {
  test::vulkan_faults().failing_semaphores = 1;
  const auto frame = ring_->begin();
  ASSERT_TRUE(frame) << frame.error().text();
  const auto value = ring_->submit(**frame, true);
  ASSERT_TRUE(value);
  EXPECT_FALSE(ring_->export_fence(**frame));
  const auto reached = ring_->wait(*value, 10'000'000'000);
  EXPECT_TRUE(reached && *reached);
  EXPECT_TRUE(run());
}

/// A device on which linear images have two planes, which may lie apart by the driver's word.
class PlanesApart : public RendererFaults {
 protected:
  void SetUp() override {
    RendererFaults::SetUp();
    if (device_ && !device_->facts().dmabuf) {
      ASSERT_EQ(::getenv("FENCELINE_NEEDS_DMABUF"), nullptr) << "the Vulkan device shares no dma-bufs";
      GTEST_SKIP() << "SKIP: the Vulkan device shares no dma-bufs here";
    }
    test::vulkan_faults().modifiers = [](VkFormat, VkDrmFormatModifierPropertiesListEXT& list) {
      for (std::uint32_t i = 0; list.pDrmFormatModifierProperties != nullptr && i < list.drmFormatModifierCount; ++i) {
        list.pDrmFormatModifierProperties[i].drmFormatModifierPlaneCount = 2;
        list.pDrmFormatModifierProperties[i].drmFormatModifierTilingFeatures |= VK_FORMAT_FEATURE_DISJOINT_BIT;
      }
    };
  }

  /// A dma-buf of 64 KiB.
  static UniqueFd dmabuf() {
    const UniqueFd device(::open("/dev/udmabuf", O_RDWR | O_CLOEXEC));
    const UniqueFd memory(::memfd_create("pages", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    EXPECT_EQ(::ftruncate(memory.get(), 65536), 0);
    EXPECT_EQ(::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK), 0);
    udmabuf_create request{};
    request.memfd = static_cast<std::uint32_t>(memory.get());
    request.flags = UDMABUF_FLAGS_CLOEXEC;
    request.size = 65536;
    UniqueFd made(::ioctl(device.get(), UDMABUF_CREATE, &request));
    EXPECT_TRUE(made.valid());
    return made;
  }

  static constexpr FormatModifier xrgb{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR};
};

TEST_F(PlanesApart, AreRefusedInPlainWords) {
  const FormatSupport support(*device_);
  DmabufAttributes image;
  image.size = {64, 64};
  image.format = xrgb;
  image.plane_count = 2;
  image.planes[0] = {dmabuf(), 0, 256};
  image.planes[1] = {dmabuf(), 0, 256};
  for (const DmabufUse use : {DmabufUse::Texture, DmabufUse::Target}) {
    const auto imported = import_dmabuf_image(*device_, support, image, use);
    ASSERT_FALSE(imported);
    EXPECT_EQ(imported.error().text(), "Vulkan takes all planes of an image (XR24) only from one dma-buf");
  }
}

class QueuePriority : public RendererFaults {
 protected:
  /// What a queue gets where nothing above `best` is granted.
  std::string_view granted(VkQueueGlobalPriorityKHR best) {
    test::vulkan_faults().best_priority = best;
    test::vulkan_faults().priorities_refused = 0;
    const DeviceCandidate chosen = device_->facts();
    device_.reset();
    auto device = VulkanDevice::create(chosen);
    EXPECT_TRUE(device) << device.error().text();
    if (!device)
      return {};
    device_ = std::move(*device);
    return device_->priority();
  }
};

TEST_F(QueuePriority, IsTheBestThatIsGranted) {
  if (device_->facts().priority_extension == nullptr)
    GTEST_SKIP() << "SKIP: the device knows no priorities";
  EXPECT_EQ(granted(VK_QUEUE_GLOBAL_PRIORITY_REALTIME_KHR), "realtime");
  EXPECT_EQ(granted(VK_QUEUE_GLOBAL_PRIORITY_HIGH_KHR), "high");
  EXPECT_EQ(test::vulkan_faults().priorities_refused, 1);
  EXPECT_EQ(granted(VK_QUEUE_GLOBAL_PRIORITY_MEDIUM_KHR), "ordinary");
  EXPECT_EQ(test::vulkan_faults().priorities_refused, 2);
}

/// The whole composer, on whatever device there is.
class DeviceLost : public ::testing::Test {
 protected:
  void SetUp() override {
    test::vulkan_faults() = {};
    auto loop = EpollLoop::create();
    ASSERT_TRUE(loop) << loop.error().text();
    loop_ = std::move(*loop);
    VulkanComposerOptions options;
    options.validation = true;
    auto composer = VulkanComposer::create(*loop_, log_, options);
    if (!composer)
      GTEST_SKIP() << "SKIP: " << composer.error().text();
    composer_ = std::move(*composer);
    composer_->on_lost([this](const Error& why) { told_.push_back(why); });
    ASSERT_TRUE(composer_->create_offscreen_target(target, {64, 64}));
  }
  void TearDown() override {
    if (composer_) {
      EXPECT_EQ(composer_->validation_errors(), 0U);
    }
    composer_.reset();
    test::vulkan_faults() = {};
  }
  [[nodiscard]] Result<void> compose(std::vector<std::string>& ends) {
    ComposeRequest request;
    request.target = target;
    request.size = {64, 64};
    return composer_->compose(request, test::when_composed([&ends](Result<Composed> end) {
                                ends.push_back(end ? "drawn" : end.error().text());
                              }));
  }
  void wait_until_told() {
    while (told_.empty())
      loop_->dispatch(-1);
  }

  static constexpr BufferId target{1};
  Log log_{LogLevel::Off};
  std::unique_ptr<EpollLoop> loop_;
  std::unique_ptr<VulkanComposer> composer_;
  std::vector<Error> told_;
};

TEST_F(DeviceLost, IsToldOnceAndNothingIsAskedOfItAnyMore) {
  std::vector<std::string> ends;
  test::vulkan_faults().lost_submits = 1;
  const auto failed = compose(ends);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ENODEV);
  EXPECT_TRUE(told_.empty()) << "not from within the call";
  EXPECT_EQ(compose(ends).error().code, ENODEV) << "it stays lost, whatever the device says now";
  EXPECT_EQ(composer_->create_offscreen_target(BufferId{2}, {64, 64}).error().code, ENODEV);
  wait_until_told();
  EXPECT_NE(told_.at(0).text().find("VK_ERROR_DEVICE_LOST"), std::string::npos) << told_[0].text();
  composer_->forget_buffer(target);
  for (int i = 0; i < 3; ++i)
    loop_->dispatch(0);
  EXPECT_EQ(told_.size(), 1U);
  EXPECT_TRUE(ends.empty());
}

TEST_F(DeviceLost, WhatIsInFlightEndsBeforeItIsTold) {
  std::vector<std::string> ends;
  ASSERT_TRUE(compose(ends));
  test::vulkan_faults().lost_submits = 1;
  ASSERT_FALSE(compose(ends));
  const std::size_t before = ends.size();
  wait_until_told();
  EXPECT_EQ(ends.size(), 1U) << before << " at once";
}

/// A composer that is to blend in linear light.
class LinearFaults : public DeviceLost {
 protected:
  void SetUp() override {
    DeviceLost::SetUp();
    if (!composer_)
      return;
    composer_.reset();
    VulkanComposerOptions options;
    options.validation = true;
    options.linear = true;
    auto composer = VulkanComposer::create(*loop_, log_, options);
    ASSERT_TRUE(composer) << composer.error().text();
    composer_ = std::move(*composer);
  }
  /// Half white over black.
  std::uint32_t grey(BufferId image) {
    EXPECT_TRUE(composer_->create_offscreen_target(image, {2, 2}));
    Layer veil;
    veil.surface = SurfaceId{2};
    veil.kind = BufferKind::Solid;
    veil.color = {0.5F, 0.5F, 0.5F, 0.5F};
    veil.format = {DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR};
    veil.buffer_size = {1, 1};
    veil.source = {0, 0, 1, 1};
    veil.dest = {0, 0, 2, 2};
    ComposeRequest request;
    request.target = image;
    request.size = {2, 2};
    request.layers.push_back(veil);
    bool drawn = false;
    EXPECT_TRUE(composer_->compose(
        request, test::when_composed([&drawn](Result<Composed> end) { drawn = static_cast<bool>(end); })));
    while (!drawn)
      loop_->dispatch(100);
    std::optional<Result<ReadBack>> answer;
    EXPECT_TRUE(composer_->read_back(image, {}, [&answer](Result<ReadBack> r) { answer = std::move(r); }));
    while (!answer)
      loop_->dispatch(100);
    EXPECT_TRUE(*answer);
    pollfd signalled{(*answer)->fence.get(), POLLIN, 0};
    if ((*answer)->fence.valid())
      ::poll(&signalled, 1, -1);
    return (*answer)->pixels[0] & 0xffU;
  }
};

TEST_F(LinearFaults, ATargetThatCannotBeSeenSoIsBlendedInEncodedValues) {
  EXPECT_NEAR(grey(BufferId{10}), 188, 1) << "the sRGB curve at half the light";
  test::vulkan_faults().no_srgb_views = true;
  EXPECT_NEAR(grey(BufferId{11}), 128, 1);
  test::vulkan_faults().no_srgb_views = false;
  test::vulkan_faults().no_mutable_images = true;
  EXPECT_NEAR(grey(BufferId{12}), 128, 1);
  test::vulkan_faults() = {};
  EXPECT_NEAR(grey(BufferId{13}), 188, 1);
}

} // namespace

} // namespace fenceline
