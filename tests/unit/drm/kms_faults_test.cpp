// Each call to the kernel fails, at each place in a session's life, once and three times in a row, in each way that
// KMS names. Whatever it was, the session goes on: the newest picture comes to the screen, buffers come back, nothing
// is left over, and who looks on is told.
#include <drm_fourcc.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <array>
#include <cerrno>
#include <map>
#include <memory>
#include <string>

#include "compositor/backends/drm/kms_device.h"
#include "tests/support/fake_composer.h"
#include "tests/support/fake_drm.h"
#include "tests/support/fake_source.h"
#include "tests/support/output_set_rig.h"
#include "tests/support/recording_observer.h"

namespace fenceline::test {
namespace {

constexpr FormatModifier xrgb{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR}, argb{DRM_FORMAT_ARGB8888, 0};
constexpr Rect west{50, 50, 200, 150}, over_west{150, 100, 200, 150}, east{600, 50, 200, 150};

/// Which call fails, from which time on (counted from 0), how often and how.
struct Fault {
  std::string call;
  std::size_t from = 0, times = 1;
  int error = 0;
};

/// A session on a card with a primary plane, two overlays and a cursor plane, from its start to its end.
class Life {
 public:
  explicit Life(Fault fault = {}) : fault_(std::move(fault)) {
    crtc_ = card_.add_crtc(true);
    card_.add_connector({.name = "DP-1",
                         .connected = true,
                         .possible_crtcs = 1,
                         .modes = {fake_mode(1024, 768, 60, true)},
                         .edid = {},
                         .non_desktop = false});
    for (const auto type : {PlaneType::Primary, PlaneType::Overlay, PlaneType::Overlay, PlaneType::Cursor})
      card_.add_plane({.type = type,
                       .possible_crtcs = 1,
                       .formats = {xrgb, argb},
                       .in_formats = true,
                       .fences = type != PlaneType::Cursor,
                       .depths = {},
                       .extras = type == PlaneType::Primary});
    card_.fault = [this](std::string_view call) {
      const std::size_t nth = calls[std::string(call)]++;
      if (call != fault_.call || nth < fault_.from || nth >= fault_.from + fault_.times)
        return 0;
      ++failed;
      return fault_.error;
    };
  }

  /// An error: there is no session, for that reason.
  [[nodiscard]] Result<void> start() {
    auto made = KmsDevice::create_on(loop_, log_, "/dev/dri/card0", std::make_unique<FakeDrm>(card_), nullptr, {});
    if (!made)
      return made.error();
    device_ = std::move(*made);
    set_ = rig_.make(loop_, *device_, source_, &composer_, observer);
    return {};
  }
  /// What a user does: a game, a popup over it, windows, the screen off and on, the session away and back, the game.
  void run() {
    for (unsigned i = 0; i < 4; ++i)
      show(source_.fullscreen(5, import_buffer({1024, 768})));
    show(FakeSource::window(7, 2002, over_west, BufferKind::Shm));
    for (std::int32_t i = 0; i < 3; ++i)
      show(FakeSource::cursor(3, 2001, {400 + i, 400}));
    source_.remove(SurfaceId{5});
    for (unsigned i = 0; i < 3; ++i) {
      source_.commit(FakeSource::window(8, import_buffer(west.size()), west));
      show(FakeSource::window(9, import_buffer(east.size()), east));
    }
    set_->set_power(OutputId{1}, false);
    loop_.advance(std::chrono::milliseconds(100));
    set_->set_power(OutputId{1}, true);
    loop_.advance(std::chrono::milliseconds(100));
    set_->pause();
    loop_.advance(std::chrono::milliseconds(50));
    set_->resume();
    for (const std::uint32_t surface : {3U, 7U, 8U, 9U})
      source_.remove(SurfaceId{surface});
    for (unsigned i = 0; i < 3; ++i)
      show(source_.fullscreen(5, import_buffer({1024, 768})));
    // Tries after failures become rarer, up to every 64th blank.
    loop_.advance(std::chrono::milliseconds(1500));
  }
  void end() {
    set_.reset();
    device_.reset();
  }

