// What is allocated between a latch's wake and the end of its submit, over 10,000 frames that are all alike: the real
// protocols, scene, outputs, KMS backend and running counts, over a fake card and a fake composer in virtual time.
//
// To see who allocates in one frame: FENCELINE_ALLOCATION_STACKS=1 steady_frames_test 2>&1 | c++filt

#include <drm_fourcc.h>
#include <sys/mman.h>

#include <array>
#include <cstdlib>
#include <utility>

#include "compositor/app/adapters.h"
#include "compositor/backends/drm/kms_device.h"
#include "compositor/base/epoll_loop.h"
#include "compositor/output/output_set.h"
#include "compositor/trace/frame_counters.h"
#include "tests/integration/client_harness.h"
#include "tests/support/allocation_counter.h"
#include "tests/support/fake_composer.h"
#include "tests/support/fake_drm.h"
#include "tests/support/when_composed.h"

namespace fenceline::test {
namespace {

constexpr FormatModifier xrgb{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR};
constexpr FormatModifier argb{DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR};

/// A card whose own work in a commit is booked on nobody: that is the kernel's.
class KernelDrm final : public FakeDrm {
 public:
  using FakeDrm::FakeDrm;
  [[nodiscard]] Result<void> commit(const AtomicRequest& request, std::uint32_t flags, std::uint64_t cookie) override {
    const BookAllocations nobody(nullptr);
    return FakeDrm::commit(request, flags, cookie);
  }
  [[nodiscard]] Result<void> test(const AtomicRequest& request, std::uint32_t flags) const override {
    const BookAllocations nobody(nullptr);
    return FakeDrm::test(request, flags);
  }
};

/// The same for what draws. What it answers with is the session's again.
class BookedComposer final : public FakeComposer {
 public:
  BookedComposer(VirtualLoop& loop, Allocations& book) : FakeComposer(loop), book_(book) {}
  [[nodiscard]] Result<void> compose(const ComposeRequest& request, std::shared_ptr<ComposeSink> sink) override {
    const BookAllocations nobody(nullptr);
    return FakeComposer::compose(request, when_composed([this, sink = std::move(sink)](Result<Composed> composed) {
                                   const BookAllocations here(&book_);
                                   sink->composed(std::move(composed));
                                 }));
  }

 private:
  Allocations& book_;
};

/// A loop that books what is allocated within its callbacks. Its own lists are the fake's.
class BookedLoop final : public EventLoop {
 public:
  BookedLoop(VirtualLoop& loop, Allocations& book) : loop_(loop), book_(book) {}
  [[nodiscard]] std::unique_ptr<Watch> make_watch(IoCallback callback) override {
    return loop_.make_watch([this, callback = std::move(callback)](IoEvents events) {
      const BookAllocations here(&book_);
      callback(events);
    });
  }
  [[nodiscard]] Result<std::unique_ptr<Timer>> make_timer(std::function<void()> callback) override {
    return loop_.make_timer(booked(std::move(callback)));
  }
  void defer(std::function<void()> work) override {
    const BookAllocations nobody(nullptr);
    loop_.defer(booked(std::move(work)));
  }
  [[nodiscard]] const Clock& clock() const override { return loop_.clock(); }

 private:
  [[nodiscard]] std::function<void()> booked(std::function<void()> callback) {
    return [this, callback = std::move(callback)] {
      const BookAllocations here(&book_);
      callback();
    };
  }
  VirtualLoop& loop_;
  Allocations& book_;
};

/// A client's window of dma-bufs with explicit sync, drawn anew for each frame as `spin` does.
class Window {
 public:
  Window(TestClient& client, Size size) : client_(client), surface_(client.surface()) {
    sync_ = client.own(wp_linux_drm_syncobj_manager_v1_get_surface(client.syncobj, surface_));
    std::tie(acquire_, acquire_proxy_) = timeline();
    std::tie(release_, release_proxy_) = timeline();
    for (wl_buffer*& buffer : buffers_)
      buffer = client.dmabuf_buffer(size.width, size.height);
  }
  [[nodiscard]] wl_surface* surface() const { return surface_; }

