// Video in YCbCr dma-bufs: on a plane, by the display's own conversion (vkms' writeback), with nothing composed; and
// composed, by the renderer's. Both against a CPU's, and against each other.

#include <drm_fourcc.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "compositor/frame/yuv_formats.h"
#include "demos/video_pattern.h"
#include "tests/lab/drm_lab.h"
#include "tests/lab/witness_picture.h"
#include "tests/lab/witness_planes.h"
#include "tests/lab/witness_session.h"
#include "tests/lab/witness_writeback.h"
#include "tests/support/cpu_reference.h"

namespace fenceline::lab {
namespace {

constexpr Size screen{1024, 768};
constexpr Size window{320, 200};
constexpr int most_looks = 100;

/// What `video` is told, and what of it the picture depends on.
struct Clip {
  const char* format;
  std::uint32_t fourcc;
  const char* matrix;
  const char* range;
  YuvEncoding encoding;
  std::uint32_t frame;
};

constexpr Clip clips[] = {
    {"p010", DRM_FORMAT_P010, "bt2020", "limited", {YuvMatrix::Bt2020, YuvRange::Limited}, 28},
    {"nv12", DRM_FORMAT_NV12, "bt709", "limited", {YuvMatrix::Bt709, YuvRange::Limited}, 21},
    {"nv12", DRM_FORMAT_NV12, "bt601", "full", {YuvMatrix::Bt601, YuvRange::Full}, 22},
    {"nv16", DRM_FORMAT_NV16, "bt2020", "limited", {YuvMatrix::Bt2020, YuvRange::Limited}, 23},
    {"nv24", DRM_FORMAT_NV24, "bt709", "full", {YuvMatrix::Bt709, YuvRange::Full}, 24},
    {"yuv420", DRM_FORMAT_YUV420, "bt601", "limited", {YuvMatrix::Bt601, YuvRange::Limited}, 25},
    {"yuv422", DRM_FORMAT_YUV422, "bt2020", "full", {YuvMatrix::Bt2020, YuvRange::Full}, 26},
    {"yuv444", DRM_FORMAT_YUV444, "bt709", "limited", {YuvMatrix::Bt709, YuvRange::Limited}, 27},
};

std::string text(const Clip& clip) {
  return std::string(clip.format) + ' ' + clip.matrix + ' ' + clip.range;
}

/// The samples of the clip's frame. `spread`: halved chroma is repeated for each of its pixels, as vkms does, which
/// has no filter.
ReferencePixels samples_of(const Clip& clip, Size size, bool spread) {
  const YuvFormat& format = *find_yuv_format(clip.fourcc);
  const std::uint32_t columns = format.planes[1].halved_x + 1U, rows = format.planes[1].halved_y + 1U;
  ReferenceYuv yuv;
  yuv.chroma_size = spread ? size : format.plane_size(1, size);
  const bool full = clip.encoding.range == YuvRange::Full;
  for (std::uint32_t y = 0; y < static_cast<std::uint32_t>(size.height); ++y)
    for (std::uint32_t x = 0; x < static_cast<std::uint32_t>(size.width); ++x)
      yuv.luma.push_back(static_cast<std::uint16_t>(demos::video_luma(x, y, clip.frame, full)));
  for (std::uint32_t y = 0; y < static_cast<std::uint32_t>(yuv.chroma_size.height); ++y)
    for (std::uint32_t x = 0; x < static_cast<std::uint32_t>(yuv.chroma_size.width); ++x) {
      const std::uint32_t column = spread ? x / columns : x, row = spread ? y / rows : y;
      yuv.blue.push_back(static_cast<std::uint16_t>(demos::video_blue(column, row, clip.frame, columns, rows)));
      yuv.red.push_back(static_cast<std::uint16_t>(demos::video_red(column, row, clip.frame, columns, rows)));
    }
  // `video` puts 8-bit values into the top of 16, whatever the format has.
  if (format.bits > 8) {
    yuv.bits = format.bits;
    for (std::vector<std::uint16_t>* channel : {&yuv.luma, &yuv.blue, &yuv.red})
      for (std::uint16_t& sample : *channel)
        sample = static_cast<std::uint16_t>(sample << (format.bits - 8));
  }
  return {size, {}, std::move(yuv)};
}

Picture computed(const Clip& clip, Rect dest, bool spread) {
  const ReferencePixels pixels = samples_of(clip, dest.size(), spread);
  SceneSnapshot scene;
  scene.size = screen;
  Layer layer;
  layer.format = {clip.fourcc, DRM_FORMAT_MOD_LINEAR};
  layer.buffer_size = dest.size();
  layer.source = {0, 0, double(dest.width), double(dest.height)};
  layer.dest = dest;
  layer.yuv = clip.encoding;
  scene.layers.push_back(layer);
  const auto words = reference_compose(scene, [&](const Layer&) { return &pixels; });
  return make_picture(screen, [&](std::uint32_t x, std::uint32_t y) {
    return words[y * static_cast<std::uint32_t>(screen.width) + x];
  });
}

class Video : public testing::Test {
 protected:
  Process play(const Clip& clip, const std::vector<std::string>& how) {
    std::vector<std::string> arguments{
        "--still",  "--no-overlay", "--verbose", "--json",    "--frame", std::to_string(clip.frame),
        "--format", clip.format,    "--matrix",  clip.matrix, "--range", clip.range};
    arguments.insert(arguments.end(), how.begin(), how.end());
    return session_.client("demos/video", arguments);
  }

