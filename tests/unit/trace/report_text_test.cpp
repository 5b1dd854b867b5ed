#include "tools/report/report_text.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <sstream>

#include "tests/unit/trace/report_timeline.h"

namespace fenceline::report {
namespace {

TEST(ReportText, IsReadableIn100Columns) {
  Timeline line;
  line.trace.clients[paint].name = std::string(300, 'x');
  for (unsigned k = 1; k <= 10; ++k)
    line.frame(k, 16.0 * k, {}, k % 2 == 0 ? paint : spin, k % 2 != 0);
  for (unsigned i = 1; i <= static_cast<unsigned>(last_refusal); ++i) {
    FrameEvent& placed = line.add(300, Kind::Placed, 9, 9, paint);
    placed.detail = static_cast<std::uint8_t>(i);
  }
  for (unsigned i = 0; i <= static_cast<unsigned>(last_copy_kind); ++i) {
    FrameEvent& copy = line.add(301, Kind::Copy, 9, 9, paint);
    copy.detail = static_cast<std::uint8_t>(i);
    copy.value = 1ull << (10 * i + 9);
  }
  Report report = make_report(line.trace);
  report.warnings.emplace_back("a sentence that is longer than a line: " + std::string(40, 'y') + " and " +
                               std::string(40, 'z') + " and its end");
  const std::string text = as_text(report, "t.trace");
  EXPECT_NE(text.find("zzz and its end\n"), std::string::npos);
  std::istringstream lines(text);
  for (std::string l; std::getline(lines, l);)
    EXPECT_LE(l.size(), 100u) << l;
  EXPECT_NE(text.find("\nOutput HDMI-A-1 (62.50 Hz)\n"), std::string::npos);
  EXPECT_NE(text.find("\nClient spin (pid 42)\n"), std::string::npos);
  EXPECT_NE(text.find("zero-copy   100.0 % of the updates, 0 B copied\n"), std::string::npos);
  EXPECT_NE(text.find("zero-copy   0.0 % of the updates, "), std::string::npos);
  EXPECT_NE(text.find("512 B by CPU upload, 512.0 KiB by cursor upload"), std::string::npos);
  EXPECT_NE(text.find("\n  because     not a dma-buf: "), std::string::npos);
  EXPECT_NE(text.find("\n  would help  "), std::string::npos);
  EXPECT_NE(text.find("two wl_shm buffers or more by turns"), std::string::npos);
}

TEST(ReportText, AlmostAllIsNotAll) {
  Timeline line;
  for (unsigned k = 1; k <= 5000; ++k)
    line.frame(k, 16.0 * k, {}, spin, k != 1);
  EXPECT_NE(as_text(make_report(line.trace), "t").find("99.9 % of the updates"), std::string::npos);
}

TEST(ReportText, AnEmptyTraceSaysSo) {
  Trace trace;
  trace.version = "1.2";
  trace.ticks = "tsc";
  EXPECT_EQ(as_text(make_report(trace), "t"), "Trace t\n"
                                              "  0.00 s, 0 events, times by tsc, written by fenceline 1.2\n"
                                              "\n"
                                              "No output and no client is in it.\n");
}

// A session that nobody came to: the empty desktop was composed once.
TEST(ReportText, ATraceOfNothingPresentedHasNoFiguresOfNothing) {
  Timeline line;
  line.add(10, Kind::Commit, 0, 1); // The built-in cursor's picture.
  line.add(11, Kind::ComposeBegin, 1);
  line.add(12, Kind::Submit, 1).flags = 1;
  line.add(16, Kind::Flip, 1).time = Timeline::at(16);
  const std::string text = as_text(make_report(line.trace), "t");
  EXPECT_TRUE(
      text.ends_with("\nOutput HDMI-A-1 (62.50 Hz)\n"
                     "  frames      1 flip, none missed\n"
                     "  scanout     0 frames on planes alone, 1 composed anew, 0 with the last composition again\n"
                     "  updates     none\n"
                     "\nNo client is in it.\n"))
      << text;
  line = {};
  line.add(10, Kind::Commit, 0, 1, spin).value = 1;
  line.add(11, Kind::Discarded, 0, 1, spin);
  EXPECT_TRUE(as_text(make_report(line.trace), "t")
                  .ends_with("\nOutput HDMI-A-1 (62.50 Hz)\n"
                             "  frames      no flips\n"
                             "  updates     none\n"
                             "\nClient spin (pid 42)\n"
                             "  updates     none presented, 1 discarded\n"));
}

TEST(ReportText, StepsHaveTheNamesOfTheJson) {
  Timeline line;
  line.frame(1, 16, {});
  line.add(32, Kind::Commit, 0, 2, paint);
  line.add(32, Kind::Applied, 0, 2, paint);
  line.add(33, Kind::Latch, 2, 2, paint);
  line.add(40, Kind::Presented, 2, 2, paint).time = Timeline::at(40);
  const Report report = make_report(line.trace);
  const std::string text = as_text(report, "t"), json = as_json(report, "t");
  const auto section = [&text](const char* head) {
    const std::size_t at = text.find(head);
    return text.substr(at, text.find("\n\n", at) - at);
  };
  for (const char* step : {"commit -> fence", "ready -> applied", "applied -> latch", "latch -> submit",
                           "submit -> flip", "commit -> flip"}) {
    EXPECT_NE(section("Client spin").find(std::string("\n  ") + step + " "), std::string::npos) << step << text;
    EXPECT_NE(json.find(std::string("\"") + step + "\": {"), std::string::npos) << step;
  }
  EXPECT_EQ(section("Client paint").find("fence"), std::string::npos);
}

TEST(ReportText, OfManyClientsTheFirstAreShown) {
  Timeline line;
  for (unsigned k = 1; k <= 30; ++k)
    line.add(k, Kind::Commit, 0, k, static_cast<ClientId>(k));
  EXPECT_NE(as_text(make_report(line.trace), "t").find("and 10 more clients"), std::string::npos);
}

TEST(ReportJson, EscapesAndNests) {
  Timeline line;
  line.trace.clients[spin].name = "a \"b\" \\ c";
  line.frame(1, 100, {});
  const std::string json = as_json(make_report(line.trace), "t");
  EXPECT_NE(json.find(R"("name": "a \"b\" \\ c")"), std::string::npos);
  EXPECT_NE(json.find("\"commit -> flip\": {"), std::string::npos);
  EXPECT_NE(json.find("\"copied_by_kind\": {}"), std::string::npos);
  // Every bracket outside of strings is closed by its like.
  std::string open;
  bool quoted = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (quoted && c == '\\')
      ++i;
    else if (c == '"')
      quoted = !quoted;
    else if (!quoted && (c == '{' || c == '['))
      open += c;
    else if (!quoted && (c == '}' || c == ']')) {
      ASSERT_FALSE(open.empty());
      EXPECT_EQ(open.back(), c == '}' ? '{' : '[');
      open.pop_back();
    }
  }
  EXPECT_TRUE(open.empty());
  EXPECT_FALSE(quoted);
}

// --- the program ---

struct Outcome {
  int status = -1;
  std::string out, err;
};

Outcome run_report(const std::vector<std::string>& arguments) {
  const test::Scratch scratch;
  std::vector<std::string> all{FENCELINE_REPORT};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& argument : all)
    argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  const std::string out = scratch.file("out"), err = scratch.file("err");
  ::posix_spawn_file_actions_addopen(&files, 1, out.c_str(), O_WRONLY | O_CREAT, 0600);
  ::posix_spawn_file_actions_addopen(&files, 2, err.c_str(), O_WRONLY | O_CREAT, 0600);
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, argv[0], &files, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  if (failed != 0)
    return {};
  int status = 0;
  ::waitpid(pid, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, test::read_whole(out), test::read_whole(err)};
}

class ReportProgram : public test::TraceTest {};

TEST_F(ReportProgram, SaysWhatIsWrongInOneLine) {
  test::write_whole(scratch_.file("garbage"), "this is no trace");
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{}, {"--no-such-option"}, {scratch_.file("none")}, {scratch_.file("garbage")}, {"/"}}) {
    const Outcome outcome = run_report(arguments);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(outcome.err.starts_with("fenceline-report: ")) << outcome.err;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  }
}

