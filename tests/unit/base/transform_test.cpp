#include "compositor/base/transform.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace fenceline {
namespace {

std::vector<Transform> all() {
  std::vector<Transform> transforms;
  for (std::uint8_t i = 0; i < 8; ++i)
    transforms.push_back(static_cast<Transform>(i));
  return transforms;
}

/// A picture as rows of letters.
using Letters = std::vector<std::string>;
const Letters upright{"abc", "def"};

/// Moves each pixel to where `turned` says that it goes.
Letters moved(Transform t, const Letters& from) {
  const Size size{static_cast<std::int32_t>(from.front().size()), static_cast<std::int32_t>(from.size())};
  const Size to = turned(t, size);
  Letters out(static_cast<std::size_t>(to.height), std::string(static_cast<std::size_t>(to.width), '?'));
  for (std::int32_t y = 0; y < size.height; ++y)
    for (std::int32_t x = 0; x < size.width; ++x) {
      const Rect at = turned(t, {x, y, 1, 1}, size);
      EXPECT_EQ((Size{1, 1}), at.size());
      out.at(static_cast<std::size_t>(at.y)).at(static_cast<std::size_t>(at.x)) =
          from[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)];
    }
  return out;
}

// Written down from the protocol's words: flipped around the vertical axis first, then counter-clockwise.
TEST(Transforms, TurnPicturesAsTheProtocolSays) {
  EXPECT_EQ((Letters{"abc", "def"}), moved(Transform::Normal, upright));
  EXPECT_EQ((Letters{"cf", "be", "ad"}), moved(Transform::R90, upright));
  EXPECT_EQ((Letters{"fed", "cba"}), moved(Transform::R180, upright));
  EXPECT_EQ((Letters{"da", "eb", "fc"}), moved(Transform::R270, upright));
  EXPECT_EQ((Letters{"cba", "fed"}), moved(Transform::Flipped, upright));
  EXPECT_EQ((Letters{"ad", "be", "cf"}), moved(Transform::Flipped90, upright));
  EXPECT_EQ((Letters{"def", "abc"}), moved(Transform::Flipped180, upright));
  EXPECT_EQ((Letters{"fc", "eb", "da"}), moved(Transform::Flipped270, upright));
}

TEST(Transforms, CombineAsPicturesDo) {
  for (const Transform first : all()) {
    EXPECT_EQ(upright, moved(inverse(first), moved(first, upright)));
    EXPECT_EQ(Transform::Normal, combined(first, inverse(first)));
    EXPECT_EQ(Transform::Normal, combined(inverse(first), first));
    for (const Transform then : all())
      EXPECT_EQ(moved(then, moved(first, upright)), moved(combined(first, then), upright))
          << int(first) << " then " << int(then);
  }
}

TEST(Transforms, TurnPlacesAsTheyTurnPixels) {
  constexpr Size size{30, 20};
  for (const Transform t : all()) {
    const Rect rect = turned(t, {7, 3, 2, 2}, size);
    const UnitPoint middle = turned(t, UnitPoint{8.0 / size.width, 4.0 / size.height});
    EXPECT_DOUBLE_EQ(rect.x + 1, middle.x * turned(t, size).width) << int(t);
    EXPECT_DOUBLE_EQ(rect.y + 1, middle.y * turned(t, size).height) << int(t);
  }
}

TEST(Transforms, TakeEveryRectangle) {
  constexpr std::int32_t least = INT32_MIN, most = INT32_MAX;
  EXPECT_EQ((Rect{least, most, 1, 1}), turned(Transform::R90, {least, least, 1, 1}, {most, most}));
  EXPECT_EQ((Rect{-10, 4, 5, 100}), turned(Transform::R270, {4, 25, 100, 5}, {100, 20}));
}

} // namespace
} // namespace fenceline
