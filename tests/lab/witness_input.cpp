// From a hand to the display: events that this process makes through /dev/uinput move a square that a client draws
// under the pointer. Where it is on the display is seen by vkms' writeback; what the trace and the client say of the
// way from the event to the flip is held against each other.

#include <gtest/gtest.h>

#include <array>

#include "demos/pointer_pattern.h"
#include "tests/lab/witness_json.h"
#include "tests/lab/witness_picture.h"
#include "tests/lab/witness_pointer.h"
#include "tests/lab/witness_session.h"
#include "tests/lab/witness_writeback.h"

namespace fenceline::lab {
namespace {

constexpr Size screen{1024, 768};
// Looks at the display until something is to be seen. A look takes a blank or more.
constexpr int most_looks = 400;
// In the middle, beside that, and where the square is cut off.
constexpr std::array<Point, 8> places{
    {{512, 384}, {513, 384}, {100, 700}, {3, 2}, {1020, 2}, {1023, 767}, {0, 400}, {700, 65}}};

Picture expected(Point at) {
  return make_picture(screen, [at](std::uint32_t x, std::uint32_t y) {
    return demos::pointer_pixel(static_cast<int>(x), static_cast<int>(y), at.x, at.y);
  });
}

bool comes_to_show(Writeback& writeback, const Picture& wanted) {
  for (int look = 0; look < most_looks; ++look)
    if (differences(writeback.capture(), wanted).empty())
      return true;
  return false;
}

const Json& client_of(const Json& report, const std::string& name) {
  for (const Json& client : report["clients"].list())
    if (client["name"].text() == name)
      return client;
  throw std::runtime_error("the report has no client " + name);
}

TEST(Input, TheSquareIsWhereThePointerIs) {
  const AbsolutePointer pointer(screen);
  pointer.move_to({300, 300});
  Session session;
  Process client = session.client("demos/pointer", {"--fullscreen", "--json"});
  {
    Writeback writeback(session.compositor().pid());
    // The session may have come too late for the first event: this one it sees.
    pointer.move_to({301, 300});
    ASSERT_TRUE(comes_to_show(writeback, expected({301, 300}))) << client.errors() << session.log();
    for (const Point& place : places) {
      pointer.move_to(place);
      EXPECT_TRUE(comes_to_show(writeback, expected(place))) << "the square is not at " << place.x << "," << place.y;
      // What says so must be able to say no: the square a pixel beside.
      EXPECT_FALSE(differences(writeback.capture(), expected(place + Point{1, 0})).empty());
    }
  }
  client.send(SIGTERM);
  ASSERT_EQ(client.wait(), 0) << client.errors();
  const Json told = Json::parse(client.out());
  EXPECT_GE(told["pointer_events"].number(), places.size());
  EXPECT_GE(told["answers_presented"].number(), places.size()) << "each was waited for on the display";
  EXPECT_EQ(told["exact_times"].number(), 0) << "nothing moves relatively";
  EXPECT_EQ(session.end(), 0) << session.log();

  const Json report = Json::parse(session.report());
  const Json& traced = client_of(report, "pointer");
  const Json& input = traced["input"];
  EXPECT_EQ(input["events"].number(), told["pointer_events"].number()) << "both count what the client was sent";
  EXPECT_EQ(input["answered"].number(), told["answers_presented"].number()) << "and what it has answered";
  const Json& steps = input["steps_ms"];
  for (const char* step : {"input -> sent", "sent -> commit", "commit -> flip", "input -> flip"})
    EXPECT_EQ(steps[step]["n"].number(), input["answered"].number()) << step;
  // Each part is shorter than the whole, so its quantiles are: clocks that do not agree would show here.
  for (const char* step : {"input -> sent", "sent -> commit", "commit -> flip"})
    EXPECT_LE(steps[step]["p50"].number(), steps["input -> flip"]["p50"].number()) << step;
  // The client knows the event's time to the millisecond.
  const double traced_ms = steps["input -> flip"]["max"].number(),
               client_ms = told["event_to_present_ms"]["max"].number();
  EXPECT_GE(client_ms, traced_ms - 0.01);
  EXPECT_LE(client_ms, traced_ms + 1.01);
  EXPECT_EQ(traced["zero_copy"].number(), traced["presented"].number());
  std::printf("%zu places: the square is where the pointer is; %.0f events, %.0f answered\n", places.size(),
              input["events"].number(), input["answered"].number());
}

} // namespace
} // namespace fenceline::lab
