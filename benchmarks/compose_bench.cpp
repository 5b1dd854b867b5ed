#include <benchmark/benchmark.h>
#include <drm_fourcc.h>
#include <poll.h>

#include <algorithm>
#include <cstring>

#include "compositor/base/epoll_loop.h"
#include "renderer/vulkan_composer.h"
#include "tests/support/when_composed.h"

// From compose() to the finished picture at 1024x768, on whatever Vulkan device there is. The figures and what they
// mean are in docs/renderer.md.

namespace fenceline {

namespace {

constexpr Size screen{1024, 768};

/// A picture of one grey, without memory of its own.
class Grey final : public PixelSource {
 public:
  Grey(Size size, std::uint32_t fourcc) : size_(size), fourcc_(fourcc) {}
  [[nodiscard]] Size size() const override { return size_; }
  [[nodiscard]] std::uint32_t fourcc() const override { return fourcc_; }
  [[nodiscard]] std::uint32_t stride() const override { return static_cast<std::uint32_t>(size_.width) * 4; }
  bool read_rows(std::uint32_t, std::uint32_t count, std::span<std::byte> out) const override {
    std::memset(out.data(), 0x60, std::min(std::size_t{count} * stride(), out.size()));
    return true;
  }

 private:
  Size size_;
  std::uint32_t fourcc_;
};

struct Setup {
  Log log{LogLevel::Warn};
  std::unique_ptr<EpollLoop> loop;
  std::unique_ptr<VulkanComposer> composer;

  /// False when there is no Vulkan device; the state says so then.
  bool start(benchmark::State& state) {
    auto made_loop = EpollLoop::create();
    if (!made_loop) {
      state.SkipWithError(made_loop.error().text().c_str());
      return false;
    }
    loop = std::move(*made_loop);
    auto made = VulkanComposer::create(*loop, log, {});
    if (!made) {
      state.SkipWithError(made.error().text().c_str());
      return false;
    }
    composer = std::move(*made);
    state.SetLabel(composer->device().name);
    return static_cast<bool>(composer->create_offscreen_target(BufferId{1}, screen));
  }

  Layer add(std::uint32_t surface, std::uint32_t fourcc, Rect dest) const {
    (void)composer->upload(SurfaceId{surface}, Grey(dest.size(), fourcc), Region());
    Layer l;
    l.surface = SurfaceId{surface};
    l.format = {fourcc, DRM_FORMAT_MOD_LINEAR};
    l.buffer_size = dest.size();
    l.source = {0, 0, static_cast<double>(dest.width), static_cast<double>(dest.height)};
    l.dest = dest;
    if (!has_alpha(fourcc))
      l.opaque = Region(dest);
    return l;
  }

  void compose(const std::vector<Layer>& layers) const {
    ComposeRequest request;
    request.target = BufferId{1};
    request.size = screen;
    request.layers = layers;
    bool done = false;
    const auto started = composer->compose(request, test::when_composed([&](Result<Composed> composed) {
                                             if (composed && composed->fence.valid()) {
                                               pollfd fence{composed->fence.get(), POLLIN, 0};
                                               ::poll(&fence, 1, -1);
                                             }
                                             done = true;
                                           }));
    while (started && !done)
      loop->dispatch(-1);
  }
};

/// A background, an opaque window and a window with alpha, overlapping.
void ThreeLayers(benchmark::State& state) {
  Setup setup;
  if (!setup.start(state))
    return;
  const std::vector<Layer> layers = {setup.add(1, DRM_FORMAT_XRGB8888, {0, 0, 1024, 768}),
                                     setup.add(2, DRM_FORMAT_XRGB8888, {100, 80, 640, 480}),
                                     setup.add(3, DRM_FORMAT_ARGB8888, {400, 250, 512, 400})};
  setup.compose(layers);
  for (auto _ : state)
    setup.compose(layers);
}

/// The same, with one of them scaled.
void ThreeLayersOneScaled(benchmark::State& state) {
  Setup setup;
  if (!setup.start(state))
    return;
  std::vector<Layer> layers = {setup.add(1, DRM_FORMAT_XRGB8888, {0, 0, 1024, 768}),
                               setup.add(2, DRM_FORMAT_XRGB8888, {100, 80, 640, 480}),
                               setup.add(3, DRM_FORMAT_ARGB8888, {400, 250, 512, 400})};
  layers[1].dest = {100, 80, 800, 600};
  layers[1].opaque = Region(layers[1].dest);
  setup.compose(layers);
  for (auto _ : state)
    setup.compose(layers);
}

/// One opaque window that changes whole each time: upload and draw.
void UploadWholeWindow(benchmark::State& state) {
  Setup setup;
  if (!setup.start(state))
    return;
  const std::vector<Layer> layers = {setup.add(1, DRM_FORMAT_XRGB8888, {100, 80, 640, 480})};
  const Grey pixels({640, 480}, DRM_FORMAT_XRGB8888);
  const Region all(Rect{0, 0, 640, 480});
  setup.compose(layers);
  std::uint64_t bytes = 0;
  for (auto _ : state) {
    const auto read = setup.composer->upload(SurfaceId{1}, pixels, all);
    bytes += read ? *read : 0;
    setup.compose(layers);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

BENCHMARK(ThreeLayers)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(ThreeLayersOneScaled)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(UploadWholeWindow)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();

} // namespace

} // namespace fenceline

BENCHMARK_MAIN();
