#include <drm_fourcc.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/renderer/composer_fixture.h"

namespace fenceline {

namespace {

constexpr Size screen{160, 120};

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// Resident memory that is not a file's, in KiB.
long anonymous_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("RssAnon:"))
      return std::stol(line.substr(8));
  return -1;
}

TEST_F(ComposerTest, RunsAThousandFramesWithoutGrowing) {
  for (std::uint64_t t = 1; t <= 3; ++t)
    ASSERT_TRUE(composer_->create_offscreen_target(BufferId{t}, screen));
  show(1, DRM_FORMAT_XRGB8888, noise({160, 120}, 1, false));
  const ReferencePixels pixels = noise({64, 64}, 2, false);
  const ArrayPixels source(DRM_FORMAT_ARGB8888, pixels);
  const auto frame = [&](std::uint64_t i) {
    // The second surface comes, changes and goes.
    ASSERT_TRUE(composer_->upload(SurfaceId{2}, source, Region(Rect{0, 0, 64, static_cast<int>(i % 64) + 1})));
    shown_[SurfaceId{2}] = {DRM_FORMAT_ARGB8888, pixels};
    const auto composed = compose(BufferId{i % 3 + 1}, screen, {layer(1, {0, 0}), layer(2, {30, 30})});
    ASSERT_TRUE(composed) << composed.error().text();
    if (i % 10 == 9)
      composer_->forget_surface(SurfaceId{2});
  };
  for (std::uint64_t i = 0; i < 200; ++i)
    ASSERT_NO_FATAL_FAILURE(frame(i));
  const std::size_t descriptors = open_descriptors();
  const long memory = anonymous_kib();
  for (std::uint64_t i = 0; i < 1000; ++i)
    ASSERT_NO_FATAL_FAILURE(frame(i));
  EXPECT_EQ(open_descriptors(), descriptors);
  // A leak of one small picture every tenth frame would be 1600 KiB, of a frame's staging 16 MiB. The allocator and the
  // validation layer breathe by a few hundred.
  EXPECT_LE(anonymous_kib() - memory, 1024);
}

TEST_F(ComposerTest, CanBeDestroyedWithWorkInFlight) {
  ASSERT_TRUE(composer_->create_offscreen_target(BufferId{1}, screen));
  show(1, DRM_FORMAT_XRGB8888, noise({160, 120}, 1, false));
  int calls = 0;
  for (int i = 0; i < 5; ++i) {
    ComposeRequest request;
    request.target = BufferId{1};
    request.size = screen;
    request.layers = {layer(1, {i, i})};
    ASSERT_TRUE(composer_->compose(request, test::when_composed([&](Result<Composed>) { ++calls; })));
  }
  const bool at_once = composer_->device().sync_file;
  composer_.reset();
  loop_->dispatch(0);
  EXPECT_EQ(calls, at_once ? 5 : 0); // Those that had to be waited for are dropped.
}

// As a client's last buffer does, which only the composition still holds.
TEST_F(ComposerTest, WhatItsAnswersHoldMayForgetBuffersWhileItIsDestroyed) {
  struct Holder {
    Composer* composer;
    int* ended;
    ~Holder() {
      composer->forget_buffer(BufferId{2});
      composer->forget_surface(SurfaceId{1});
      ++*ended;
    }
  };
  ASSERT_TRUE(composer_->create_offscreen_target(BufferId{1}, screen));
  ASSERT_TRUE(composer_->create_offscreen_target(BufferId{2}, screen));
  show(1, DRM_FORMAT_XRGB8888, noise({160, 120}, 1, false));
  int ended = 0;
  for (int i = 0; i < 3; ++i) {
    ComposeRequest request;
    request.target = BufferId{1};
    request.size = screen;
    request.layers = {layer(1, {i, i})};
    const std::shared_ptr<Holder> held(new Holder{composer_.get(), &ended});
    ASSERT_TRUE(composer_->compose(request, test::when_composed([held](Result<Composed>) {})));
  }
  composer_.reset();
  EXPECT_EQ(ended, 3);
}