  void expect_the_newest_picture() {
    EXPECT_EQ(source_.fate(last_).presented, 1) << "the last update is on the screen";
    EXPECT_EQ(source_.fate(last_).callbacks, 1);
    EXPECT_EQ(card_.value(crtc_, "ACTIVE"), 1U);
    for (std::uint64_t buffer = first_buffer; buffer + 1 < next_; ++buffer)
      EXPECT_TRUE(source_.has_been_released(BufferId{buffer})) << buffer;
  }
  void expect_nothing_left() {
    EXPECT_EQ(card_.framebuffer_count(), 0U);
    EXPECT_EQ(card_.open_handle_count(), 0U);
    EXPECT_EQ(card_.user_blob_count(), 0U);
    EXPECT_EQ(card_.held_fence_count(), 0U);
  }
  /// Whether the trace has that errno in an event of that kind.
  [[nodiscard]] bool told(FrameEventKind kind, int error) const {
    for (const FrameEvent& event : observer.all(kind))
      if (event.value == static_cast<std::uint64_t>(error))
        return true;
    return false;
  }

  std::map<std::string, std::size_t> calls;
  std::size_t failed = 0;

 private:
  static constexpr std::uint64_t first_buffer = 1001;

  /// One that the display does not take is known to the composer all the same.
  std::uint64_t import_buffer(Size size) {
    DmabufAttributes made;
    made.size = size;
    made.format = xrgb;
    made.plane_count = 1;
    made.planes[0].fd.reset(::memfd_create("dma-buf", MFD_CLOEXEC));
    made.planes[0].stride = static_cast<std::uint32_t>(size.width) * 4;
    const BufferId id{next_++};
    if (const auto known = device_->import_buffer(id, made); !known) {
      EXPECT_EQ(known.error().code, fault_.error) << "for the protocol's error";
    }
    return static_cast<std::uint64_t>(id);
  }
  void show(Layer layer) {
    last_ = source_.commit(std::move(layer));
    set_->schedule_all();
    loop_.advance(std::chrono::milliseconds(40));
  }

  Fault fault_;
  VirtualLoop loop_;
  FakeCard card_{loop_};
  Log log_{LogLevel::Off};
  FakeComposer composer_{loop_};
  FakeSource source_{loop_.clock()};
  OutputSetRig rig_;
  std::unique_ptr<KmsDevice> device_;
  std::unique_ptr<OutputSet> set_;
  std::uint64_t next_ = first_buffer;
  CommitId last_{};
  std::uint32_t crtc_ = 0;

 public:
  RecordingObserver observer{&loop_.clock()};
};

TEST(KmsFaults, WithoutAnyTheLifeIsAsItShouldBe) {
  Life life;
  ASSERT_TRUE(life.start());
  life.run();
  life.expect_the_newest_picture();
  EXPECT_EQ(life.observer.count(FrameEventKind::SubmitFailed), 0U);
  life.end();
  life.expect_nothing_left();
  for (const char* call : {"cap", "resources", "connector", "planes", "plane", "properties", "blob", "create_blob",
                           "import_handle", "add_framebuffer", "create_dumb", "map_dumb", "test", "commit"})
    EXPECT_GT(life.calls[call], 0U) << call << " is never asked for, so that its failing would show nothing";
}

TEST(KmsFaults, EachCallAtEachPlace) {
  Life well;
  ASSERT_TRUE(well.start());
  const auto at_start = well.calls;
  well.run();
  const auto in_life = well.calls;
  well.end();
  std::size_t lives = 0, refused = 0;
  for (const auto& [call, count] : in_life)
    for (std::size_t from = 0; from < count; ++from)
      for (const int error : {ENOMEM, EINVAL, EBUSY, ENOSPC})
        for (const std::size_t times : {1U, 3U}) {
          SCOPED_TRACE(call + " " + std::to_string(from) + " of " + std::to_string(count) + ", errno " +
                       std::to_string(error) + ", times " + std::to_string(times));
          Life life({call, from, times, error});
          const Result<void> started = life.start();
          if (!started) {
            const auto known = at_start.find(call);
            EXPECT_TRUE(known != at_start.end() && from < known->second) << started.error().text();
            EXPECT_FALSE(started.error().what.empty());
            ++refused;
            continue;
          }
          life.run();
          ASSERT_GT(life.failed, 0U) << "the call was not made";
          life.expect_the_newest_picture();
          // The last puts the display back as it was found.
          if (call == "commit" && from + 1 < count) {
            EXPECT_TRUE(life.told(FrameEventKind::SubmitFailed, error));
          }
          if (call == "test") {
            EXPECT_TRUE(life.told(FrameEventKind::TestCommit, error));
          }
          life.end();
          life.expect_nothing_left();
          ++lives;
          if (testing::Test::HasFailure())
            return;
        }
  RecordProperty("lives", static_cast<int>(lives));
  RecordProperty("sessions that did not start", static_cast<int>(refused));
  EXPECT_GT(lives, 8 * in_life.at("commit"));
}

} // namespace
} // namespace fenceline::test