  /// The requests of one frame. What is drawn is not done yet.
  void commit() {
    ++point_;
    points(wp_linux_drm_syncobj_surface_v1_set_acquire_point, acquire_proxy_);
    points(wp_linux_drm_syncobj_surface_v1_set_release_point, release_proxy_);
    static const wl_callback_listener frame = {.done = [](void* data, wl_callback* done, std::uint32_t) {
      ++static_cast<Window*>(data)->callbacks;
      wl_callback_destroy(done);
    }};
    wl_callback_add_listener(wl_surface_frame(surface_), &frame, this);
    static const wp_presentation_feedback_listener feedback = {
        .sync_output = [](void*, struct wp_presentation_feedback*, wl_output*) {},
        .presented =
            [](void* data, struct wp_presentation_feedback* done, std::uint32_t, std::uint32_t, std::uint32_t,
               std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t flags) {
              ++static_cast<Window*>(data)->presented;
              if ((flags & WP_PRESENTATION_FEEDBACK_KIND_ZERO_COPY) != 0)
                ++static_cast<Window*>(data)->zero_copy;
              wp_presentation_feedback_destroy(done);
            },
        .discarded = [](void*, struct wp_presentation_feedback* done) { wp_presentation_feedback_destroy(done); }};
    wp_presentation_feedback_add_listener(wp_presentation_feedback(client_.presentation, surface_), &feedback, this);
    TestClient::show(surface_, buffers_[point_ % buffers_.size()]);
  }
  /// What the client's GPU does.
  void drawn() { FakeSyncObjects::signal(*acquire_, point_); }

  int callbacks = 0, presented = 0, zero_copy = 0;

 private:
  using Proxy = wp_linux_drm_syncobj_timeline_v1*;
  [[nodiscard]] std::pair<FakeSyncObjects::TimelinePtr, Proxy> timeline() const {
    auto [kernel, fd] = client_.server.sync_objects.make();
    return {kernel, client_.own(wp_linux_drm_syncobj_manager_v1_import_timeline(client_.syncobj, fd.get()))};
  }
  void points(void (*set)(wp_linux_drm_syncobj_surface_v1*, Proxy, std::uint32_t, std::uint32_t), Proxy of) const {
    set(sync_, of, static_cast<std::uint32_t>(point_ >> 32U), static_cast<std::uint32_t>(point_));
  }

  TestClient& client_;
  wl_surface* surface_;
  wp_linux_drm_syncobj_surface_v1* sync_ = nullptr;
  FakeSyncObjects::TimelinePtr acquire_, release_;
  Proxy acquire_proxy_ = nullptr, release_proxy_ = nullptr;
  std::array<wl_buffer*, 3> buffers_{};
  std::uint64_t point_ = 0;
};

/// A session wired as the program's, with everything above the card and the loop real.
class SteadyFrames : public testing::Test {
 protected:
  static constexpr int warm_up = 600; ///< Until every list has been as long as it gets: the model keeps 256 frames.
  static constexpr int frames = 10'000;
  static constexpr Size whole = TestServer::output_size;

