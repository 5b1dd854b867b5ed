#include <benchmark/benchmark.h>
#include <drm_fourcc.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <vector>

#include "compositor/output/plane_planner.h"
#include "tests/support/fake_composer.h"
#include "tests/support/fake_scanout.h"
#include "tests/support/recording_observer.h"

// What it costs to decide where the layers of a frame go: 16 windows on an output with 8 planes (primary, six overlays,
// cursor), 1920x1080. The display is a function here, so that the figures are the planner's own, without the kernel's
// part of a test commit. docs/measurements.md has the figures.

namespace fenceline {

namespace {

constexpr Size screen{1920, 1080};
constexpr FormatModifier xrgb{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR}, argb{DRM_FORMAT_ARGB8888, 0};
/// That no plane takes: where a window is composed for that, it is looked whether another format would help.
constexpr FormatModifier other{DRM_FORMAT_XRGB2101010, DRM_FORMAT_MOD_LINEAR};

OutputInfo eight_planes() {
  OutputInfo info = test::fake_output(1, screen);
  for (unsigned i = 0; i < 6; ++i)
    info.planes.insert(info.planes.begin() + 1 + i,
                       {.id = PlaneId{151 + i}, .type = PlaneType::Overlay, .formats = {xrgb, argb}});
  return info;
}

class NoObserver final : public FrameObserver {
 public:
  void record(const FrameEvent& event) override { benchmark::DoNotOptimize(event.value); }
  void describe(ClientId, std::string_view, int) override {}
  void describe(OutputId, std::string_view, Nanoseconds) override {}
  void describe(SurfaceId, ClientId, std::string_view) override {}
};

struct Bench {
  test::VirtualLoop loop;
  test::FakeScanout device{loop, {eight_planes()}};
  test::FakeComposer composer{loop};
  IdSource<BufferId> ids;
  Log log{LogLevel::Off};
  NoObserver observer;
  OutputInfo info = eight_planes();
  OutputImages images{device, composer, ids, log, info};
  OutputImages upper{device, composer, ids, log, info, info.planes[6]};
  CursorImages cursor_images{device, ids, info.id, info.cursor_size};
  CursorStore cursors;
  PlanePlanner planner{device,        info,    &images,  {&upper, info.planes[6].id}, nullptr,
                       cursor_images, cursors, observer, PlanePlanner::default_tests};
  SceneSnapshot snapshot{info.id, FrameId{1}, screen, {}};
  std::uint64_t frame = 0;

