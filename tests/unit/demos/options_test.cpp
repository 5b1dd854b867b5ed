#include "demos/client/options.h"

#include <gtest/gtest.h>

namespace fenceline::demos {
namespace {

TEST(DemoOptions, ReadsASize) {
  EXPECT_EQ(parse_size("1024x768"), (Size{1024, 768}));
  EXPECT_EQ(parse_size("32x16384"), (Size{32, 16384}));
}

TEST(DemoOptions, RefusesWhatIsNoSize) {
  for (const char* text : {"", "x", "640", "640x", "x480", "640x480x", "640x480 ", "-640x480", "31x480", "640x16385",
                           "99999999999x480", "640X480"})
    EXPECT_FALSE(parse_size(text)) << text;
}

} // namespace
} // namespace fenceline::demos
