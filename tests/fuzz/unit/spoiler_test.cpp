#include "tests/fuzz/spoiler.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace fenceline::fuzz {
namespace {

Action frame_request() {
  Action action;
  Encoder encoder(2, 3);
  encoder.put_uint(5);
  encoder.put_string("text");
  action.bytes = std::move(encoder).finish();
  action.fds = {{.kind = FdKind::Memfd, .size = 4096}};
  return action;
}

TEST(Spoiler, AlwaysChangesSomethingAndSaysWhat) {
  const InterfaceSpec display{.name = "wl_display"};
  const InterfaceSpec surface{.name = "wl_surface"};
  ObjectTracker objects(display);
  for (int i = 0; i < 20; ++i)
    (void)objects.create(surface, 1);
  std::set<std::string> mutations;
  int unchanged = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    Prng prng(seed);
    auto action = frame_request();
    const auto damage = spoil(action, objects, prng);
    ASSERT_NE(action.mutation, nullptr);
    mutations.insert(action.mutation);
    const auto fresh = frame_request();
    const bool same = action.bytes == fresh.bytes && action.fds == fresh.fds;
    unchanged += same ? 1 : 0;
    const bool shifted = header_of(action.bytes).size != action.bytes.size() || action.fds.size() != fresh.fds.size();
    EXPECT_TRUE(!shifted || damage == Damage::Framing) << action.mutation;
  }
  EXPECT_EQ(mutations.size(), 8u);
  // A word, an opcode or an object may by chance be replaced by itself.
  EXPECT_LT(unchanged, 200);
}

} // namespace
} // namespace fenceline::fuzz
