// What spin draws, without a compositor: needs a Vulkan device, of which lavapipe is one.

#include "demos/pattern.h"
#include "demos/spin/beads.h"
#include "demos/spin/frame_renderer.h"
#include "demos/spin/pixel_format.h"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace fenceline::demos {
namespace {

std::vector<std::uint32_t> draw(const Gpu& gpu, SceneRenderer::Choice choice, Size size, std::uint32_t frame) {
  FrameRenderer renderer(gpu, choice, 1);
  const TargetImage target = TargetImage::for_reading(gpu, size);
  std::vector<std::uint32_t> pixels;
  renderer.draw_and_read(target, frame,
                         [&](int, const std::uint32_t* row) { pixels.insert(pixels.end(), row, row + size.width); });
  return pixels;
}

TEST(Spin, ThePatternIsItsFunctionToTheBit) {
  const Gpu gpu(std::nullopt);
  const Size size{1024, 768};
  for (const std::uint32_t frame : {0u, 1u, 599u, 0xfffffff0u}) {
    const auto opaque = draw(gpu, {.pattern = true, .alpha = false}, size, frame);
    const auto translucent = draw(gpu, {.pattern = true, .alpha = true}, size, frame);
    for (std::uint32_t y = 0; y < 768; ++y)
      for (std::uint32_t x = 0; x < 1024; ++x) {
        ASSERT_EQ(opaque[y * 1024 + x], 0xff000000u | pattern_pixel(x, y, frame)) << x << "," << y << " of " << frame;
        ASSERT_EQ(translucent[y * 1024 + x], pattern_pixel_argb(x, y, frame)) << x << "," << y << " of " << frame;
      }
  }
}

/// Channels of 8 bits, as XRGB8888 has them; the format's own may have more.
std::uint32_t xrgb8888(std::uint32_t word, std::uint32_t fourcc) {
  const bool ten = fourcc == DRM_FORMAT_XRGB2101010 || fourcc == DRM_FORMAT_XBGR2101010;
  const bool blue_first =
      fourcc == DRM_FORMAT_XBGR2101010 || fourcc == DRM_FORMAT_XBGR8888 || fourcc == DRM_FORMAT_ABGR8888;
  const std::uint32_t bits = ten ? 10 : 8, most = (1U << bits) - 1;
  const auto channel = [&](std::uint32_t from_above) {
    return ((word >> (2 - from_above) * bits & most) * 255 + most / 2) / most;
  };
  return channel(blue_first ? 2 : 0) << 16U | channel(1) << 8U | channel(blue_first ? 0 : 2);
}

// One renderer for all: what it draws with is made anew from one format to the next, and back.
TEST(Spin, ThePictureIsTheSameInEveryFormat) {
  ValidationLog log;
  auto gpu_in_use = std::make_unique<Gpu>(std::nullopt, &log);
  const Size size{200, 150};
  for (const bool beads : {false, true}) {
    FrameRenderer renderer(*gpu_in_use, {.pattern = !beads, .alpha = false}, 1);
    std::vector<std::uint32_t> scene;
    for (int turn = 0; turn < 2; ++turn)
      for (const PixelFormat& format : pixel_formats) {
        if (format.alpha)
          continue;
        const TargetImage target = TargetImage::for_reading(*gpu_in_use, size, format.vulkan);
        std::vector<std::uint32_t> pixels;
        renderer.draw_and_read(target, 77, [&](int, const std::uint32_t* row) {
          for (int x = 0; x < size.width; ++x)
            pixels.push_back(xrgb8888(row[x], format.fourcc));
        });
        if (scene.empty())
          scene = pixels;
        for (std::uint32_t i = 0; i < pixels.size(); ++i) {
          if (!beads) {
            ASSERT_EQ(pixels[i], pattern_pixel(i % 200, i / 200, 77))
                << format.name << " " << i % 200 << "," << i / 200;
          }
          // What is blended is rounded with the format's bits.
          for (const std::uint32_t shift : {0U, 8U, 16U})
            ASSERT_NEAR(static_cast<int>(pixels[i] >> shift & 0xffU), static_cast<int>(scene[i] >> shift & 0xffU), 3)
                << format.name << " " << i % 200 << "," << i / 200;
        }
      }
  }
  gpu_in_use.reset();
  EXPECT_NO_THROW(log.check());
}

TEST(Spin, TheSceneIsAFunctionOfItsNumberAndCarriesIt) {
  ValidationLog log;
  auto gpu_in_use = std::make_unique<Gpu>(std::nullopt, &log);
  const Gpu& gpu = *gpu_in_use;
  const Size size{200, 150};
  for (const bool alpha : {false, true}) {
    const auto first = draw(gpu, {.pattern = false, .alpha = alpha}, size, 1234567);
    EXPECT_EQ(first, draw(gpu, {.pattern = false, .alpha = alpha}, size, 1234567));
    EXPECT_NE(first, draw(gpu, {.pattern = false, .alpha = alpha}, size, 1234568));
    EXPECT_EQ(decode_frame_code([&](std::uint32_t x) { return first[x]; }), 1234567u);
    for (const std::uint32_t p : first) {
      const std::uint32_t a = p >> 24;
      if (!alpha) {
        ASSERT_EQ(a, 255u);
      }
      ASSERT_LE(p >> 16 & 255u, a);
      ASSERT_LE(p >> 8 & 255u, a);
      ASSERT_LE(p & 255u, a);
    }
  }
  gpu_in_use.reset();
  EXPECT_NO_THROW(log.check());
}

TEST(Spin, NoBeadComesOrGoesAndTheFarthestIsFirst) {
  const std::size_t count = beads_of_frame(0).size();
  EXPECT_GT(count, 40u);
  EXPECT_LT(count, static_cast<std::size_t>(max_beads));
  for (std::uint32_t frame = 0; frame < 2500; frame += 7) {
    const auto beads = beads_of_frame(frame);
    ASSERT_EQ(beads.size(), count) << frame;
    for (std::size_t i = 1; i < beads.size(); ++i)
      ASSERT_GE(glm::dot(beads[i - 1].centre, beads[i - 1].centre), glm::dot(beads[i].centre, beads[i].centre));
  }
}

TEST(Spin, EveryBeadIsInThePictureWhateverItsShape) {
  for (const float aspect : {0.4f, 1.0f, 16.0f / 9.0f})
    for (std::uint32_t frame = 0; frame < 2500; frame += 31)
      for (const Bead& bead : beads_of_frame(frame)) {
        const glm::vec4 at = projection_for(aspect) * glm::vec4(bead.centre, 1.0f);
        ASSERT_LT(std::abs(at.x / at.w), 1.0f) << "frame " << frame;
        ASSERT_LT(std::abs(at.y / at.w), 1.0f) << "frame " << frame;
      }
}

} // namespace
} // namespace fenceline::demos
