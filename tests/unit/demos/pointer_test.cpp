#include <gtest/gtest.h>

#include "demos/pointer/event_time.h"
#include "demos/pointer/square_buffer.h"
#include "demos/pointer_pattern.h"

namespace fenceline::demos {
namespace {

TEST(DemoPointer, TimesOfEventsAreTheNearestWithThoseMilliseconds) {
  constexpr std::int64_t ms = 1'000'000;
  EXPECT_EQ(event_time(1'234, 1'240 * ms + 999), 1'234 * ms);
  EXPECT_EQ(event_time(1'240, 1'240 * ms + 999), 1'240 * ms);
  EXPECT_EQ(event_time(1'241, 1'240 * ms), 1'241 * ms) << "a little ahead";
  // After 49.7 days the 32 bits begin anew.
  constexpr std::int64_t turn = std::int64_t{1} << 32;
  EXPECT_EQ(event_time(5, (turn + 7) * ms), (turn + 5) * ms);
  EXPECT_EQ(event_time(0xffff'fffe, (turn + 3) * ms), (turn - 2) * ms);
}

TEST(DemoPointer, MicrosecondsHaveAllTheirBits) {
  EXPECT_EQ(exact_event_time(0, 1'234'567), 1'234'567'000);
  EXPECT_EQ(exact_event_time(2, 1), ((std::int64_t{2} << 32) + 1) * 1000);
}

TEST(DemoPointer, TheSquareIsWherePixelsAreInk) {
  constexpr Size size{100, 80};
  for (const Place place : {Place{50, 40}, Place{0, 0}, Place{99, 79}, Place{60, 3}}) {
    const Rect square = square_at(place, size);
    for (int y = 0; y < size.height; ++y)
      for (int x = 0; x < size.width; ++x) {
        const bool inside = x >= square.x0 && x < square.x1 && y >= square.y0 && y < square.y1;
        ASSERT_EQ(pointer_pixel(x, y, place.x, place.y), inside ? pointer_ink : pointer_ground) << x << "," << y;
      }
    EXPECT_EQ(pointer_pixel(place.x, place.y, place.x, place.y), pointer_ink);
  }
}

} // namespace
} // namespace fenceline::demos
