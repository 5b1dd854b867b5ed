#include "compositor/app/deferred_composer.h"

#include <drm_fourcc.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "compositor/base/epoll_loop.h"
#include "tests/support/when_composed.h"

namespace fenceline {
namespace {

constexpr FormatModifier xrgb{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR};
constexpr FormatModifier argb{DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR};

struct Record {
  std::vector<std::string> calls;
  std::optional<std::thread::id> loaded_on, attached_on;
  std::size_t reads = 0; ///< Pixels that were uploaded.
  std::uint32_t first_pixel = 0;
  std::function<void(const Error&)> lost; ///< The newest composer's.
  std::function<void(const GpuTime&)> gpu_time;
};

/// Writes down what it is asked for.
class RealComposer final : public Composer {
 public:
  explicit RealComposer(Record& record) : record_(record) {}
  ~RealComposer() override { record_.calls.emplace_back("gone"); }
  [[nodiscard]] std::span<const FormatModifier> texture_formats() const override { return formats_; }
  [[nodiscard]] std::span<const FormatModifier> target_formats() const override { return formats_; }
  [[nodiscard]] Result<void> import_dmabuf(BufferId buffer, const DmabufAttributes& attributes) override {
    const bool open = ::fcntl(attributes.planes[0].fd.get(), F_GETFD) >= 0;
    record_.calls.push_back(fmt::format("import {}{}", static_cast<int>(buffer), open ? "" : " closed"));
    if (buffer == BufferId{13})
      return Error{"no such memory", EINVAL};
    return {};
  }
  void forget_buffer(BufferId buffer) override {
    record_.calls.push_back(fmt::format("forget {}", static_cast<int>(buffer)));
  }
  [[nodiscard]] Result<std::uint64_t> upload(SurfaceId surface, const PixelSource& pixels, const Region&) override {
    std::vector<std::byte> bytes(std::size_t{pixels.stride()} * static_cast<std::size_t>(pixels.size().height));
    EXPECT_TRUE(pixels.read_rows(0, static_cast<std::uint32_t>(pixels.size().height), bytes));
    std::memcpy(&record_.first_pixel, bytes.data(), sizeof record_.first_pixel);
    record_.reads += bytes.size();
    record_.calls.push_back(fmt::format("upload {}", static_cast<int>(surface)));
    return bytes.size();
  }
  void forget_surface(SurfaceId surface) override {
    record_.calls.push_back(fmt::format("forget surface {}", static_cast<int>(surface)));
  }
  [[nodiscard]] Result<DmabufAttributes> create_target(BufferId, Size, std::span<const FormatModifier>) override {
    record_.calls.emplace_back("create target");
    return DmabufAttributes{};
  }
  [[nodiscard]] Result<void> create_offscreen_target(BufferId, Size) override { return {}; }
  [[nodiscard]] Result<void> import_target(BufferId, const DmabufAttributes&) override {
    record_.calls.emplace_back("import target");
    return {};
  }
  [[nodiscard]] Result<void> compose(const ComposeRequest&, std::shared_ptr<ComposeSink> sink) override {
    record_.calls.emplace_back("compose");
    sink->composed(Composed{});
    return {};
  }
  [[nodiscard]] Result<void> read_back(BufferId image, const YuvEncoding&,
                                       std::function<void(Result<ReadBack>)> done) override {
    record_.calls.push_back(fmt::format("read {}", static_cast<int>(image)));
    if (image == BufferId{99})
      return Error{"the image to copy is not known"};
    ReadBack copied;
    copied.memory = std::shared_ptr<const void>(static_cast<const void*>(nullptr), [&record = record_](const void*) {
      record.calls.emplace_back("memory gone");
    });
    done(std::move(copied));
    return {};
  }
  void on_lost(std::function<void(const Error&)> lost) override { record_.lost = std::move(lost); }
  void on_gpu_time(std::function<void(const GpuTime&)> told) override { record_.gpu_time = std::move(told); }

