// The session under Vulkan's validation layer: it composes, uploads, imports, scans out and reads back, and the layer
// has nothing to say. That it would say something is shown twice: by a mistake made on purpose through the same
// renderer and log, and by a session of which the layer is told to give advice as well.

#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "compositor/base/epoll_loop.h"
#include "renderer/vulkan_composer.h"
#include "tests/lab/witness_json.h"
#include "tests/lab/witness_session.h"

namespace fenceline::lab {
namespace {

/// What the layer said, by the lines of a log. What is suppressed, by name and with the reason, is at debug level.
std::vector<std::string> messages(const std::string& log) {
  std::vector<std::string> found;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);)
    if (line.find("validation layer: ") != std::string::npos && line.find(" debug ") == std::string::npos)
      found.push_back(line);
  return found;
}

bool has_layer(pid_t process) {
  return text_of("/proc/" + std::to_string(process) + "/maps").find("libVkLayer_khronos_validation") !=
         std::string::npos;
}

/// A session with two windows that overlap, then one that fills the screen, and a screenshot. Its log.
std::string log_of_a_session() {
  const ScratchFolder folder;
  Session session({"--validation", "--log-level", "debug", "--screenshot", folder.path("end.png")});
  EXPECT_TRUE(has_layer(session.compositor().pid()));
  {
    Process spin = session.client("demos/spin", {"--frames", "60"});
    Process paint = session.client("demos/paint", {"--alpha", "--frames", "60"});
    EXPECT_EQ(spin.wait(), 0) << spin.errors();
    EXPECT_EQ(paint.wait(), 0) << paint.errors();
    Process full = session.client("demos/spin", {"--fullscreen", "--frames", "20"});
    EXPECT_EQ(full.wait(), 0) << full.errors();
  }
  EXPECT_EQ(session.end(), 0) << session.log();
  EXPECT_TRUE(std::filesystem::exists(folder.path("end.png"))) << session.log();
  const Json report = Json::parse(session.report());
  EXPECT_GT(report["outputs"].list().at(0)["frames_composed"].number(), 0);
  EXPECT_GT(report["outputs"].list().at(0)["frames_by_planes_alone"].number(), 0);
  return session.log();
}

TEST(Validation, TheSessionGivesNoReasonToComplain) {
  for (const std::string& message : messages(log_of_a_session()))
    ADD_FAILURE() << message;
}

TEST(Validation, AMistakeIsReportedThroughTheSameLog) {
  auto loop = EpollLoop::create();
  ASSERT_TRUE(loop);
  Log log(LogLevel::Debug);
  VulkanComposerOptions options;
  options.validation = true;
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  std::uint64_t before = 0, after = 0;
  {
    auto composer = VulkanComposer::create(**loop, log, options);
    if (composer) {
      before = (*composer)->validation_errors();
      (*composer)->provoke_validation_error();
      after = (*composer)->validation_errors();
    }
  }
  const std::string said = testing::internal::GetCapturedStderr() + testing::internal::GetCapturedStdout();
  EXPECT_EQ(before, 0U) << said;
  EXPECT_GT(after, 0U) << said;
  const auto found = messages(said);
  ASSERT_EQ(found.size(), after) << said;
  EXPECT_NE(found[0].find("VUID-VkBufferCreateInfo-size"), std::string::npos) << found[0];
}

// Advice on style is no mistake, and there is always some (an allocation that is small, say): it shows that this layer,
// in this program, reaches this log.
TEST(Validation, TheLayerOfTheSessionIsHeard) {
  ASSERT_EQ(::setenv("VK_LAYER_ENABLES", "VK_VALIDATION_FEATURE_ENABLE_BEST_PRACTICES_EXT", 1), 0);
  const std::string log = log_of_a_session();
  ::unsetenv("VK_LAYER_ENABLES");
  const auto found = messages(log);
  EXPECT_FALSE(found.empty()) << log;
  if (!found.empty())
    std::printf("%zu pieces of advice, the first: %.160s\n", found.size(), found[0].c_str());
}

} // namespace
} // namespace fenceline::lab
