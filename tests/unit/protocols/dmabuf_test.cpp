#include <drm_fourcc.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "protocols/dmabuf_buffer.h"
#include "protocols/dmabuf_formats.h"
#include "tests/support/virtual_loop.h"

namespace fenceline {
namespace {

constexpr FormatModifier xrgb{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR};
constexpr FormatModifier argb{DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR};
constexpr FormatModifier tiled{DRM_FORMAT_XRGB8888, I915_FORMAT_MOD_X_TILED};

using Indices = std::vector<std::uint16_t>;

TEST(DmabufFeedback, WithoutAComposerTheDisplaysFormatsAreAll) {
  auto feedback = DmabufFeedback::create({.main_device = 1, .texture = {}, .scanout = {xrgb, argb}});
  ASSERT_TRUE(feedback);
  EXPECT_TRUE(feedback->offers(xrgb));
  EXPECT_TRUE(feedback->offers(argb));
  EXPECT_FALSE(feedback->offers(tiled));
  EXPECT_EQ((Indices{0, 1}), feedback->scanout());
  EXPECT_TRUE(feedback->texture().empty());
  EXPECT_EQ(32U, feedback->table_size());
}

TEST(DmabufFeedback, WhatCannotBeComposedIsNotOffered) {
  auto feedback = DmabufFeedback::create({.main_device = 1, .texture = {argb, xrgb}, .scanout = {tiled, xrgb}});
  ASSERT_TRUE(feedback);
  EXPECT_FALSE(feedback->offers(tiled));
  EXPECT_EQ(Indices{1}, feedback->scanout());
  EXPECT_EQ((Indices{0, 1}), feedback->texture());
}

TEST(DmabufFeedback, PairsAreToldOnce) {
  auto feedback = DmabufFeedback::create({.main_device = 1, .texture = {xrgb, xrgb, argb}, .scanout = {xrgb, xrgb}});
  ASSERT_TRUE(feedback);
  EXPECT_EQ((std::vector{xrgb, argb}), feedback->formats());
  EXPECT_EQ((Indices{0, 1}), feedback->texture());
  EXPECT_EQ(Indices{0}, feedback->scanout());
}

TEST(DmabufFormats, PlanesAreKnown) {
  EXPECT_EQ(1U, plane_count(DRM_FORMAT_XRGB8888));
  EXPECT_EQ(2U, plane_count(DRM_FORMAT_NV12));
  EXPECT_EQ(3U, plane_count(DRM_FORMAT_YUV420));
  EXPECT_EQ(0U, plane_count(DRM_FORMAT_Q410)) << "not known";
}

class NoImporter final : public BufferImporter {
 public:
  [[nodiscard]] Result<void> import_dmabuf(BufferId, const DmabufAttributes&) override { return {}; }
  void forget_buffer(BufferId buffer) override { forgotten.push_back(buffer); }
  std::vector<BufferId> forgotten;
};

/// An eventfd polls as a dma-buf does: readable when nobody writes to it any more.
class ImplicitFences : public testing::Test {
 protected:
  std::unique_ptr<DmabufBuffer> buffer() {
    DmabufAttributes attributes;
    attributes.size = {4, 4};
    attributes.format = xrgb;
    attributes.plane_count = 2;
    attributes.planes[0] = {UniqueFd(::dup(writer_.get())), 0, 16};
    attributes.planes[1] = {UniqueFd(::dup(writer_.get())), 64, 16};
    return std::make_unique<DmabufBuffer>(BufferId{7}, std::move(attributes), importer_, wl::Held());
  }
  void writer_is_done() const {
    const std::uint64_t one = 1;
    ASSERT_EQ(8, ::write(writer_.get(), &one, sizeof one));
  }
  test::VirtualLoop loop_;
  NoImporter importer_;
  UniqueFd writer_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::vector<std::unique_ptr<CommitConstraint>> constraints_;
};

TEST_F(ImplicitFences, ABufferThatNobodyWritesToHasNone) {
  writer_is_done();
  ASSERT_TRUE(buffer()->add_write_fences(loop_, constraints_, {}));
  EXPECT_TRUE(constraints_.empty());
}

TEST_F(ImplicitFences, AWriterIsWaitedFor) {
  const auto dmabuf = buffer();
  ASSERT_TRUE(dmabuf->add_write_fences(loop_, constraints_, {}));
  int met = 0;
  for (auto& constraint : constraints_)
    EXPECT_FALSE(*constraint->arm([&] { ++met; }));
  EXPECT_GE(constraints_.size(), 1U);
  loop_.advance(std::chrono::milliseconds(5));
  EXPECT_EQ(0, met);
  writer_is_done();
  loop_.advance(std::chrono::milliseconds(5));
  EXPECT_EQ(static_cast<int>(constraints_.size()), met);
}

TEST_F(ImplicitFences, TheImporterForgetsWithTheBuffer) {
  auto dmabuf = buffer();
  EXPECT_TRUE(importer_.forgotten.empty());
  dmabuf.reset();
  EXPECT_EQ(std::vector{BufferId{7}}, importer_.forgotten);
}

} // namespace
} // namespace fenceline
