#include "compositor/app/session_command.h"

#include <gtest/gtest.h>

namespace fenceline::test {
namespace {

using namespace std::chrono_literals;

TEST(RestartDelay, DoublesUpToHalfAMinute) {
  RestartDelay delay;
  for (const auto seconds : {1s, 2s, 4s, 8s, 16s, 30s, 30s})
    EXPECT_EQ(delay.after(100ms), seconds);
}

TEST(RestartDelay, WhoeverRanWellIsBackInASecond) {
  RestartDelay delay;
  for (int i = 0; i < 5; ++i)
    (void)delay.after(1s);
  EXPECT_EQ(delay.after(2min), 1s);
  EXPECT_EQ(delay.after(59s), 2s);
}

} // namespace
} // namespace fenceline::test