  /// Waits until the client was told that its frame is on the screen: looking costs the display time.
  static void wait_until_presented(Process& client) {
    for (int i = 0; i < most_looks && !client.ended(); ++i) {
      if (client.errors().find("presented") != std::string::npos)
        return;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    FAIL() << client.errors();
  }
  /// Looks until the frame's number stands there, then at the whole picture.
  void expect_picture(const Clip& clip, Rect dest, bool spread, int allowed) {
    Picture seen;
    for (int look = 0; look < 10; ++look) {
      seen = writeback_->capture();
      if (frame_number(seen, dest.origin()) == clip.frame)
        break;
    }
    const Picture expected = computed(clip, dest, spread);
    int worst = 0;
    for (std::size_t i = 0; i < seen.words.size() && seen.size == expected.size; ++i)
      for (unsigned shift = 0; shift < 24; shift += 8)
        worst = std::max(worst, std::abs(static_cast<int>(seen.words[i] >> shift & 0xffU) -
                                         static_cast<int>(expected.words[i] >> shift & 0xffU)));
    std::printf("%s: at most %d of 255 beside the CPU's\n", text(clip).c_str(), worst);
    const auto wrong = differences(seen, expected, [allowed](Point) { return allowed; });
    EXPECT_TRUE(wrong.empty()) << text(clip) << ": " << lab::text(wrong);
  }
  void begin_looking() {
    if (!writeback_)
      writeback_.emplace(session_.compositor().pid());
  }
  void end(Process& client) {
    client.send(SIGTERM);
    EXPECT_EQ(client.wait(), 0) << client.errors();
  }

  Session session_;
  Witness eyes_;
  std::optional<Writeback> writeback_;
};

TEST_F(Video, OnThePrimaryPlaneIsNeitherCopiedNorComposed) {
  const Rect all{0, 0, screen.width, screen.height};
  for (const Clip& clip : clips) {
    Process client = play(clip, {"--fullscreen"});
    wait_until_presented(client);
    begin_looking();
    // vkms takes the 16 bits in which 10 lie for a sample of 16 bits, whose white is 257 times that of 8 and not 256
    // times: its P010 is a little darker than it should be.
    expect_picture(clip, all, true, clip.fourcc == DRM_FORMAT_P010 ? 2 : 1);
    EXPECT_EQ(planes_of(eyes_, client.pid()), 1) << text(clip);
    end(client);
  }
  writeback_.reset();
  EXPECT_EQ(session_.end(), 0) << session_.log();
  const std::string report = session_.report();
  EXPECT_NE(report.find("\"copied_bytes\": 0"), std::string::npos) << report;
  EXPECT_NE(report.find("\"layers_composed\": 0"), std::string::npos) << report;
}

// For a display without overlay planes.
TEST_F(Video, ComposedHasTheColoursOfThePlane) {
  // Windows are centred, each new one 32 px further right and down, also after the others have gone.
  Rect dest{(screen.width - window.width) / 2, (screen.height - window.height) / 2, window.width, window.height};
  for (const Clip& clip : clips) {
    Process client = play(clip, {"--size", "320x200"});
    wait_until_presented(client);
    begin_looking();
    expect_picture(clip, dest, false, 1);
    EXPECT_EQ(planes_of(eyes_, client.pid()), 0) << text(clip);
    end(client);
    dest = dest.moved({32, 32});
  }
  writeback_.reset();
  EXPECT_EQ(session_.end(), 0) << session_.log();
}

} // namespace
} // namespace fenceline::lab