TEST_F(ReportProgram, HelpsAndTellsItsVersion) {
  const Outcome help = run_report({"--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_NE(help.out.find("--json"), std::string::npos);
  const Outcome version = run_report({"--version"});
  EXPECT_EQ(version.status, 0);
  EXPECT_TRUE(version.out.starts_with("fenceline-report ")) << version.out;
  EXPECT_TRUE(version.out.ends_with("\n"));
}

TEST_F(ReportProgram, ReportsATraceFromItsFileAlone) {
  auto t = tracer_to(scratch_.file("t"));
  t->describe(spin, "spin", 42);
  t->describe(screen, "HDMI-A-1", ms(16.67));
  Timeline line;
  for (unsigned k = 1; k <= 10; ++k)
    line.frame(k, 20.0 * k, {});
  for (const StampedEvent& stamped : line.trace.events) {
    clock_.set(stamped.written);
    t->record(stamped.event);
  }
  t->stop();
  const Outcome text = run_report({scratch_.file("t")});
  EXPECT_EQ(text.status, 0) << text.err;
  EXPECT_NE(text.out.find("Client spin (pid 42)"), std::string::npos);
  EXPECT_NE(text.out.find("100.0 % of the updates, 0 B copied"), std::string::npos);
  const Outcome json = run_report({"--json", scratch_.file("t")});
  EXPECT_EQ(json.status, 0);
  EXPECT_NE(json.out.find("\"presented\": 10"), std::string::npos);
}

} // namespace
} // namespace fenceline::report