TEST_F(ComposerTest, ForgetsWhatIsStillBeingRead) {
  ASSERT_TRUE(composer_->create_offscreen_target(BufferId{1}, screen));
  show(1, DRM_FORMAT_XRGB8888, noise({160, 120}, 1, false));
  int calls = 0;
  ComposeRequest request;
  request.target = BufferId{1};
  request.size = screen;
  request.layers = {layer(1, {0, 0})};
  ASSERT_TRUE(composer_->compose(request, test::when_composed([&](Result<Composed> c) {
                                   EXPECT_TRUE(c);
                                   ++calls;
                                 })));
  composer_->forget_surface(SurfaceId{1}); // Its texture and the target live on until the GPU is done.
  composer_->forget_buffer(BufferId{1});
  while (calls == 0)
    loop_->dispatch(-1);
  EXPECT_EQ(calls, 1);
}

TEST_F(ComposerTest, ComposesFromWithinDone) {
  ASSERT_TRUE(composer_->create_offscreen_target(BufferId{1}, screen));
  show(1, DRM_FORMAT_XRGB8888, noise({160, 120}, 1, false));
  int calls = 0;
  std::function<void()> next = [&] {
    ComposeRequest request;
    request.target = BufferId{1};
    request.size = screen;
    request.layers = {layer(1, {0, 0})};
    ASSERT_TRUE(composer_->compose(request, test::when_composed([&](Result<Composed> c) {
                                     EXPECT_TRUE(c);
                                     if (++calls < 10)
                                       next();
                                   })));
  };
  next();
  while (calls < 10)
    loop_->dispatch(-1);
}

TEST_F(ComposerTest, RefusesMoreThanItCanHaveInFlight) {
  constexpr Size large{1024, 1024};
  ASSERT_TRUE(composer_->create_offscreen_target(BufferId{1}, large));
  show(1, DRM_FORMAT_ARGB8888, noise(large, 1, false));
  int started = 0, finished = 0;
  bool refused = false;
  for (int i = 0; i < 1000 && !refused; ++i) {
    ComposeRequest request;
    request.target = BufferId{1};
    request.size = large;
    request.layers = std::vector<Layer>(20, layer(1, {0, 0}));
    const auto result =
        composer_->compose(request, test::when_composed([&](Result<Composed> c) { finished += c ? 1 : 0; }));
    refused = !result;
    started += refused ? 0 : 1;
  }
  while (finished < started)
    loop_->dispatch(-1);
  EXPECT_EQ(finished, started);
  // Refused or not is the device's speed; after it everything works as before.
  EXPECT_TRUE(compose(BufferId{1}, large, {layer(1, {0, 0})}));
}

TEST_F(ComposerTest, TheValidationLayerIsThere) {
  EXPECT_EQ(composer_->validation_errors(), 0U);
  composer_->provoke_validation_error();
  EXPECT_GE(composer_->validation_errors(), 1U);
  wanted_errors_ = composer_->validation_errors();
}

TEST_F(ComposerTest, KeepsCompiledPipelinesOnDisk) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("fenceline-cache-test-" + std::to_string(::getpid()));
  VulkanComposerOptions options;
  options.cache_folder = folder / "deep";
  const auto run = [&] {
    auto composer = VulkanComposer::create(*loop_, log_, options);
    ASSERT_TRUE(composer) << composer.error().text();
    ASSERT_TRUE((*composer)->create_offscreen_target(BufferId{1}, screen));
  };
  const auto files = [&] {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(options.cache_folder))
      found.push_back(entry.path());
    return found;
  };
  run();
  ASSERT_EQ(files().size(), 1U); // And no temporary one beside it.
  const auto written = std::filesystem::file_size(files()[0]);
  EXPECT_GT(written, 24U);
  run(); // With the file.
  // Damaged in every way, it is ignored and written anew.
  for (const std::size_t keep :
       {std::size_t{0}, std::size_t{10}, std::size_t{30}, static_cast<std::size_t>(written - 1)}) {
    std::filesystem::resize_file(files()[0], keep);
    run();
    EXPECT_GT(std::filesystem::file_size(files()[0]), 24U) << "truncated to " << keep;
  }
  {
    std::fstream file(files()[0], std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(40);
    file.put('\x7f');
  }
  run();
  options.cache_folder = "/proc/no/such/place"; // Not to be written: a debug line, nothing more.
  run();
  std::filesystem::remove_all(folder);
}

} // namespace

} // namespace fenceline
