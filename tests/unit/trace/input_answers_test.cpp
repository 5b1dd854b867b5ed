#include <gtest/gtest.h>

#include "tests/unit/trace/report_timeline.h"
#include "tools/report/report_text.h"

namespace fenceline::report {
namespace {

/// `events` of a client's pointer were sent at `sent`; the newest of them happened at `happened`.
void input(Timeline& line, double happened, double sent, ClientId client = spin, std::uint64_t events = 1) {
  FrameEvent& e = line.add(sent, Kind::Input, 0, 0, client);
  e.value = events;
  e.time = Timeline::at(happened);
}

/// A commit with a buffer.
void commit(Timeline& line, double when, std::uint64_t number, ClientId client = spin) {
  line.add(when, Kind::Commit, 0, number, client).value = 7;
}

void presented(Timeline& line, double flip, std::uint64_t number, ClientId client = spin) {
  line.add(flip + 0.3, Kind::Presented, number, number, client).time = Timeline::at(flip);
}

const InputFigures& of(const Report& report, ClientId client) {
  for (const ClientReport& found : report.clients)
    if (found.id == client)
      return found.input;
  throw std::runtime_error("no such client");
}

double step(const InputFigures& f, InputStep s) {
  const Histogram& h = f.steps[static_cast<std::size_t>(s)];
  EXPECT_EQ(h.count(), f.answered);
  return static_cast<double>(h.greatest().count()) / 1e6;
}

TEST(InputAnswers, TheFirstCommitAfterwardsAnswersAnEvent) {
  Timeline line;
  input(line, 10, 10.5);
  commit(line, 12, 1);
  commit(line, 13, 2); // There was no more input.
  presented(line, 30, 1);
  presented(line, 46, 2);
  const Report report = make_report(line.trace);
  const InputFigures& f = of(report, spin);
  EXPECT_EQ(f.events, 1u);
  EXPECT_EQ(f.answered, 1u);
  EXPECT_EQ(step(f, InputStep::InputToSent), 0.5);
  EXPECT_EQ(step(f, InputStep::SentToCommit), 1.5);
  EXPECT_EQ(step(f, InputStep::CommitToFlip), 18);
  EXPECT_EQ(step(f, InputStep::InputToFlip), 20);
}

TEST(InputAnswers, OfSeveralEventsTheNewestIsAnswered) {
  Timeline line;
  input(line, 10, 10.5);
  input(line, 11, 11.5, spin, 3);
  commit(line, 12, 1);
  presented(line, 30, 1);
  const Report report = make_report(line.trace);
  const InputFigures& f = of(report, spin);
  EXPECT_EQ(f.events, 4u);
  EXPECT_EQ(f.answered, 1u);
  EXPECT_EQ(step(f, InputStep::InputToFlip), 19);
}

TEST(InputAnswers, NeitherAnotherClientNorACommitOfBeforeNorOneWithoutABufferAnswers) {
  Timeline line;
  commit(line, 5, 1);
  input(line, 10, 10.5);
  commit(line, 11, 2, paint);
  line.add(12, Kind::Commit, 0, 3, spin); // No buffer.
  presented(line, 30, 1);
  presented(line, 30, 2, paint);
  presented(line, 30, 3);
  const Report report = make_report(line.trace);
  EXPECT_EQ(of(report, spin).answered, 0u);
  EXPECT_EQ(of(report, paint).answered, 0u);
  commit(line, 40, 4);
  presented(line, 60, 4);
  EXPECT_EQ(of(make_report(line.trace), spin).answered, 1u) << "the one with a buffer does";
}

TEST(InputAnswers, AfterASecondItIsNoAnswerAnyMore) {
  for (const auto& [when, answered] : {std::pair{1010.0, 1u}, std::pair{1010.1, 0u}}) {
    Timeline line;
    input(line, 10, 10.5);
    commit(line, when, 1);
    presented(line, 1030, 1);
    EXPECT_EQ(of(make_report(line.trace), spin).answered, answered) << when;
  }
}

TEST(InputAnswers, AnAnswerThatIsNeverShownCountsApart) {
  Timeline line;
  input(line, 10, 10.5);
  commit(line, 11, 1);
  input(line, 12, 12.5);
  commit(line, 13, 2);
  line.add(13.1, Kind::Superseded, 0, 1, spin);
  presented(line, 30, 2);
  const Report report = make_report(line.trace);
  const InputFigures& f = of(report, spin);
  EXPECT_EQ(f.answered, 1u);
  EXPECT_EQ(f.unseen, 1u);
  EXPECT_EQ(step(f, InputStep::InputToFlip), 18);
}

TEST(InputAnswers, TwoDisplaysShowOneAnswer) {
  Timeline line;
  input(line, 10, 10.5);
  commit(line, 11, 1);
  presented(line, 30, 1);
  presented(line, 33, 1);
  const Report report = make_report(line.trace);
  EXPECT_EQ(of(report, spin).answered, 1u);
  EXPECT_EQ(step(of(report, spin), InputStep::InputToFlip), 20);
}

TEST(InputAnswers, AreToldInTextAndInJson) {
  Timeline line;
  input(line, 10, 10.5, spin, 2);
  commit(line, 12, 1);
  presented(line, 30, 1);
  commit(line, 40, 2, paint);
  presented(line, 60, 2, paint);
  const Report report = make_report(line.trace);
  const std::string text = as_text(report, "t");
  EXPECT_NE(text.find("  input       2 events sent, 1 answered by a picture that was shown\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("  input -> flip                 1     20.0"), std::string::npos) << text;
  EXPECT_EQ(text.find("input", text.find("Client paint")), std::string::npos) << "it was sent none\n" << text;
  const std::string json = as_json(report, "t");
  EXPECT_NE(json.find("\"input -> flip\""), std::string::npos) << json;
  EXPECT_NE(json.find("\"unseen\": 0"), std::string::npos) << json;
}

} // namespace
} // namespace fenceline::report