  /// `plane_tests`: 0 has everything composed.
  void start(unsigned plane_tests = PlanePlanner::default_tests) {
    card_.add_crtc();
    card_.add_connector({.name = "DP-1",
                         .connected = true,
                         .possible_crtcs = 1,
                         .modes = {fake_mode(whole.width, whole.height, 60, true)},
                         .edid = {},
                         .non_desktop = false});
    add_plane(PlaneType::Primary, {xrgb, argb});
    add_plane(PlaneType::Overlay, {xrgb, argb});
    auto device = KmsDevice::create_on(flip_loop_, log_, "/dev/dri/card0", std::make_unique<KernelDrm>(card_), nullptr,
                                       std::nullopt);
    ASSERT_TRUE(device) << device.error().text();
    device_ = std::move(*device);
    auto outputs = OutputSet::create({.loop = latch_loop_,
                                      .device = *device_,
                                      .source = source_,
                                      .composer = &composer_,
                                      .observer = counters_,
                                      .frame_clock = frame_clock_,
                                      .cursors = cursors_,
                                      .frames = frame_ids_,
                                      .buffers = server_.buffer_ids,
                                      .log = log_,
                                      .plane_tests = plane_tests,
                                      .watch = &pace_,
                                      .chances = &chances_,
                                      .releases = &releases_,
                                      .cues = &cues_});
    ASSERT_TRUE(outputs) << outputs.error().text();
    outputs_ = std::move(*outputs);
    pace_.set_outputs(outputs_.get());
    pace_.set_compositor(&server_.compositor);
    source_.set_compositor(&server_.compositor);
    chances_.set_dmabuf(server_.dmabuf.get());
    redraw_ = std::make_unique<RedrawOnChange>(server_.scene, *outputs_);
    client_ = std::make_unique<TestClient>(server_);
  }
  void TearDown() override {
    windows_.clear();
    client_.reset();
    redraw_.reset();
    pace_.set_outputs(nullptr);
  }

  void show_window(Size size) {
    Window& window = *windows_.emplace_back(std::make_unique<Window>(*client_, size));
    client_->pump();
    server_.stack.surfaces.push_back(client_->resource(window.surface())->surface_id());
    for (const BufferId buffer : server_.importer.live)
      if (!device_->knows(buffer)) {
        ASSERT_TRUE(device_->import_buffer(buffer, image(size)));
      }
  }

  void run(int count) {
    for (int i = 0; i < count; ++i) {
      for (const auto& window : windows_)
        window->commit();
      client_->pump();
      // Ready only now, so that it is the latch that finds and applies it.
      for (const auto& window : windows_)
        window->drawn();
      const TimePoint blank{(loop_.now().ns / frame_.count() + 1) * frame_.count()};
      loop_.run_until(blank);
      client_->pump();
      // What the fakes have written down.
      card_.asked.clear();
      server_.observer.clear();
      server_.sync_objects.given.clear();
      server_.sync_objects.wanted.clear();
      composer_.draws.clear();
      composer_.forget_jobs();
    }
  }

  /// 10,000 frames, each in its blank; says in words what they allocated.
  void run_steadily(bool zero_copy) {
    run(warm_up);
    for (const auto& window : windows_)
      window->presented = window->zero_copy = window->callbacks = 0;
    latch_ = {}, flip_ = {};
    run(frames);
    for (const auto& window : windows_) {
      EXPECT_EQ(window->presented, frames);
      EXPECT_EQ(window->zero_copy, zero_copy ? frames : 0);
      EXPECT_EQ(window->callbacks, frames);
    }
    EXPECT_GT(flip_.calls, 0U) << "libwayland's closures: the counter counts nothing";
    std::printf("%d frames: %.4f allocations (%.0f bytes) a frame from latch to submit, %.4f from flip to callbacks\n",
                frames, static_cast<double>(latch_.calls) / frames, static_cast<double>(latch_.bytes) / frames,
                static_cast<double>(flip_.calls) / frames);
    if (std::getenv("FENCELINE_ALLOCATION_STACKS") != nullptr)
      show_stacks();
  }
  void show_stacks() {
    const auto stacks = std::make_unique<std::array<Allocations::Stack, Allocations::most_stacks>>();
    Allocations before = std::exchange(latch_, {.stacks = stacks->data()});
    run(1);
    latch_.print_stacks();
    latch_ = before;
  }

