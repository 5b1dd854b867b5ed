#include "tools/msg/outline.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace fenceline::msg {
namespace {

using Json = nlohmann::ordered_json;

TEST(Outline, AlignsValuesAndIndentsWhatIsIn) {
  EXPECT_EQ(outline(Json{{"name", "DP-1"}, {"on", true}, {"position", {1, 2}}, {"deep", {{"a", nullptr}}}}),
            "name      DP-1\n"
            "on        yes\n"
            "position  1, 2\n"
            "deep\n"
            "  a  -\n");
  EXPECT_EQ(outline(Json()), "");
}

TEST(Outline, ListsOfShortThingsHaveALineForEach) {
  const Json modes{{{"mode", "800x600@60.00"}, {"current", true}}, {{"mode", "640x480@60.00"}, {"current", false}}};
  EXPECT_EQ(outline(Json{{"modes", modes}}), "modes\n"
                                             "  mode 800x600@60.00, current yes\n"
                                             "  mode 640x480@60.00, current no\n");
}

TEST(Outline, ListsOfLongThingsHaveABlankLineBetweenThem) {
  const Json thing{{"a", 1}, {"b", {{"c", 2}}}};
  EXPECT_EQ(outline(Json{thing, thing}), "a  1\nb\n  c  2\n\na  1\nb\n  c  2\n");
}

TEST(Outline, HandsNoCommandsToTheTerminal) {
  EXPECT_EQ(outline(Json{{"title", "a\033[2Jb"}}), "title  a?[2Jb\n");
}

} // namespace
} // namespace fenceline::msg
