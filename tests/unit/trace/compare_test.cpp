#include "tools/report/compare.h"

#include <gtest/gtest.h>

#include "tests/unit/trace/report_timeline.h"

namespace fenceline::report {
namespace {

const std::string path_a = "a", path_b = "b";

/// The line of `text` that begins with `head`, after `section`; its runs of spaces as one.
std::string line_of(const std::string& text, const std::string& section, const std::string& head) {
  const auto from = text.find(section);
  if (from == std::string::npos)
    return "no section";
  const auto begin = text.find("  " + head + "  ", from);
  if (begin == std::string::npos)
    return "no line";
  std::string out;
  for (const char c : text.substr(begin + 2, text.find('\n', begin) - begin - 2))
    if (c != ' ' || (!out.empty() && out.back() != ' '))
      out += c;
  return out;
}

TEST(Compare, TellsBothTracesTheDifferenceAndTheRatio) {
  Timeline first, second;
  first.frame(1, 10, {});                                                 // 7 ms from commit to flip.
  second.frame(1, 10, {.fence = 1, .latch = 2, .submit = 1, .flip = 10}); // 14 ms.
  second.frame(2, 40, {.fence = 1, .latch = 2, .submit = 1, .flip = 10}, spin, false);
  const Report a = make_report(first.trace), b = make_report(second.trace);
  const std::string text = comparison_as_text({a, path_a}, {b, path_b});
  EXPECT_EQ(line_of(text, "client spin", "updates presented"), "updates presented 1 2 1 2.000") << text;
  EXPECT_EQ(line_of(text, "client spin", "of these zero-copy"), "of these zero-copy 1 1 0 1.000") << text;
  EXPECT_EQ(line_of(text, "client spin", "commit -> flip, max ms"), "commit -> flip, max ms 7.000 14.000 7.000 2.000")
      << text;
  EXPECT_EQ(line_of(text, "output HDMI-A-1", "flips"), "flips 1 2 1 2.000") << text;
  EXPECT_EQ(line_of(text, "output HDMI-A-1", "missed frames"), "missed frames 0 0 0 -") << "no ratio to 0\n" << text;
}

TEST(Compare, ListsWhatOnlyOneTraceHas) {
  Timeline first, second;
  first.frame(1, 10, {}, spin);
  second.frame(1, 10, {}, paint);
  const Report a = make_report(first.trace), b = make_report(second.trace);
  const std::string text = comparison_as_text({a, path_a}, {b, path_b});
  EXPECT_NE(text.find("only in A: client spin\n"), std::string::npos) << text;
  EXPECT_NE(text.find("only in B: client paint\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("\nclient spin"), std::string::npos) << "there is nothing to compare it with\n" << text;
  const std::string json = comparison_as_json({a, path_a}, {b, path_b});
  EXPECT_NE(json.find("\"client paint\""), std::string::npos) << json;
}

} // namespace
} // namespace fenceline::report