 private:
  Record& record_;
  std::vector<FormatModifier> formats_{xrgb};
};

struct Pixels final : PixelSource {
  Pixels(Size picture, std::uint32_t row, std::uint32_t colour) : size_(picture), stride_(row), value_(colour) {}
  [[nodiscard]] Size size() const override { return size_; }
  [[nodiscard]] std::uint32_t fourcc() const override { return DRM_FORMAT_ARGB8888; }
  [[nodiscard]] std::uint32_t stride() const override { return stride_; }
  bool read_rows(std::uint32_t, std::uint32_t, std::span<std::byte> out) const override {
    for (std::size_t i = 0; i + 4 <= out.size(); i += 4)
      std::memcpy(out.data() + i, &value_, 4);
    return true;
  }
  Size size_;
  std::uint32_t stride_;
  std::uint32_t value_;
};

class DeferredComposerTest : public testing::Test {
 protected:
  struct Maker final : ComposerMaker {
    explicit Maker(DeferredComposerTest& test) : test_(test) {}
    [[nodiscard]] Result<std::unique_ptr<Composer>> load() override {
      test_.record_.loaded_on = std::this_thread::get_id();
      test_.went_.wait();
      ++test_.loads_;
      if (test_.load_fails_)
        return Error{"no Vulkan device", ENODEV};
      return std::unique_ptr<Composer>(std::make_unique<RealComposer>(test_.record_));
    }
    [[nodiscard]] Result<void> attach(Composer&) override {
      test_.record_.attached_on = std::this_thread::get_id();
      if (test_.attach_fails_)
        return Error{"no timer", EMFILE};
      return {};
    }
    DeferredComposerTest& test_;
  };

  void SetUp() override {
    auto loop = EpollLoop::create();
    ASSERT_TRUE(loop);
    loop_ = std::move(*loop);
    auto made = DeferredComposer::create(*loop_, log_, std::make_unique<Maker>(*this),
                                         {.advertised = {xrgb}, .textures = {xrgb, argb}, .targets = {argb}});
    ASSERT_TRUE(made) << made.error().text();
    composer_ = std::move(*made);
    composer_->on_changed([this] { record_.calls.emplace_back("changed"); });
  }
  void TearDown() override {
    if (!gone_)
      go_.set_value();
    composer_.reset();
  }
  [[nodiscard]] static DmabufAttributes image(FormatModifier format = xrgb) {
    DmabufAttributes attributes;
    attributes.size = {64, 64};
    attributes.format = format;
    attributes.plane_count = 1;
    attributes.planes[0] = {UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)), 0, 256};
    return attributes;
  }
  /// The device is lost: the composer says so, from its own timer.
  void lose() { std::exchange(record_.lost, {})(Error{"cannot submit: VK_ERROR_DEVICE_LOST", ENODEV}); }
  void let_load() {
    if (!std::exchange(gone_, true))
      go_.set_value();
    while (composer_->state() == ComposerGate::State::Closed)
      loop_->dispatch(-1);
  }

  Log log_{LogLevel::Off};
  std::unique_ptr<EpollLoop> loop_;
  std::promise<void> go_;
  std::shared_future<void> went_ = go_.get_future().share();
  std::atomic<int> loads_ = 0;
  bool gone_ = false;
  std::atomic<bool> load_fails_ = false;
  bool attach_fails_ = false;
  Record record_;
  std::unique_ptr<DeferredComposer> composer_;
};

using State = ComposerGate::State;

TEST_F(DeferredComposerTest, NothingIsLoadedForWhatIsOnlyMadeKnown) {
  ASSERT_TRUE(composer_->import_dmabuf(BufferId{1}, image()));
  composer_->forget_buffer(BufferId{1});
  composer_->forget_surface(SurfaceId{4});
  loop_->dispatch(0);
  EXPECT_EQ(composer_->state(), State::Closed);
  EXPECT_FALSE(record_.loaded_on);
  EXPECT_EQ(std::vector(composer_->texture_formats().begin(), composer_->texture_formats().end()), std::vector{xrgb});
  EXPECT_EQ(std::vector(composer_->target_formats().begin(), composer_->target_formats().end()), std::vector{argb});
}

TEST_F(DeferredComposerTest, TheLoopGoesOnWhileItLoads) {
  composer_->want();
  composer_->want();
  bool ticked = false;
  auto timer = loop_->make_timer([&] { ticked = true; });
  ASSERT_TRUE(timer);
  (*timer)->arm(loop_->clock().now());
  while (!ticked)
    loop_->dispatch(-1);
  EXPECT_EQ(composer_->state(), State::Closed);
  let_load();
  EXPECT_EQ(record_.calls, std::vector<std::string>{"changed"}) << "once";
  EXPECT_NE(*record_.loaded_on, std::this_thread::get_id());
  EXPECT_EQ(*record_.attached_on, std::this_thread::get_id());
  EXPECT_EQ(std::vector(composer_->target_formats().begin(), composer_->target_formats().end()), std::vector{xrgb});
}

