#include "demos/client/options.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "demos/video/clip_buffer.h"

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

/// What a demo says of its command line, without its own name; empty: nothing.
std::string said_of(std::vector<std::string> arguments) {
  CLI::App app("A demo.", "demo");
  CommonOptions options;
  add_common_options(app, options);
  std::reverse(arguments.begin(), arguments.end()); // As CLI11 wants a list.
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
  return {};
}

TEST(DemoOptions, ListWhatTheyTake) {
  EXPECT_EQ(said_of({"--cursor", "big"}), "--cursor takes default, own, own-dmabuf or none, not big");
  EXPECT_EQ(said_of({"--transform", "91"}), "--transform takes normal, 90, 180, 270, flipped, flipped-90, flipped-180, "
                                            "flipped-270 or preferred, not 91");
  EXPECT_EQ(said_of({"--transform", "1"}), "--transform takes normal, 90, 180, 270, flipped, flipped-90, flipped-180, "
                                           "flipped-270 or preferred, not 1")
      << "by word, not by the protocol's number";
  EXPECT_EQ(said_of({"--transform", "flipped-90", "--cursor", "none"}), "");
}

TEST(DemoVideo, SaysWhatToDoWhereThereAreNoDmabufs) {
  const std::string none = no_dmabufs(ENOENT, EACCES);
  EXPECT_NE(none.find("/dev/udmabuf (No such file or directory), /dev/dma_heap/system (Permission denied)"),
            std::string::npos)
      << none;
  EXPECT_NE(none.find("modprobe udmabuf"), std::string::npos) << none;
  EXPECT_NE(no_dmabufs(EACCES, ENOENT).find("Let your user read and write /dev/udmabuf"), std::string::npos);
  EXPECT_NE(none_taken(ENOENT).find("modprobe udmabuf"), std::string::npos) << none_taken(ENOENT);
  EXPECT_EQ(none_taken(0).find("udmabuf"), std::string::npos) << "it is there: that is not what is missing";
  EXPECT_NE(no_dmabufs(EINVAL, ENOENT).find("--size"), std::string::npos);
}

} // namespace
} // namespace fenceline::demos
