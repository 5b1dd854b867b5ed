// What the composed picture is drawn in, on the plane lists that drivers have.

#include <drm_fourcc.h>

#include "compositor/output/output_images.h"
#include "tests/support/fake_composer.h"
#include "tests/unit/drm/kms_fixture.h"

namespace fenceline {
namespace {

/// Makes each image in the first format it is asked for, but in none that is refused.
class PickyAllocator final : public ImageAllocator {
 public:
  explicit PickyAllocator(std::vector<std::uint32_t> refused) : refused_(std::move(refused)) {}
  [[nodiscard]] Result<DmabufAttributes> allocate(Size size, std::span<const FormatModifier> formats) override {
    for (const FormatModifier& format : formats)
      if (std::find(refused_.begin(), refused_.end(), format.fourcc) == refused_.end()) {
        DmabufAttributes made;
        made.size = size;
        made.format = format;
        made.plane_count = 1;
        made.planes[0].fd.reset(::memfd_create("dma-buf", MFD_CLOEXEC));
        made.planes[0].stride = static_cast<std::uint32_t>(size.width) * 4;
        return made;
      }
    return Error{"no such image", EINVAL};
  }

 private:
  std::vector<std::uint32_t> refused_;
};

class TargetFormat : public test::KmsFixture {
 protected:
  /// The fourcc that an output's image gets, when its primary plane lists these formats in this order.
  std::uint32_t chosen(const std::vector<std::uint32_t>& fourccs, std::vector<std::uint32_t> refused = {}) {
    std::vector<FormatModifier> listed;
    for (const auto fourcc : fourccs)
      for (const std::uint64_t modifier : {I915_FORMAT_MOD_Y_TILED, I915_FORMAT_MOD_X_TILED, DRM_FORMAT_MOD_LINEAR})
        listed.push_back({fourcc, modifier});
    test::FakeCard card(loop_);
    card.add_crtc();
    card.add_connector({.name = "eDP-1",
                        .connected = true,
                        .possible_crtcs = 1,
                        .modes = {test::fake_mode(1024, 768, 60, true)},
                        .edid = {},
                        .non_desktop = false});
    card.add_plane({.type = PlaneType::Primary, .possible_crtcs = 1, .formats = listed, .depths = {}});
    auto device = KmsDevice::create_on(loop_, log_, "/dev/dri/card0", std::make_unique<test::FakeDrm>(card),
                                       std::make_unique<PickyAllocator>(std::move(refused)), std::nullopt);
    EXPECT_TRUE(device) << device.error().text();
    test::FakeComposer composer(loop_);
    // The renderer draws to all of them but to palettes.
    composer.formats = listed;
    std::erase_if(composer.formats, [](const FormatModifier& f) { return f.fourcc == DRM_FORMAT_C8; });
    OutputImages images(**device, composer, ids_, log_, (*device)->outputs()[0]);
    const auto image = images.acquire();
    EXPECT_TRUE(image) << image.error().text();
    return image ? image->format.fourcc : 0;
  }
};

// i915's lists, Skylake and later, begin with the formats of the oldest hardware.
const std::vector<std::uint32_t> i915{DRM_FORMAT_C8,          DRM_FORMAT_RGB565,        DRM_FORMAT_XRGB8888,
                                      DRM_FORMAT_XBGR8888,    DRM_FORMAT_ARGB8888,      DRM_FORMAT_ABGR8888,
                                      DRM_FORMAT_XRGB2101010, DRM_FORMAT_XBGR2101010,   DRM_FORMAT_ARGB2101010,
                                      DRM_FORMAT_ABGR2101010, DRM_FORMAT_XRGB16161616F, DRM_FORMAT_XBGR16161616F};

TEST_F(TargetFormat, IsTheCommonOneWhereverTheDriverListsIt) {
  EXPECT_EQ(chosen(i915), std::uint32_t{DRM_FORMAT_XRGB8888});
  EXPECT_EQ(chosen({i915.rbegin(), i915.rend()}), std::uint32_t{DRM_FORMAT_XRGB8888});
}

TEST_F(TargetFormat, LosesNoColourWhileAnotherDoesNot) {
  // Each time without what was chosen before.
  const std::vector<std::uint32_t> order{DRM_FORMAT_XRGB8888,    DRM_FORMAT_XBGR8888,   DRM_FORMAT_XRGB2101010,
                                         DRM_FORMAT_XBGR2101010, DRM_FORMAT_ARGB8888,   DRM_FORMAT_ABGR8888,
                                         DRM_FORMAT_ARGB2101010, DRM_FORMAT_ABGR2101010};
  std::vector<std::uint32_t> refused;
  for (const auto fourcc : order) {
    EXPECT_EQ(chosen(i915, refused), fourcc);
    refused.push_back(fourcc);
  }
  // Of what is left RGB565 is the last resort.
  EXPECT_EQ(chosen(i915, refused), std::uint32_t{DRM_FORMAT_XRGB16161616F});
  EXPECT_EQ(chosen({DRM_FORMAT_C8, DRM_FORMAT_RGB565}), std::uint32_t{DRM_FORMAT_RGB565});
}

} // namespace
} // namespace fenceline