TEST_F(DeferredComposerTest, WhatWasKeptIsHandedOverInItsOrder) {
  ASSERT_TRUE(composer_->import_dmabuf(BufferId{2}, image()));
  ASSERT_TRUE(composer_->import_dmabuf(BufferId{5}, image(argb)));
  ASSERT_TRUE(composer_->import_dmabuf(BufferId{3}, image()));
  const auto kept = composer_->upload(SurfaceId{8}, Pixels({16, 4}, 96, 0x11223344U), {});
  ASSERT_TRUE(kept);
  EXPECT_EQ(*kept, 16U * 4U * 4U) << "bytes that the CPU has moved, without padding";
  ASSERT_TRUE(composer_->upload(SurfaceId{9}, Pixels({16, 4}, 64, 1), {}));
  composer_->forget_buffer(BufferId{3});
  composer_->forget_surface(SurfaceId{9});
  composer_->want();
  ASSERT_TRUE(composer_->import_dmabuf(BufferId{6}, image())) << "while it loads";
  composer_->forget_buffer(BufferId{2});
  let_load();
  EXPECT_EQ(record_.calls, (std::vector<std::string>{"import 5", "import 6", "upload 8", "changed"}));
  EXPECT_EQ(record_.first_pixel, 0x11223344U);
  EXPECT_EQ(record_.reads, 16U * 4U * 4U);

  record_.calls.clear();
  ASSERT_TRUE(composer_->import_dmabuf(BufferId{7}, image()));
  composer_->forget_buffer(BufferId{5});
  composer_->forget_surface(SurfaceId{8});
  EXPECT_EQ(record_.calls, (std::vector<std::string>{"import 7", "forget 5", "forget surface 8"}));
}

TEST_F(DeferredComposerTest, WhatTheRealOneRefusesIsOnlyNotDrawn) {
  ASSERT_TRUE(composer_->import_dmabuf(BufferId{13}, image()));
  ASSERT_TRUE(composer_->import_dmabuf(BufferId{14}, image()));
  composer_->want();
  let_load();
  EXPECT_EQ(record_.calls, (std::vector<std::string>{"import 13", "import 14", "changed"}));
  EXPECT_EQ(composer_->state(), State::Open);
}

TEST_F(DeferredComposerTest, WhatCouldNeverBeDrawnIsRefusedAtOnce) {
  EXPECT_FALSE(composer_->import_dmabuf(BufferId{1}, image({DRM_FORMAT_XRGB8888, 77})));
  ASSERT_TRUE(composer_->import_dmabuf(BufferId{1}, image()));
  EXPECT_FALSE(composer_->import_dmabuf(BufferId{1}, image())) << "known already";
  DmabufAttributes closed = image();
  closed.planes[0].fd.reset();
  EXPECT_FALSE(composer_->import_dmabuf(BufferId{2}, closed));
}

TEST_F(DeferredComposerTest, WhatIsDrawnToHasToWait) {
  EXPECT_EQ(composer_->create_target(BufferId{1}, {64, 64}, {}).error().code, EAGAIN);
  EXPECT_EQ(composer_->import_target(BufferId{1}, image()).error().code, EAGAIN);
  EXPECT_EQ(composer_->create_offscreen_target(BufferId{1}, {64, 64}).error().code, EAGAIN);
  const auto never = [](Result<Composed>) { FAIL(); };
  EXPECT_EQ(composer_->compose({}, test::when_composed(never)).error().code, EAGAIN);
  let_load(); // It was asked for.
  bool composed = false;
  ASSERT_TRUE(composer_->import_target(BufferId{1}, image()));
  ASSERT_TRUE(composer_->compose(
      {}, test::when_composed([&](Result<Composed> result) { composed = static_cast<bool>(result); })));
  EXPECT_TRUE(composed);
}

TEST_F(DeferredComposerTest, APictureOfTheScreenWaitsForTheComposer) {
  std::vector<std::string> answers;
  const auto answer = [&answers](Result<ReadBack> image) { answers.push_back(image ? "image" : image.error().text()); };
  ASSERT_TRUE(composer_->import_dmabuf(BufferId{1}, image()));
  ASSERT_TRUE(composer_->read_back(BufferId{1}, {}, answer));
  ASSERT_TRUE(composer_->read_back(BufferId{99}, {}, answer));
  EXPECT_TRUE(answers.empty());
  let_load();
  EXPECT_EQ(record_.calls, (std::vector<std::string>{"import 1", "changed", "read 1", "memory gone", "read 99"}));
  EXPECT_EQ(answers, (std::vector<std::string>{"image", "the image to copy is not known"}));
}

