#include "protocols/drm_sync_objects.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "compositor/base/fd.h"

namespace fenceline {
namespace {

TEST(DrmSyncObjects, ADescriptorThatIsNoDrmDeviceIsAnError) {
  const UniqueFd fd(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const auto objects = DrmSyncObjects::create(fd.get(), true);
  ASSERT_FALSE(objects);
  EXPECT_FALSE(objects.error().what.empty());
}

/// A client's timeline is destroyed once, when its last point is gone.
class CountingObjects final : public SyncObjects {
 public:
  [[nodiscard]] Result<std::uint32_t> import(int) override { return std::uint32_t{1}; }
  void destroy(std::uint32_t handle) override { destroyed.push_back(handle); }
  [[nodiscard]] bool signalled(std::uint32_t, std::uint64_t) override { return false; }
  [[nodiscard]] bool reached(std::span<const std::uint32_t>, std::span<std::uint64_t>) override { return false; }
  [[nodiscard]] Result<void> notify(std::uint32_t, std::uint64_t, int) override { return {}; }
  [[nodiscard]] Result<void> signal(std::uint32_t, std::uint64_t) override { return {}; }
  [[nodiscard]] TimePoint signalled_at(std::uint32_t, std::uint64_t) override { return {}; }
  std::vector<std::uint32_t> destroyed;
};

TEST(SyncTimeline, IsDestroyedWithItsLastPoint) {
  CountingObjects objects;
  auto timeline = std::make_shared<SyncTimeline>(objects, 5);
  {
    const SyncPoint point{timeline, 3};
    timeline.reset();
    EXPECT_TRUE(objects.destroyed.empty());
  }
  EXPECT_EQ(std::vector<std::uint32_t>{5}, objects.destroyed);
}

} // namespace
} // namespace fenceline
