#include "demos/client/dmabuf_formats.h"

#include <cstring>

#include <gtest/gtest.h>

namespace fenceline::demos {
namespace {

constexpr std::uint32_t xrgb = 0x34325258;
constexpr std::uint32_t argb = 0x34325241;

std::vector<std::byte> table_of(std::initializer_list<FormatModifier> entries) {
  std::vector<std::byte> bytes;
  for (const FormatModifier& entry : entries) {
    std::byte raw[16];
    std::memset(raw, 0xee, sizeof raw); // the padding may hold anything
    std::memcpy(raw, &entry.format, 4);
    std::memcpy(raw + 8, &entry.modifier, 8);
    bytes.insert(bytes.end(), raw, raw + 16);
  }
  return bytes;
}

TEST(DmabufFormats, ReadsATable) {
  const auto bytes = table_of({{xrgb, 0}, {argb, 0x0100000000000002}});
  const auto table = parse_format_table(bytes);
  ASSERT_TRUE(table);
  EXPECT_EQ(*table, (std::vector<FormatModifier>{{xrgb, 0}, {argb, 0x0100000000000002}}));
  EXPECT_EQ(parse_format_table({})->size(), 0u);
}

TEST(DmabufFormats, RefusesATableThatEndsInTheMiddleOfAnEntry) {
  const auto bytes = table_of({{xrgb, 0}, {argb, 1}});
  EXPECT_FALSE(parse_format_table(std::span(bytes).first(31)));
  DmabufFeedbackState state;
  EXPECT_FALSE(state.format_table(std::span(bytes).first(8)));
}

class Feedback : public testing::Test {
 protected:
  Feedback() { EXPECT_TRUE(state.format_table(table_of({{xrgb, 0}, {xrgb, 5}, {argb, 0}, {xrgb, 9}}))); }

  void tranche(bool scanout, std::initializer_list<std::uint16_t> indices) {
    const std::vector<std::uint16_t> list(indices);
    state.tranche_target_device(7);
    state.tranche_scanout(scanout);
    state.tranche_formats(list);
    state.tranche_done();
  }

  DmabufFeedbackState state;
};

TEST_F(Feedback, TakesEffectAtDoneAndReplacesWhatWas) {
  state.main_device(42);
  tranche(true, {1});
  EXPECT_EQ(state.current(), nullptr);
  state.done();
  ASSERT_NE(state.current(), nullptr);
  EXPECT_EQ(state.current()->main_device, 42u);
  ASSERT_EQ(state.current()->tranches.size(), 1u);
  EXPECT_EQ(state.current()->tranches[0].target_device, 7u);

  state.main_device(43); // no new table: the old one stays
  tranche(false, {0, 2});
  EXPECT_EQ(state.current()->main_device, 42u);
  state.done();
  EXPECT_EQ(state.current()->main_device, 43u);
  ASSERT_EQ(state.current()->tranches.size(), 1u);
  EXPECT_FALSE(state.current()->tranches[0].scanout);
  EXPECT_EQ(state.current()->tranches[0].formats, (std::vector<FormatModifier>{{xrgb, 0}, {argb, 0}}));
}

TEST_F(Feedback, AnIndexOutsideTheTableIsLeftOut) {
  tranche(false, {3, 4, 0xffff});
  state.done();
  EXPECT_EQ(state.current()->tranches[0].formats, (std::vector<FormatModifier>{{xrgb, 9}}));
}

TEST_F(Feedback, TheFirstTrancheThatFitsDecides) {
  tranche(true, {1});       // a modifier that the device lacks
  tranche(true, {3, 2, 0}); // two that it has
  tranche(false, {0, 1, 3});
  state.done();
  const std::uint64_t supported[] = {0, 9};
  EXPECT_EQ(choose_modifiers(*state.current(), xrgb, supported), (ModifierChoice{{9, 0}, true}));
  EXPECT_EQ(choose_modifiers(*state.current(), argb, supported), (ModifierChoice{{0}, true}));
}

TEST_F(Feedback, NothingInCommonIsAnEmptyChoice) {
  tranche(true, {1});
  state.done();
  const std::uint64_t supported[] = {0};
  EXPECT_EQ(choose_modifiers(*state.current(), xrgb, supported), ModifierChoice{});
  EXPECT_EQ(choose_modifiers(*state.current(), xrgb, {}), ModifierChoice{});
}

// What a client with a format of its own liking takes while the planes take another one only, and when they do not.
TEST_F(Feedback, TheCompositorsLikingGoesBeforeTheClients) {
  const std::vector<DrawableFormat> argb_first{{argb, {0}}, {xrgb, {0, 5}}};
  tranche(true, {0, 3});
  tranche(false, {0, 1, 2, 3});
  state.done();
  EXPECT_EQ(choose_format(*state.current(), argb_first), (FormatChoice{1, {{0}, true}}));
  tranche(false, {0, 1, 2, 3});
  state.done();
  EXPECT_EQ(choose_format(*state.current(), argb_first), (FormatChoice{0, {{0}, false}}));
  tranche(true, {2, 0});
  tranche(false, {0, 1, 2, 3});
  state.done();
  EXPECT_EQ(choose_format(*state.current(), argb_first), (FormatChoice{0, {{0}, true}})) << "both are in the first";
  tranche(true, {3});
  state.done();
  EXPECT_TRUE(choose_format(*state.current(), argb_first).with.modifiers.empty());
}

} // namespace
} // namespace fenceline::demos