TEST_F(DeferredComposerTest, TheLogSaysWhatItIsLoadedFor) {
  Log log(LogLevel::Info);
  for (const bool screenshot : {true, false}) {
    auto made = DeferredComposer::create(*loop_, log, std::make_unique<Maker>(*this),
                                         {.advertised = {xrgb}, .textures = {xrgb}, .targets = {argb}});
    ASSERT_TRUE(made);
    ::testing::internal::CaptureStderr();
    if (screenshot)
      ASSERT_TRUE((*made)->read_back(BufferId{1}, {}, [](const Result<ReadBack>&) {}));
    else
      (*made)->want();
    (*made)->want();
    const std::string said = ::testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find(screenshot ? "a screenshot reads what is shown: the renderer is being loaded"
                                   : "something has to be composed: the renderer is being loaded"),
              std::string::npos)
        << said;
    if (!std::exchange(gone_, true))
      go_.set_value();
  }
}

TEST_F(DeferredComposerTest, AFailedLoadIsSaidToAll) {
  load_fails_ = true;
  std::vector<std::string> answers;
  ASSERT_TRUE(composer_->read_back(
      BufferId{1}, {}, [&](Result<ReadBack> image) { answers.push_back(image ? "image" : image.error().what); }));
  let_load();
  EXPECT_EQ(composer_->state(), State::Broken);
  EXPECT_EQ(record_.calls, std::vector<std::string>{"changed"});
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_NE(answers[0].find("no Vulkan device"), std::string::npos);
  EXPECT_EQ(composer_->import_dmabuf(BufferId{1}, image()).error().code, ENODEV);
  EXPECT_EQ(composer_->upload(SurfaceId{1}, Pixels({1, 1}, 4, 0), {}).error().code, ENODEV);
  composer_->want();
  loop_->dispatch(0);
  EXPECT_EQ(composer_->state(), State::Broken);
}

TEST_F(DeferredComposerTest, AComposerThatCannotBeAttachedIsNone) {
  attach_fails_ = true;
  composer_->want();
  let_load();
  EXPECT_EQ(composer_->state(), State::Broken);
  EXPECT_EQ(record_.calls.front(), "changed");
}

TEST_F(DeferredComposerTest, PixelsThatAreKeptAreBounded) {
  ASSERT_TRUE(composer_->upload(SurfaceId{1}, Pixels({2048, 2047}, 8192, 1), {}));
  EXPECT_FALSE(composer_->upload(SurfaceId{2}, Pixels({2048, 2}, 8192, 1), {}));
  ASSERT_TRUE(composer_->upload(SurfaceId{1}, Pixels({16, 16}, 64, 1), {})) << "in place of the old ones";
  ASSERT_TRUE(composer_->upload(SurfaceId{2}, Pixels({2048, 2}, 8192, 1), {}));
}

TEST_F(DeferredComposerTest, ManyBuffersHaveItLoaded) {
  for (std::uint64_t i = 1; i < DeferredComposer::many_buffers; ++i)
    ASSERT_TRUE(composer_->import_dmabuf(BufferId{1000 + i}, image()));
  EXPECT_FALSE(record_.loaded_on);
  ASSERT_TRUE(composer_->import_dmabuf(BufferId{5000}, image()));
  let_load();
  EXPECT_TRUE(record_.loaded_on);
  EXPECT_EQ(record_.calls.size(), DeferredComposer::many_buffers + 1);
}

TEST_F(DeferredComposerTest, ALostDeviceIsFollowedByAnotherOneThatKnowsTheClientsBuffers) {
  int told = 0;
  composer_->on_lost([&](const Error& why) {
    ++told;
    EXPECT_EQ(why.code, ENODEV);
    EXPECT_EQ(composer_->state(), State::Closed);
    record_.calls.emplace_back("lost");
  });
  ASSERT_TRUE(composer_->import_dmabuf(BufferId{1}, image()));
  composer_->want();
  let_load();
  ASSERT_TRUE(composer_->import_dmabuf(BufferId{2}, image()));
  ASSERT_TRUE(composer_->import_dmabuf(BufferId{3}, image()));
  ASSERT_TRUE(composer_->upload(SurfaceId{8}, Pixels({16, 4}, 64, 1), {}));
  composer_->forget_buffer(BufferId{2});
  record_.calls.clear();

  lose();
  EXPECT_EQ(told, 1);
  EXPECT_EQ(composer_->state(), State::Closed);
  EXPECT_EQ(composer_->losses(), 1U);
  EXPECT_EQ(record_.calls, (std::vector<std::string>{"lost", "changed"})) << "it is not destroyed in its own call";
  EXPECT_EQ(composer_->compose({}, test::when_composed([](Result<Composed>) { FAIL(); })).error().code, EAGAIN);
  ASSERT_TRUE(composer_->import_dmabuf(BufferId{4}, image()));
  let_load();
  EXPECT_EQ(record_.calls,
            (std::vector<std::string>{"lost", "changed", "gone", "import 1", "import 3", "import 4", "changed"}))
      << "pixels are uploaded by who has them";
  EXPECT_EQ(loads_, 2);
  EXPECT_TRUE(record_.lost) << "the new one is listened to as well";
}

