#include "tests/fuzz/action.h"

#include <gtest/gtest.h>

namespace fenceline::fuzz {
namespace {

TEST(LogLine, GoesThereAndBack) {
  Action action;
  action.verb = Verb::SendPart;
  action.bytes = {1, 0, 0, 0, 0, 0, 12, 0, 2, 0, 0, 0};
  action.fds = {{.kind = FdKind::ShrinkSealed, .size = 4096, .key = 7}, {.kind = FdKind::DevNull}};
  action.patches = {{.offset = 8, .source = 5, .answer = true},
                    {.offset = 12, .source = 6},
                    {.offset = 16, .source = 7, .event = 3},
                    {.offset = 20, .source = 8, .answer = true, .event = 0}};
  action.needs = 0xff000003;
  action.waits = {.objects = {3, 4}, .grace = std::chrono::milliseconds(7)};
  action.size = 9;
  const auto line = log_line(12, action);
  const auto back = parse_log_line(line);
  ASSERT_TRUE(back) << line;
  EXPECT_EQ(back->connection, 12u);
  EXPECT_EQ(back->action.verb, Verb::SendPart);
  EXPECT_EQ(back->action.bytes, action.bytes);
  EXPECT_EQ(back->action.fds, action.fds);
  EXPECT_EQ(back->action.patches, action.patches);
  EXPECT_EQ(back->action.waits, action.waits);
  EXPECT_EQ(back->action.needs, 0xff000003u);
  EXPECT_EQ(back->action.size, 9u);
}

TEST(LogLine, KeepsResizesAndPlainVerbs) {
  const auto resize = parse_log_line(log_line(1, {.verb = Verb::Resize, .key = 9, .size = 0}));
  ASSERT_TRUE(resize);
  EXPECT_EQ(resize->action.verb, Verb::Resize);
  EXPECT_EQ(resize->action.key, 9u);
  EXPECT_EQ(resize->action.size, 0u);
  for (const auto verb : {Verb::Connect, Verb::Deaf, Verb::ShutRead, Verb::ShutWrite, Verb::Close}) {
    const auto back = parse_log_line(log_line(1, {.verb = verb}));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->action.verb, verb);
  }
}

TEST(LogLine, KeepsSignalsAndInput) {
  const auto signal = parse_log_line(log_line(1, {.verb = Verb::Signal, .key = 9, .size = 1ull << 40}));
  ASSERT_TRUE(signal);
  EXPECT_EQ(signal->action.verb, Verb::Signal);
  EXPECT_EQ(signal->action.key, 9u);
  EXPECT_EQ(signal->action.size, 1ull << 40);
  for (std::uint32_t kind = 0; kind < static_cast<std::uint32_t>(InputKind::kCount); ++kind) {
    Action action{.verb = Verb::Input};
    action.input = {.kind = static_cast<InputKind>(kind), .a = -1, .b = 65535};
    const auto back = parse_log_line(log_line(0, action));
    ASSERT_TRUE(back) << log_line(0, action);
    EXPECT_EQ(back->connection, 0u);
    EXPECT_EQ(back->action.verb, Verb::Input);
    EXPECT_EQ(back->action.input, action.input);
  }
}

TEST(LogLine, RefusesWhatItDidNotWrite) {
  for (const char* line :
       {"", "12", "x send", "1 shout", "1 send hex=0", "1 send fds=memfd", "1 send size=-1", "1 send serials=8",
        "1 send serials=8@5.x", "0 input input=move:1", "0 input input=jump:1:2", "0 input input=move:1:x"})
    EXPECT_FALSE(parse_log_line(line)) << line;
}

TEST(FdSpec, GoesThereAndBackForEveryKind) {
  for (std::uint32_t kind = 0; kind < static_cast<std::uint32_t>(FdKind::kCount); ++kind) {
    const FdSpec spec{.kind = static_cast<FdKind>(kind), .size = 12345678901u, .key = kind};
    EXPECT_EQ(FdSpec::parse(spec.text()), spec) << spec.text();
  }
  EXPECT_EQ(FdSpec::parse("nothing:1:2"), std::nullopt);
}

} // namespace
} // namespace fenceline::fuzz
