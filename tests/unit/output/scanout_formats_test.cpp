#include "compositor/output/scanout_formats.h"

#include <drm_fourcc.h>
#include <gtest/gtest.h>

namespace fenceline::test {
namespace {

constexpr FormatModifier xrgb{DRM_FORMAT_XRGB8888, 0}, argb{DRM_FORMAT_ARGB8888, 0}, nv12{DRM_FORMAT_NV12, 0};

OutputInfo output(std::vector<PlaneInfo> planes) {
  OutputInfo info;
  info.planes = std::move(planes);
  return info;
}

TEST(ScanoutFormats, ThePrimaryPlanesComeFirstAndEachOnce) {
  OutputInfo info = output({{PlaneId{1}, PlaneType::Primary, {xrgb}},
                            {PlaneId{2}, PlaneType::Overlay, {argb, xrgb}},
                            {PlaneId{3}, PlaneType::Overlay, {nv12, argb}},
                            {PlaneId{4}, PlaneType::Cursor, {argb}}});
  info.planes[2].yuv = {YuvEncoding{}};
  EXPECT_EQ(scanout_formats({&info, 1}), (std::vector{xrgb, argb, nv12}));
}

TEST(ScanoutFormats, OfTheFirstOutputThatHasAny) {
  const std::vector<OutputInfo> infos{output({{PlaneId{4}, PlaneType::Cursor, {argb}}}),
                                      output({{PlaneId{1}, PlaneType::Primary, {xrgb}}}),
                                      output({{PlaneId{1}, PlaneType::Primary, {nv12}}})};
  EXPECT_EQ(scanout_formats(infos), std::vector{xrgb});
  EXPECT_TRUE(scanout_formats({}).empty());
}

TEST(ScanoutFormats, HaveVideoOnlyOfPlanesThatSayHowTheyReadIt) {
  std::vector<OutputInfo> infos{output({{PlaneId{1}, PlaneType::Primary, {xrgb, nv12}}})};
  EXPECT_EQ(scanout_formats(infos), std::vector{xrgb});
  infos[0].planes[0].yuv.push_back({});
  EXPECT_EQ(scanout_formats(infos), (std::vector{xrgb, nv12}));
}

} // namespace
} // namespace fenceline::test