TEST_F(DeferredComposerTest, OneThatWasThereFromTheStartIsMadeAnewToo) {
  Record first;
  auto made = DeferredComposer::create(*loop_, log_, std::make_unique<Maker>(*this),
                                       {.advertised = {xrgb}, .textures = {xrgb}, .targets = {xrgb}},
                                       std::make_unique<RealComposer>(first));
  ASSERT_TRUE(made);
  const std::unique_ptr<DeferredComposer> before = std::exchange(composer_, std::move(*made));
  EXPECT_EQ(composer_->state(), State::Open);
  int times = 0;
  composer_->on_gpu_time([&](const GpuTime&) { ++times; });
  first.gpu_time({});
  ASSERT_TRUE(composer_->import_dmabuf(BufferId{1}, image()));
  EXPECT_EQ(first.calls, std::vector<std::string>{"import 1"});
  EXPECT_EQ(loads_, 0);
  first.lost(Error{"lost", ENODEV});
  let_load();
  EXPECT_EQ(first.calls, (std::vector<std::string>{"import 1", "gone"}));
  EXPECT_EQ(record_.calls, std::vector<std::string>{"import 1"});
  record_.gpu_time({});
  EXPECT_EQ(times, 2);
}

TEST_F(DeferredComposerTest, ADeviceThatIsLostAgainAndAgainIsGivenUp) {
  composer_->want();
  let_load();
  for (std::size_t i = 1; i <= DeferredComposer::most_losses; ++i) {
    lose();
    EXPECT_EQ(composer_->state(), State::Closed) << i;
    composer_->want(); // The wait is not cut short.
    let_load();
    ASSERT_EQ(composer_->state(), State::Open) << i;
  }
  EXPECT_EQ(loads_, 1 + static_cast<int>(DeferredComposer::most_losses));
  record_.calls.clear();
  lose();
  EXPECT_EQ(composer_->state(), State::Broken);
  const auto refused = composer_->compose({}, test::when_composed([](Result<Composed>) { FAIL(); }));
  EXPECT_EQ(refused.error().code, ENODEV);
  EXPECT_NE(refused.error().text().find("lost 6 times"), std::string::npos) << refused.error().text();
  loop_->dispatch(-1);
  EXPECT_EQ(record_.calls, (std::vector<std::string>{"changed", "gone"}));
}

TEST_F(DeferredComposerTest, ADriverThatIsNotBackYetIsAskedAgain) {
  composer_->want();
  let_load();
  load_fails_ = true;
  lose();
  while (loads_ < 3)
    loop_->dispatch(-1);
  EXPECT_EQ(composer_->state(), State::Closed);
  load_fails_ = false;
  let_load();
  EXPECT_EQ(composer_->state(), State::Open);
}

TEST_F(DeferredComposerTest, APictureThatWasReadBackKeepsItsComposer) {
  composer_->want();
  let_load();
  std::optional<ReadBack> picture;
  ASSERT_TRUE(composer_->read_back(BufferId{1}, {}, [&](Result<ReadBack> copied) { picture = std::move(*copied); }));
  ASSERT_TRUE(picture);
  record_.calls.clear();
  lose();
  let_load();
  EXPECT_EQ(record_.calls, (std::vector<std::string>{"changed", "changed"}));
  picture.reset();
  EXPECT_EQ(record_.calls, (std::vector<std::string>{"changed", "changed", "memory gone", "gone"}));
}

// What an answer holds asks for its buffer to be forgotten as it goes.
TEST_F(DeferredComposerTest, ItMayGoWhileItLoads) {
  struct Holder {
    DeferredComposer& composer;
    ~Holder() { composer.forget_buffer(BufferId{1}); }
  };
  ASSERT_TRUE(composer_->import_dmabuf(BufferId{1}, image()));
  auto held = std::make_shared<Holder>(*composer_);
  ASSERT_TRUE(composer_->read_back(BufferId{1}, {}, [held](Result<ReadBack>) { FAIL(); }));
  held.reset();
  go_.set_value();
  gone_ = true;
  composer_.reset();
  EXPECT_EQ(record_.calls, std::vector<std::string>{"gone"});
}

} // namespace
} // namespace fenceline
