// What the renderer itself allocates in a composed frame that is like the one before, from the call to its answer. What
// is allocated within a Vulkan call is the driver's.
//
// To see who allocates in one frame: FENCELINE_ALLOCATION_STACKS=1 steady_compose_test 2>&1 | c++filt

#include <dlfcn.h>
#include <drm_fourcc.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "compositor/base/epoll_loop.h"
#include "renderer/vulkan_composer.h"
#include "tests/support/allocation_counter.h"
#include "tests/support/vulkan_faults.h"
#include "tests/support/when_composed.h"

namespace fenceline::test {
namespace {

/// A picture of one grey, without memory of its own.
class Grey final : public PixelSource {
 public:
  explicit Grey(Size size) : size_(size) {}
  [[nodiscard]] Size size() const override { return size_; }
  [[nodiscard]] std::uint32_t fourcc() const override { return DRM_FORMAT_XRGB8888; }
  [[nodiscard]] std::uint32_t stride() const override { return static_cast<std::uint32_t>(size_.width) * 4; }
  bool read_rows(std::uint32_t, std::uint32_t, std::span<std::byte> out) const override {
    std::fill(out.begin(), out.end(), std::byte{0x80});
    return true;
  }

 private:
  Size size_;
};

/// Whether a library asked that the renderer does not call for its own data: the Vulkan driver, or the loader.
bool within_vulkan(const Allocations::Stack& stack) {
  const auto place = [](void* call) {
    Dl_info found{};
    (void)::dladdr(call, &found);
    return found;
  };
  const auto begin = stack.calls.begin(), end = begin + stack.count;
  const void* const program = place(*begin).dli_fbase; // The counter's.
  const auto outside = std::find_if(begin, end, [&](void* call) { return place(call).dli_fbase != program; });
  for (auto call = outside; call != end && place(*call).dli_fbase != program; ++call) {
    const Dl_info where = place(*call);
    const std::string_view file = where.dli_fname == nullptr ? "" : where.dli_fname;
    const auto is = [file](std::string_view library) { return file.find(library) != std::string_view::npos; };
    if (!is("libstdc++") && !is("libc.so") && !is("libpixman"))
      return true;
  }
  return false;
}

class SteadyCompose : public testing::Test {
 protected:
  static constexpr Size screen{320, 240};
  static constexpr int warm_up = 64, frames = 100;

  void start() {
    auto composer = VulkanComposer::create(*loop_, log_, {});
    if (!composer)
      GTEST_SKIP() << "SKIP: " << composer.error().text();
    composer_ = std::move(*composer);
    ASSERT_TRUE(composer_->create_offscreen_target(BufferId{1}, screen));
    request_.target = BufferId{1};
    request_.size = screen;
    add(1, {0, 0, 320, 240});
    add(2, {40, 30, 100, 80});
  }
  void add(std::uint32_t surface, Rect at) {
    const Grey picture(at.size());
    ASSERT_TRUE(composer_->upload(SurfaceId{surface}, picture, Region(Rect{0, 0, at.width, at.height})));
    Layer layer;
    layer.surface = SurfaceId{surface};
    layer.format = {DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR};
    layer.buffer_size = at.size();
    layer.source = {0, 0, static_cast<double>(at.width), static_cast<double>(at.height)};
    layer.dest = at;
    layer.opaque = Region(at);
    request_.layers.push_back(layer);
  }
  void compose() {
    ASSERT_TRUE(composer_->compose(request_, sink_));
    while (!done_)
      loop_->dispatch(-1);
    done_ = false;
    pollfd fence{fence_.get(), POLLIN, 0};
    if (fence_.valid()) {
      const BookAllocations nobody(nullptr);
      ::poll(&fence, 1, -1);
    }
  }
  void run() {
    for (int i = 0; i < warm_up; ++i)
      compose();
    for (int i = 0; i < frames; ++i) {
      Allocations book{.stacks = stacks_->data()};
      {
        const BookAllocations here(&book);
        compose();
      }
      EXPECT_LT(book.stack_count, Allocations::most_stacks);
      const auto end = stacks_->begin() + static_cast<std::ptrdiff_t>(book.stack_count);
      const auto left = std::remove_if(stacks_->begin(), end, within_vulkan);
      driver_ += static_cast<std::uint64_t>(end - left);
      book.stack_count = static_cast<std::size_t>(left - stacks_->begin());
      own_ += book.stack_count;
      if (i == 0 && std::getenv("FENCELINE_ALLOCATION_STACKS") != nullptr)
        book.print_stacks();
    }
    std::printf("%d frames: %.2f allocations of the renderer's own a frame, %.2f within Vulkan\n", frames,
                static_cast<double>(own_) / frames, static_cast<double>(driver_) / frames);
  }

  Log log_{LogLevel::Warn};
  std::unique_ptr<EpollLoop> loop_ = std::move(*EpollLoop::create());
  std::unique_ptr<VulkanComposer> composer_;
  ComposeRequest request_;
  bool done_ = false;
  UniqueFd fence_;
  std::shared_ptr<ComposeSink> sink_ = when_composed([this](Result<Composed> composed) {
    done_ = true;
    ASSERT_TRUE(composed) << composed.error().text();
    fence_ = std::move(composed->fence);
  });
  std::unique_ptr<std::array<Allocations::Stack, Allocations::most_stacks>> stacks_ =
      std::make_unique<std::array<Allocations::Stack, Allocations::most_stacks>>();
  std::uint64_t own_ = 0, driver_ = 0; ///< Allocations in all frames that were counted.
};

// The bound is what was counted when this was written, and may only fall: three for the parts of a window that another
// one covers, and two to wait for a device that hands out no fences; and a queue's node now and then.

TEST_F(SteadyCompose, OfTwoWindowsThatAreCopied) {
  ASSERT_NO_FATAL_FAILURE(start());
  if (!composer_)
    return;
  run();
  EXPECT_LE(own_, 5U * frames + frames / 4);
}

// As on a GPU: each window is drawn.
TEST_F(SteadyCompose, OfTwoWindowsThatAreDrawn) {
  vulkan_faults().no_cpu = true;
  ASSERT_NO_FATAL_FAILURE(start());
  vulkan_faults().no_cpu = false;
  if (!composer_)
    return;
  run();
  EXPECT_LE(own_, 5U * frames + frames / 4);
}

} // namespace
} // namespace fenceline::test