  Bench() {
    // Windows in a cascade: most lie over another, some of them are of wl_shm memory.
    for (std::uint32_t i = 0; i < 16; ++i) {
      Layer layer;
      layer.surface = SurfaceId{i + 1};
      layer.client = ClientId{i + 1};
      layer.kind = i % 5 == 4 ? BufferKind::Shm : BufferKind::Dmabuf;
      layer.format = xrgb;
      const auto at = static_cast<std::int32_t>(i);
      layer.dest = {(at * 97) % 1500, (at * 61) % 800, 320 + at * 10, 200 + at * 5};
      layer.buffer_size = layer.dest.size();
      layer.source = {0, 0, static_cast<double>(layer.dest.width), static_cast<double>(layer.dest.height)};
      layer.opaque = Region(layer.dest);
      snapshot.layers.push_back(std::move(layer));
    }
    for (std::uint64_t buffer = 1000; buffer < 1100; ++buffer)
      device.buffers.insert(BufferId{buffer});
    next();
  }
  /// Other buffers, as in every frame.
  void next() {
    ++frame;
    snapshot.frame = FrameId{frame};
    for (std::size_t i = 0; i < snapshot.layers.size(); ++i) {
      snapshot.layers[i].buffer = BufferId{1000 + 3 * i + frame % 3};
      snapshot.layers[i].commit = CommitId{frame * 100 + i};
    }
  }
  /// One window of so many is in a format that no plane takes.
  void refuse_formats(std::size_t of) {
    for (std::size_t i = 0; i < snapshot.layers.size(); i += of)
      if (snapshot.layers[i].kind == BufferKind::Dmabuf)
        snapshot.layers[i].format = other;
  }
  /// Another place for all: overlays that the edge cuts off elsewhere are other plans.
  void move() {
    for (Layer& layer : snapshot.layers) {
      layer.dest.x = (layer.dest.x + 13) % 1800;
      layer.opaque = Region(layer.dest);
    }
  }
};

/// Runs frames and tells the 99th percentile, too.
template <class Change>
void run(benchmark::State& state, Bench& bench, Change&& change) {
  std::vector<double> times;
  std::size_t on_planes = 0, helped = 0;
  const std::size_t asked = bench.device.tests;
  PlannedFrame planned;
  for (auto frame : state) {
    (void)frame;
    bench.next();
    change();
    const auto begin = std::chrono::steady_clock::now();
    bench.planner.plan(bench.snapshot, PlanMode::Planes, false, planned);
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
    state.SetIterationTime(took.count() / 1e6);
    times.push_back(took.count());
    on_planes = planned.overlays.size();
    helped = static_cast<std::size_t>(
        std::count_if(planned.chances.begin(), planned.chances.end(),
                      [](const SurfaceChance& chance) { return chance.chance == FormatChance::Overlay; }));
  }
  if (times.empty())
    return;
  const auto p99 = times.begin() + static_cast<std::ptrdiff_t>(times.size() * 99 / 100);
  std::nth_element(times.begin(), p99, times.end());
  state.counters["p99_us"] = *p99;
  state.counters["tests_a_frame"] = static_cast<double>(bench.device.tests - asked) / static_cast<double>(times.size());
  state.counters["overlays"] = static_cast<double>(on_planes);
  state.counters["helped_by_format"] = static_cast<double>(helped);
}

void only_buffers_change(benchmark::State& state) {
  Bench bench;
  run(state, bench, [] {});
}

void windows_move(benchmark::State& state) {
  Bench bench;
  run(state, bench, [&] { bench.move(); });
}

void nothing_is_known(benchmark::State& state) {
  Bench bench;
  run(state, bench, [&] { bench.planner.forget_answers(); });
}

void everything_is_refused(benchmark::State& state) {
  Bench bench;
  bench.device.rule = [](const OutputState& asked) { return asked.planes.size() > 1 ? EINVAL : 0; };
  run(state, bench, [&] { bench.planner.forget_answers(); });
}

void one_format_is_refused(benchmark::State& state) {
  Bench bench;
  bench.refuse_formats(bench.snapshot.layers.size());
  run(state, bench, [] {});
}

void half_the_formats_are_refused(benchmark::State& state) {
  Bench bench;
  bench.refuse_formats(2);
  run(state, bench, [] {});
}

void all_formats_are_refused(benchmark::State& state) {
  Bench bench;
  bench.refuse_formats(1);
  run(state, bench, [] {});
}

void half_the_formats_are_refused_and_windows_move(benchmark::State& state) {
  Bench bench;
  bench.refuse_formats(2);
  run(state, bench, [&] { bench.move(); });
}

void half_the_formats_and_everything_are_refused(benchmark::State& state) {
  Bench bench;
  bench.refuse_formats(2);
  bench.device.rule = [](const OutputState& asked) { return asked.planes.size() > 1 ? EINVAL : 0; };
  run(state, bench, [&] { bench.planner.forget_answers(); });
}

BENCHMARK(only_buffers_change)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(windows_move)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(nothing_is_known)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(everything_is_refused)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(one_format_is_refused)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(half_the_formats_are_refused)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(all_formats_are_refused)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(half_the_formats_are_refused_and_windows_move)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(half_the_formats_and_everything_are_refused)->UseManualTime()->Unit(benchmark::kMicrosecond);

} // namespace

} // namespace fenceline

BENCHMARK_MAIN();
