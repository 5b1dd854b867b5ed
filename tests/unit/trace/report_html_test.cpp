#include "tools/report/html_page.h"

#include <vector>

#include "tests/unit/trace/report_timeline.h"
#include "tools/report/html_pictures.h"

namespace fenceline::report {
namespace {

/// The elements of a page that were not ended in the order in which they began; "" where all were.
std::string unbalanced(const std::string& page) {
  std::vector<std::string> open;
  for (std::size_t at = page.find('<'); at != std::string::npos; at = page.find('<', at + 1)) {
    const std::size_t end = page.find('>', at);
    if (end == std::string::npos)
      return "an element without an end";
    if (page[at + 1] == '!' || page[end - 1] == '/')
      continue;
    const bool closes = page[at + 1] == '/';
    const std::size_t name = at + (closes ? 2 : 1);
    const std::string element = page.substr(name, page.find_first_of(" >", name) - name);
    if (!closes)
      open.push_back(element);
    else if (open.empty() || open.back() != element)
      return "</" + element + "> after <" + (open.empty() ? "" : open.back()) + ">";
    else
      open.pop_back();
  }
  return open.empty() ? "" : "<" + open.back() + ">";
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    ++found;
  return found;
}

/// Thirty frames, of which the 20th is shown two blanks late.
Timeline with_a_miss() {
  Timeline line;
  for (unsigned k = 1; k <= 30; ++k)
    line.frame(k, 16.0 * k, k == 20 ? Timeline::Steps{.flip = 35} : Timeline::Steps{}, k % 2 == 0 ? spin : paint);
  for (StampedEvent& stamped : line.trace.events)
    if (stamped.event.kind == Kind::LatchBegin && stamped.event.frame == FrameId{20})
      stamped.event.time = stamped.event.time - ms(32);
  return line;
}

TEST(ReportHtml, ThePageIsWholeAndNeedsNothingElse) {
  const Timeline line = with_a_miss();
  const std::string page = as_html(make_report(line.trace), "t.trace");
  EXPECT_EQ(unbalanced(page), "");
  EXPECT_EQ(page.find("http"), std::string::npos);
  EXPECT_EQ(page.find("src="), std::string::npos);
  EXPECT_EQ(page.find("<script"), std::string::npos);
}

TEST(ReportHtml, HasTheTextsFiguresAndAPictureOfEachStep) {
  const Timeline line = with_a_miss();
  const std::string page = as_html(make_report(line.trace), "t.trace");
  EXPECT_NE(page.find("30 flips"), std::string::npos);
  EXPECT_EQ(count(page, "<figcaption>submit -&gt; flip</figcaption>"), 1U) << "of the output";
  EXPECT_EQ(count(page, "<figcaption>commit -&gt; flip</figcaption>"), 3U) << "of the output and its two clients";
  EXPECT_NE(page.find("<p>30 values, in ms: p50 3."), std::string::npos);
}

TEST(ReportHtml, TheMissedFrameIsInTheTableAndDrawn) {
  const Timeline line = with_a_miss();
  const std::string page = as_html(make_report(line.trace), "t.trace");
  EXPECT_NE(page.find(">20</td><td class=\"number\">2</td>"), std::string::npos);
  EXPECT_NE(page.find("Around frame 20, "), std::string::npos);
  EXPECT_EQ(count(page, "<rect class=\"missed\""), 2U) << "around it, and in the middle of so short a trace";
  EXPECT_NE(page.find("frame 20: 2 blanks late"), std::string::npos);
}

TEST(ReportHtml, AColumnHasWhatTheHistogramHas) {
  Histogram of;
  for (int i = 0; i < 7; ++i)
    of.add(ms(2));
  for (int i = 0; i < 3; ++i)
    of.add(ms(8));
  const std::string picture = histogram_picture(of, "step");
  EXPECT_EQ(count(picture, "<rect class=\"column\""), 2U);
  EXPECT_NE(picture.find(" ms: 7</title>"), std::string::npos);
  EXPECT_NE(picture.find(" ms: 3</title>"), std::string::npos);
  EXPECT_EQ(histogram_picture({}, "step"), "");
}

TEST(ReportHtml, WhatIsFarBeyondTheOthersIsSaidAndNotDrawn) {
  Histogram of;
  for (int i = 0; i < 999; ++i)
    of.add(ms(1));
  of.add(ms(5000));
  const std::string picture = histogram_picture(of, "step");
  EXPECT_EQ(count(picture, "<rect class=\"column\""), 1U);
  EXPECT_NE(picture.find("max 5000.000; 1 beyond the picture"), std::string::npos);
}

TEST(ReportHtml, AClientsNameIsNoMarkup) {
  Timeline line = with_a_miss();
  line.trace.clients[spin].name = "</title><script>alert('1')</script>&\"\x1b[31m";
  line.trace.outputs[screen].name = "<b>HDMI</b>";
  const std::string page = as_html(make_report(line.trace), "<i>t</i>");
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("<b>"), std::string::npos);
  EXPECT_EQ(page.find("<i>"), std::string::npos);
  EXPECT_EQ(page.find('\x1b'), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;alert(&#39;1&#39;)"), std::string::npos);
  EXPECT_EQ(unbalanced(page), "");
}

TEST(ReportHtml, AnEmptyTraceIsAPage) {
  const std::string page = as_html(make_report({}), "t");
  EXPECT_EQ(unbalanced(page), "");
  EXPECT_NE(page.find("No output and no client is in it."), std::string::npos);
}

TEST(ReportHtml, ALongTraceStaysSmall) {
  Timeline line;
  for (unsigned k = 1; k <= 18'000; ++k)
    line.frame(k, 16.0 * k, k % 5 == 0 ? Timeline::Steps{.flip = 19} : Timeline::Steps{});
  for (StampedEvent& stamped : line.trace.events)
    if (stamped.event.kind == Kind::LatchBegin && static_cast<std::uint64_t>(stamped.event.frame) % 5 == 0)
      stamped.event.time = stamped.event.time - ms(16);
  const std::string page = as_html(make_report(line.trace), "t");
  EXPECT_LT(page.size(), 500'000U);
  EXPECT_NE(page.find("and 3400 more: the table has the first 200"), std::string::npos);
}

} // namespace
} // namespace fenceline::report
