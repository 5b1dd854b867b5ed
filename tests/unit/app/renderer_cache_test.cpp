#include "compositor/app/renderer_cache.h"

#include <drm_fourcc.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace fenceline {
namespace {

class RendererCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string folder = testing::TempDir() + "renderer-cache-XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string text() const {
    std::ifstream file(folder_ / "deep/renderer");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void put(const std::string& text) const {
    std::ofstream file(folder_ / "deep/renderer");
    file << text;
  }
  [[nodiscard]] RendererCache cache(const std::string& key = "kernel 1\ndriver 2\n") const {
    return {folder_ / "deep", key};
  }

  std::filesystem::path folder_;
  RendererFacts facts_{
      .textures = {{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR}, {DRM_FORMAT_ARGB8888, 0x0100000000000001ULL}},
      .targets = {{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_INVALID}},
      .reads_shm = true};
};

TEST_F(RendererCacheTest, WhatWasWrittenIsRead) {
  EXPECT_FALSE(cache().read());
  ASSERT_TRUE(cache().write(facts_));
  EXPECT_EQ(cache().read(), facts_);
  facts_.reads_shm = false;
  facts_.textures.pop_back();
  ASSERT_TRUE(cache().write(facts_));
  EXPECT_EQ(cache().read(), facts_);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_ / "deep"), {}), 1) << "nothing is left over";
}

TEST_F(RendererCacheTest, AnotherDriverOrKernelKnowsNothing) {
  ASSERT_TRUE(cache().write(facts_));
  EXPECT_FALSE(cache("kernel 2\ndriver 2\n").read());
  EXPECT_FALSE(cache("kernel 1\n").read());
  EXPECT_FALSE(cache("kernel 1\ndriver 2\nanother\n").read());
}

TEST_F(RendererCacheTest, ADamagedFileIsNone) {
  ASSERT_TRUE(cache().write(facts_));
  const std::string whole = text();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    put(whole.substr(0, length));
    EXPECT_FALSE(cache().read()) << length;
  }
  put(whole);
  EXPECT_EQ(cache().read(), facts_);
  std::string wrong = whole;
  wrong.replace(wrong.find("texture 0x"), 10, "texture 0y");
  put(wrong);
  EXPECT_FALSE(cache().read());
  put(std::string(3 << 20, 'x'));
  EXPECT_FALSE(cache().read());
}

TEST_F(RendererCacheTest, WithoutAFolderNothingIsKept) {
  const RendererCache none({}, "kernel 1\n");
  EXPECT_TRUE(none.write(facts_));
  EXPECT_FALSE(none.read());
}

TEST_F(RendererCacheTest, AFolderThatCannotBeWrittenToIsAnError) {
  std::ofstream(folder_ / "deep") << "a file";
  EXPECT_FALSE(cache().write(facts_));
}

TEST_F(RendererCacheTest, TheKeyKnowsTheDrivers) {
  const std::string manifest = folder_ / "driver.json";
  std::ofstream(manifest) << "{}";
  ASSERT_EQ(::setenv("VK_DRIVER_FILES", manifest.c_str(), 1), 0);
  const std::string before = renderer_key(std::nullopt);
  EXPECT_EQ(renderer_key(std::nullopt), before);
  std::ofstream(manifest) << "{ \"another\": \"version\" }";
  EXPECT_NE(renderer_key(std::nullopt), before);
  ASSERT_EQ(::unsetenv("VK_DRIVER_FILES"), 0);
  EXPECT_NE(renderer_key(std::nullopt), before);
  EXPECT_NE(renderer_key(dev_t{0x101}), renderer_key(std::nullopt));
}

} // namespace
} // namespace fenceline