  static DmabufAttributes image(Size size) {
    DmabufAttributes made;
    made.size = size;
    made.format = xrgb;
    made.plane_count = 1;
    made.planes[0].fd.reset(::memfd_create("dma-buf", MFD_CLOEXEC));
    made.planes[0].stride = static_cast<std::uint32_t>(size.width) * 4;
    return made;
  }
  void add_plane(PlaneType type, std::vector<FormatModifier> formats) {
    card_.add_plane({.type = type, .possible_crtcs = 1, .formats = std::move(formats), .depths = {}});
  }

  static constexpr Nanoseconds frame_{16'000'000}; ///< The fake card's.
  Allocations latch_, flip_;

  VirtualLoop loop_;
  BookedLoop latch_loop_{loop_, latch_}, flip_loop_{loop_, flip_};
  FakeCard card_{loop_};
  BookedComposer composer_{loop_, latch_};
  Log log_{LogLevel::Off};
  TestServer server_;
  std::unique_ptr<CallbackPacer> callbacks_ = std::move(*CallbackPacer::create(flip_loop_, server_.scene));
  CueClients cues_{*callbacks_};
  PaceByOutputs pace_{*server_.pacer, *server_.looks, *callbacks_};
  ShownSource source_{server_.builder};
  NullObserver nobody_;
  FrameCounters counters_{nobody_};
  LeadClock frame_clock_{std::chrono::milliseconds(4)};
  CursorStore cursors_;
  ChanceTeller chances_;
  SharedReleases releases_;
  IdSource<FrameId> frame_ids_;
  std::unique_ptr<KmsDevice> device_;
  std::unique_ptr<OutputSet> outputs_;
  std::unique_ptr<RedrawOnChange> redraw_;
  std::unique_ptr<TestClient> client_;
  std::vector<std::unique_ptr<Window>> windows_;
};

// From the flip to the callbacks libwayland allocates for each event that it sends, so that is only printed.

TEST_F(SteadyFrames, OfAFullscreenWindowThatIsScannedOut) {
  start();
  show_window(whole);
  run_steadily(true);
  EXPECT_EQ(latch_.calls, 0U);
}

TEST_F(SteadyFrames, OfAWindowOnAnOverlayAboveAnotherOne) {
  start();
  show_window(whole);
  show_window({320, 240});
  run_steadily(true);
  EXPECT_EQ(latch_.calls, 0U);
}

TEST_F(SteadyFrames, OfTwoWindowsThatAreComposed) {
  start(0);
  show_window(whole);
  show_window({320, 240});
  run_steadily(false);
  EXPECT_EQ(latch_.calls, 0U);
}

// As a GPU answers: at once, with a fence that signals later.
TEST_F(SteadyFrames, OfTwoWindowsThatAreComposedBehindAFence) {
  start(0);
  composer_.mode = FakeComposer::Mode::Fence;
  composer_.gpu_time = std::chrono::milliseconds(1);
  show_window(whole);
  show_window({320, 240});
  run_steadily(false);
  EXPECT_EQ(latch_.calls, 0U);
}

// What the loop of the frames above stands for.
TEST(SteadyLoop, OfAFenceEachFrame) {
  const std::unique_ptr<EpollLoop> loop = std::move(*EpollLoop::create());
  Allocations book;
  int signalled = 0;
  std::unique_ptr<Watch> watch;
  watch = loop->make_watch([&](IoEvents) {
    ++signalled;
    watch->end();
  });
  for (int frame = 0; frame < 10'001; ++frame) {
    const FakeFence fence;
    const UniqueFd handle = fence.handle();
    if (frame == 1)
      book = {}; // The first one makes room in the loop's list.
    const BookAllocations here(&book);
    ASSERT_TRUE(watch->begin(handle.get(), IoEvents::Readable));
    fence.signal();
    loop->dispatch(-1);
  }
  EXPECT_EQ(signalled, 10'001);
  EXPECT_EQ(book.calls, 0U);
}

} // namespace
} // namespace fenceline::test
