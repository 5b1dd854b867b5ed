#include "renderer/device_choice.h"

#include <gtest/gtest.h>
#include <sys/sysmacros.h>

namespace fenceline {

namespace {

DeviceCandidate gpu(const char* name, bool dmabuf) {
  DeviceCandidate c;
  c.name = name;
  c.dmabuf = dmabuf;
  return c;
}

DeviceCandidate cpu() {
  DeviceCandidate c = gpu("cpu", true);
  c.cpu = true;
  return c;
}

TEST(DeviceChoice, PrefersTheDisplaysOwn) {
  DeviceCandidate other = gpu("other", true), own = gpu("own", true);
  own.primary = makedev(226, 1);
  own.render = makedev(226, 129);
  other.primary = makedev(226, 0);
  EXPECT_EQ(choose_device({cpu(), other, own}, makedev(226, 1))->name, "own");
  EXPECT_EQ(choose_device({own, other, cpu()}, makedev(226, 129))->name, "own");
  EXPECT_EQ(choose_device({cpu(), other, own}, makedev(226, 7))->name, "other");
  EXPECT_EQ(choose_device({cpu(), other, own}, std::nullopt)->name, "other");
}

TEST(DeviceChoice, FallsBackToTheCpu) {
  EXPECT_EQ(choose_device({gpu("no dma-bufs", false), cpu()}, std::nullopt)->name, "cpu");
  EXPECT_EQ(choose_device({gpu("no dma-bufs", false)}, std::nullopt)->name, "no dma-bufs");
}

TEST(DeviceChoice, SaysWhatIsWrong) {
  const auto none = choose_device({}, std::nullopt);
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().text().find("found none"), std::string::npos);
  DeviceCandidate old = gpu("Antique", true);
  old.flaw = "has Vulkan 1.1 only";
  const auto refused = choose_device({old}, std::nullopt);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find("'Antique' has Vulkan 1.1 only"), std::string::npos);
  EXPECT_EQ(refused.error().text().find('\n'), std::string::npos);
}

} // namespace

} // namespace fenceline
