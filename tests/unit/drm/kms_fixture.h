#pragma once
#include <drm_fourcc.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <vector>

#include "compositor/backends/drm/kms_device.h"
#include "tests/support/fake_drm.h"

namespace fenceline::test {

/// A KmsDevice on a fake card with one display: a primary plane with rotation and the like, an overlay, a cursor.
class KmsFixture : public testing::Test, public ScanoutListener {
 protected:
  static constexpr Size size{1024, 768};
  static constexpr FormatModifier xrgb{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR};
  static constexpr FormatModifier argb{DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR};

  explicit KmsFixture(std::vector<FormatModifier> primary_formats = {xrgb, argb}) {
    crtc_ = card_.add_crtc(true, true);
    connector_ = card_.add_connector({.name = "DP-1",
                                      .connected = true,
                                      .possible_crtcs = 1,
                                      .modes = {fake_mode(1024, 768, 60, true), fake_mode(800, 600, 60)},
                                      .edid = {},
                                      .non_desktop = false});
    primary_ = add_plane(PlaneType::Primary, std::move(primary_formats), true);
    overlay_ = add_plane(PlaneType::Overlay, {{DRM_FORMAT_NV12, 0}, xrgb}, false);
    cursor_ = add_plane(PlaneType::Cursor, {xrgb, argb}, false);
  }

  std::uint32_t add_plane(PlaneType type, std::vector<FormatModifier> formats, bool extras) {
    return card_.add_plane({.type = type,
                            .possible_crtcs = 1,
                            .formats = std::move(formats),
                            .in_formats = true,
                            .fences = type != PlaneType::Cursor,
                            .depths = {},
                            .extras = extras});
  }

  [[nodiscard]] Result<std::unique_ptr<KmsDevice>> create(std::unique_ptr<ImageAllocator> allocator = nullptr) {
    return KmsDevice::create_on(loop_, log_, "/dev/dri/card0", std::make_unique<FakeDrm>(card_), std::move(allocator),
                                std::nullopt);
  }
  void start(std::unique_ptr<ImageAllocator> allocator = nullptr) {
    auto made = create(std::move(allocator));
    ASSERT_TRUE(made) << made.error().text();
    device_ = std::move(*made);
    device_->set_listener(this);
    output_ = device_->outputs()[0];
  }

  void flipped(const FlipEvent& event) override { flips_.push_back(event); }
  void outputs_changed() override { ++changes_; }
  void needs_modeset(OutputId output) override { modesets_wanted_.push_back(output); }

  static DmabufAttributes image(Size extent = size, std::uint32_t fourcc = DRM_FORMAT_XRGB8888) {
    DmabufAttributes made;
    made.size = extent;
    made.format = {fourcc, DRM_FORMAT_MOD_LINEAR};
    made.plane_count = 1;
    made.planes[0].fd.reset(::memfd_create("dma-buf", MFD_CLOEXEC));
    made.planes[0].stride = static_cast<std::uint32_t>(extent.width) * 4;
    return made;
  }
  BufferId import_image(Size extent = size, std::uint32_t fourcc = DRM_FORMAT_XRGB8888) {
    const BufferId id = ids_.next();
    const auto known = device_->import_buffer(id, image(extent, fourcc));
    EXPECT_TRUE(known) << known.error().text();
    return id;
  }

  static PlaneState on_plane(std::uint32_t plane, BufferId buffer, Rect dest) {
    return {.plane = PlaneId{plane},
            .buffer = buffer,
            .source = {0, 0, double(dest.width), double(dest.height)},
            .dest = dest,
            .in_fence = {}};
  }
  OutputState fullscreen(BufferId buffer, bool modeset = false) {
    OutputState state;
    state.output = output_.id;
    state.frame = frames_.next();
    state.mode = output_.mode;
    state.modeset = modeset;
    state.planes.push_back(on_plane(primary_, buffer, {0, 0, size.width, size.height}));
    return state;
  }
  /// Submits and runs to the flip.
  void show(OutputState state) {
    const auto sent = device_->submit(std::move(state));
    ASSERT_TRUE(sent) << sent.error().text();
    const std::size_t before = flips_.size();
    loop_.advance(std::chrono::milliseconds(16));
    ASSERT_EQ(flips_.size(), before + 1);
  }

  /// What the last request set on an object.
  [[nodiscard]] const std::map<std::string, std::uint64_t>& last_set(std::uint32_t object) const {
    static const std::map<std::string, std::uint64_t> nothing;
    const auto& set = card_.asked.back().set;
    const auto found = set.find(object);
    return found != set.end() ? found->second : nothing;
  }

  /// A sync file that signals with signal_fence.
  static UniqueFd fence() { return UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }
  static void signal_fence(int fd) {
    const std::uint64_t one = 1;
    ASSERT_EQ(::write(fd, &one, sizeof one), static_cast<ssize_t>(sizeof one));
  }

  VirtualLoop loop_;
  FakeCard card_{loop_};
  Log log_{LogLevel::Off};
  std::uint32_t crtc_ = 0, connector_ = 0, primary_ = 0, overlay_ = 0, cursor_ = 0;
  std::unique_ptr<KmsDevice> device_;
  OutputInfo output_;
  std::vector<FlipEvent> flips_;
  int changes_ = 0;
  std::vector<OutputId> modesets_wanted_;
  IdSource<BufferId> ids_;
  IdSource<FrameId> frames_;
};

} // namespace fenceline::test
