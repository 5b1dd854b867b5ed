#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <regex>

#include "tests/unit/trace/report_timeline.h"
#include "tools/report/report_text.h"

namespace fenceline::report {
namespace {

TEST(Report, TellsTheStepsQuantiles) {
  Timeline line;
  // 100 updates, 16 ms apart. The fence takes 0.01 to 1 ms, the latch 1 to 100 ms, and so on, each in steps of a
  // hundredth: the k-th of them is the k-th percentile.
  for (unsigned k = 1; k <= 100; ++k)
    line.frame(k, 16.0 * k, {.fence = 0.01 * k, .latch = 1.0 * k, .submit = 0.1 * k, .flip = 2});
  const Report report = make_report(line.trace);
  ASSERT_EQ(report.outputs.size(), 1u);
  ASSERT_EQ(report.clients.size(), 1u);
  EXPECT_TRUE(report.warnings.empty());
  for (const Figures* f : {&report.outputs[0].figures, &report.clients[0].figures}) {
    EXPECT_EQ(f->presented, 100u);
    EXPECT_EQ(f->zero_copy, 100u);
    EXPECT_EQ(f->copied_bytes(), 0u);
    for (const double share : {0.5, 0.95, 0.99, 1.0}) {
      EXPECT_NEAR(step(*f, Step::CommitToFence, share), share, 0.004 * share);
      EXPECT_NEAR(step(*f, Step::AppliedToLatch, share), 100 * share, 0.4 * share);
      EXPECT_NEAR(step(*f, Step::LatchToSubmit, share), 10 * share, 0.04 * share);
      EXPECT_NEAR(step(*f, Step::SubmitToFlip, share), 2, 0.008);
      // All grow with k: (0.01 + 1 + 0.1) k + 2 ms.
      EXPECT_NEAR(step(*f, Step::CommitToFlip, share), 111 * share + 2, 0.004 * (111 * share + 2));
    }
  }
}

TEST(Report, TellsHowOldAPictureIsThatAnswersACallback) {
  Timeline line;
  line.add(90, Kind::Cue, 0, 7, spin);
  line.frame(1, 100, {.fence = 1, .latch = 7, .submit = 1, .flip = 3});
  line.frame(2, 200, {.fence = 1, .latch = 7, .submit = 1, .flip = 3}); // Of its own accord.
  const Report report = make_report(line.trace);
  const Figures& f = report.clients.at(0).figures;
  EXPECT_EQ(f.steps[static_cast<std::size_t>(Step::CueToCommit)].count(), 1u);
  EXPECT_NEAR(step(f, Step::CueToCommit, 1), 10, 0.04);
  EXPECT_NEAR(step(f, Step::CueToFlip, 1), 22, 0.09);
}

TEST(Report, TellsTheLongestTurnOfTheMainLoop) {
  Timeline line;
  line.add(10, Kind::Turn, 0).value = 2'000'000;
  FrameEvent& longest = line.add(20, Kind::Turn, 0);
  longest.value = 7'000'000;
  longest.detail = static_cast<std::uint8_t>(TurnPart::Requests);
  const Report made = make_report(line.trace);
  EXPECT_EQ(made.turns.count(), 2U);
  Timeline garbled;
  FrameEvent& unknown = garbled.add(10, Kind::Turn, 0);
  unknown.value = 2'000'000;
  unknown.detail = 77;
  EXPECT_NE(as_text(make_report(garbled.trace), "t").find("1 turn of 1 ms or more, the longest 2.0 ms\n"), std::string::npos);
  const std::string text = as_text(made, "t");
  EXPECT_NE(text.find("2 turns of 1 ms or more, the longest 7.0 ms"), std::string::npos) << text;
}

TEST(Report, TellsTheGpusTimeAndItsLosses) {
  Timeline line;
  for (unsigned k = 1; k <= 100; ++k) {
    FrameEvent& gpu = line.add(16.0 * k + 9, Kind::GpuTime, k);
    gpu.time = Timeline::at(16.0 * k);
    gpu.value = 10'000ull * k;
  }
  line.add(1700, Kind::RendererLost, 0).value = 1;
  line.add(1750, Kind::RendererBack, 0).value = 50'000'000;
  const Report report = make_report(line.trace);
  ASSERT_EQ(report.outputs.size(), 1u);
  EXPECT_EQ(report.outputs[0].gpu.count(), 100u);
  EXPECT_NEAR(static_cast<double>(report.outputs[0].gpu.quantile(0.5).count()), 500'000, 2'000);
  EXPECT_EQ(report.renderer_lost, 1u);
  EXPECT_EQ(report.without_renderer, ms(50));
  ASSERT_EQ(report.warnings.size(), 1u);
  EXPECT_EQ(report.warnings[0], "the GPU was lost once: nothing could be composed for 50 ms");
  const std::string text = as_text(report, "t");
  EXPECT_NE(text.find("GPU         100 compositions, in ms: p50 0.5"), std::string::npos) << text;
  const std::string json = as_json(report, "t");
  EXPECT_NE(json.find("\"gpu_ms\""), std::string::npos);
  EXPECT_NE(json.find("\"renderer_lost\""), std::string::npos);
}

TEST(Report, AFenceOfBeforeTheCommitCostsNothing) {
  Timeline line;
  line.frame(1, 100, {.fence = -5, .latch = 7, .submit = 1, .flip = 3});
  const Report report = make_report(line.trace);
  const Figures& f = report.clients.at(0).figures;
  EXPECT_EQ(step(f, Step::CommitToFence, 1), 0);
  EXPECT_EQ(step(f, Step::AppliedToLatch, 1), 2); // From the commit.
  EXPECT_EQ(step(f, Step::CommitToFlip, 1), 6);
}

TEST(Report, CountsSupersededContentAsDiscarded) {
  Timeline line;
  line.add(1, Kind::Commit, 0, 90, spin); // A window's first commit, which has no buffer.
  line.add(2, Kind::Superseded, 0, 90, spin);
  line.add(3, Kind::Commit, 0, 91, spin).value = 7;
  line.add(4, Kind::Superseded, 0, 91, spin);
  EXPECT_EQ(make_report(line.trace).clients.at(0).figures.discarded, 1u);
}

// A window that is closed before it ever had a buffer, or one whose last commit had none and was not yet replaced.
TEST(Report, WhatHadNoContentIsNotDiscarded) {
  Timeline line;
  line.add(1, Kind::Commit, 0, 90, spin);
  line.add(2, Kind::Discarded, 0, 90, spin);
  line.add(3, Kind::Commit, 0, 91, spin).value = 7;
  line.add(4, Kind::Discarded, 0, 91, spin);
  line.add(5, Kind::Discarded, 0, 80, spin); // Committed before the trace began: it may have had content.
  EXPECT_EQ(make_report(line.trace).clients.at(0).figures.discarded, 2u);
}

TEST(Report, KeepsClientsApart) {
  Timeline line;
  for (unsigned k = 1; k <= 30; ++k)
    line.frame(k, 16.0 * k, {}, k % 3 == 0 ? paint : spin, k % 3 != 0);
  FrameEvent& copy = line.add(600, Kind::Copy, 0, 0, paint);
  copy.detail = static_cast<std::uint8_t>(CopyKind::CpuUpload);
  copy.value = 4096;
  FrameEvent& drawn = line.add(601, Kind::Copy, 3, 0, paint);
  drawn.detail = static_cast<std::uint8_t>(CopyKind::GpuComposition);
  drawn.value = 1000;
  line.add(602, Kind::Discarded, 0, 99, spin);
  const Report report = make_report(line.trace);
  ASSERT_EQ(report.clients.size(), 2u);
  const ClientReport& first = report.clients[0];
  const ClientReport& second = report.clients[1];
  EXPECT_EQ(first.name, "spin");
  EXPECT_EQ(first.figures.presented, 20u);
  EXPECT_EQ(first.figures.zero_copy, 20u);
  EXPECT_EQ(first.figures.on_plane, 20u);
  EXPECT_EQ(first.figures.composed, 0u);
  EXPECT_EQ(first.figures.discarded, 1u);
  EXPECT_EQ(first.figures.copied_bytes(), 0u);
  EXPECT_EQ(second.name, "paint");
  EXPECT_EQ(second.figures.presented, 10u);
  EXPECT_EQ(second.figures.zero_copy, 0u);
  EXPECT_EQ(second.figures.composed, 10u);
  EXPECT_EQ(second.figures.refusals[static_cast<std::size_t>(Refusal::NotDmabuf)], 10u);
  EXPECT_EQ(second.figures.copied[static_cast<std::size_t>(CopyKind::CpuUpload)], 4096u);
  EXPECT_EQ(second.figures.copied_bytes(), 5096u);
  const OutputReport& output = report.outputs.at(0);
  EXPECT_EQ(output.figures.presented, 30u);
  EXPECT_EQ(output.figures.discarded, 1u); // By where the surface was last.
  EXPECT_EQ(output.figures.copied_bytes(), 5096u);
  EXPECT_EQ(output.frames[static_cast<std::size_t>(FrameWay::PlanesAlone)], 20u);
  EXPECT_EQ(output.frames[static_cast<std::size_t>(FrameWay::ComposedAnew)], 10u);
  EXPECT_EQ(output.frames[static_cast<std::size_t>(FrameWay::ShownAgain)], 0u);
  EXPECT_NEAR(output.figures.rate(), 1000.0 / 16, 1e-6);
  EXPECT_NEAR(second.figures.rate(), 1000.0 / 48, 1e-6);
}

// A cursor that moves over composed windows, or over none, has nothing drawn and is no scanout for that.
TEST(Report, AComposedImageThatIsShownAgainIsNoScanout) {
  Timeline line;
  line.frame(1, 16, {}, paint, false);
  for (unsigned k = 2; k <= 4; ++k) {
    line.add(16.0 * k, Kind::LatchBegin, k);
    if (k != 4) // The window is gone by then, and the image shows the background alone.
      line.add(16.0 * k + 1, Kind::Placed, k, 1, paint);
    line.add(16.0 * k + 1, Kind::Placed, k, 100, spin).value = 41; // The cursor's plane.
    line.add(16.0 * k + 2, Kind::Submit, k).flags = 1;
    line.add(16.0 * k + 5, Kind::Flip, k);
  }
  line.frame(5, 80, {});
  line.add(96, Kind::Flip, 99); // Whatever was in flight when the trace began.
  const Report report = make_report(line.trace);
  const OutputReport& output = report.outputs.at(0);
  EXPECT_EQ(output.figures.shown, 6u);
  EXPECT_EQ(output.frames[static_cast<std::size_t>(FrameWay::PlanesAlone)], 1u);
  EXPECT_EQ(output.frames[static_cast<std::size_t>(FrameWay::ComposedAnew)], 1u);
  EXPECT_EQ(output.frames[static_cast<std::size_t>(FrameWay::ShownAgain)], 3u);
  EXPECT_EQ(output.frames[static_cast<std::size_t>(FrameWay::Unknown)], 1u);
  const std::string text = as_text(report, "t");
  EXPECT_NE(text.find("1 frame on planes alone, 1 composed anew, 3 with the last composition again,\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(" 1 sent before the trace began\n"), std::string::npos) << text;
  const std::string json = as_json(report, "t");
  for (const char* field : {"\"frames_by_planes_alone\": 1,", "\"frames_composed\": 1,", "\"frames_shown_again\": 3,",
                            "\"frames_sent_before_trace\": 1,"})
    EXPECT_NE(json.find(field), std::string::npos) << field;
}

TEST(Report, FindsMissesAndTheirCausesFromTheTimes) {
  Timeline line;
  for (unsigned k = 1; k <= 20; ++k)
    line.frame(k, 16.0 * k, {.fence = 1, .latch = 1, .submit = 1, .flip = 3}); // Latched 4 ms ahead.
  // Frame 50: woken 5 ms late, after the blank.
  line.add(1000, Kind::LatchBegin, 50).time = Timeline::at(999);
  line.add(1000.1, Kind::Latch, 50, 500, paint);
  line.add(1000.5, Kind::Submit, 50);
  line.add(1015.1, Kind::Flip, 50).time = Timeline::at(1015);
  FrameEvent& recorded = line.add(1015.2, Kind::Missed, 50);
  recorded.value = 1;
  recorded.detail = static_cast<std::uint8_t>(MissCause::KernelLate); // The times say otherwise.
  // Frame 51: in time, but three blanks late; the session did not say so.
  line.add(1096, Kind::LatchBegin, 51).time = Timeline::at(1100);
  line.add(1097, Kind::Submit, 51);
  line.add(1148, Kind::Flip, 51).time = Timeline::at(1148);
  const Report report = make_report(line.trace);
  const Figures& f = report.outputs.at(0).figures;
  EXPECT_EQ(f.missed, 2u);
  EXPECT_EQ(f.blanks, 4u);
  EXPECT_EQ(f.causes[static_cast<std::size_t>(MissCause::LateWake)], 1u);
  EXPECT_EQ(f.causes[static_cast<std::size_t>(MissCause::KernelLate)], 1u);
  for (const ClientReport& client : report.clients)
    EXPECT_EQ(client.figures.missed, client.id == paint ? 1u : 0u);
  ASSERT_EQ(report.warnings.size(), 1u);
  EXPECT_NE(report.warnings[0].find("counted 1 missed frames; by the recorded times there are 2"), std::string::npos);
}

// On a machine under load most wakes are late, and the median says nothing about when they were meant to be.
TEST(Report, HowLateAWakeWasIsToldByItsPlan) {
  Timeline line;
  const auto late = [&line](std::uint64_t frame, double planned) {
    const double blank = 16.0 * static_cast<double>(frame);
    FrameEvent& begin = line.add(blank - 1, Kind::LatchBegin, frame);
    begin.time = Timeline::at(blank);
    begin.value = planned != 0 ? static_cast<std::uint64_t>(Timeline::at(blank - planned).ns) : 0;
    line.add(blank + 1, Kind::Submit, frame);
    line.add(blank + 16, Kind::Flip, frame).time = Timeline::at(blank + 16);
    line.add(blank + 16, Kind::Missed, frame).value = 1;
  };
  for (std::uint64_t k = 1; k <= 9; ++k)
    late(k, 4); // It took 2 ms, and there would have been 4.
  late(10, 1.5);
  late(11, 0); // A trace without the plan: 1 ms before the blank is what this output's latches do as a rule.
  const Report report = make_report(line.trace);
  const Figures& f = report.outputs.at(0).figures;
  EXPECT_EQ(f.missed, 11u);
  EXPECT_EQ(f.causes[static_cast<std::size_t>(MissCause::LateWake)], 9u);
  EXPECT_EQ(f.causes[static_cast<std::size_t>(MissCause::LateSubmit)], 2u);
}

// The first frame of an output aims at no blank: it cannot be late, whenever it comes.
TEST(Report, AFrameThatAimedAtNoBlankIsNotMissed) {
  Timeline line;
  line.add(96, Kind::LatchBegin, 1);
  line.add(97, Kind::Submit, 1);
  line.add(132, Kind::Flip, 1).time = Timeline::at(132);
  const Report report = make_report(line.trace);
  EXPECT_EQ(report.outputs.at(0).figures.missed, 0u);
  EXPECT_TRUE(report.warnings.empty());
}

TEST(Report, WithoutTheTimesTheSessionsOwnWordCounts) {
  Timeline line;
  FrameEvent& missed = line.add(10, Kind::Missed, 1);
  missed.value = 2;
  missed.detail = static_cast<std::uint8_t>(MissCause::LateFence);
  const Report report = make_report(line.trace);
  const Figures& f = report.outputs.at(0).figures;
  EXPECT_EQ(f.missed, 1u);
  EXPECT_EQ(f.blanks, 2u);
  EXPECT_EQ(f.causes[static_cast<std::size_t>(MissCause::LateFence)], 1u);
}

TEST(Report, WhatOnlyTheSessionKnewIsTakenFromIt) {
  // Sent in time; the display waited for a fence whose time is in no event. Then one that missed an earlier try's
  // blank.
  Timeline line;
  line.add(96, Kind::LatchBegin, 1).time = Timeline::at(100);
  line.add(97, Kind::Submit, 1);
  line.add(116, Kind::Flip, 1).time = Timeline::at(116);
  FrameEvent& fence = line.add(116, Kind::Missed, 1);
  fence.value = 1;
  fence.detail = static_cast<std::uint8_t>(MissCause::LateFence);
  fence.time = Timeline::at(100);
  line.add(201, Kind::LatchBegin, 2).time = Timeline::at(216);
  line.add(202, Kind::Submit, 2);
  line.add(216, Kind::Flip, 2).time = Timeline::at(216);
  FrameEvent& retried = line.add(216, Kind::Missed, 2);
  retried.value = 1;
  retried.detail = static_cast<std::uint8_t>(MissCause::LateSubmit);
  retried.time = Timeline::at(200);
  const Report report = make_report(line.trace);
  const Figures& f = report.outputs.at(0).figures;
  EXPECT_EQ(f.missed, 2u);
  EXPECT_EQ(f.causes[static_cast<std::size_t>(MissCause::LateFence)], 1u);
  EXPECT_EQ(f.causes[static_cast<std::size_t>(MissCause::LateSubmit)], 1u);
  EXPECT_TRUE(report.warnings.empty());
}

// A display stamps a flip with the blank's own time. When the blank's interrupt runs late, a commit of after that time
// still makes it.
TEST(Report, AFlipStampedBeforeItsCommitIsTold) {
  Timeline line;
  line.frame(1, 100, {.fence = 1, .latch = 1, .submit = 1, .flip = -2}, spin);
  line.add(101, Kind::Commit, 0, 2, paint);
  line.add(102, Kind::Latch, 1, 2, paint);
  line.add(103, Kind::Presented, 1, 2, paint).time = Timeline::at(101);
  const Report report = make_report(line.trace);
  EXPECT_EQ(step(report.clients.at(0).figures, Step::SubmitToFlip, 1), 0);
  ASSERT_EQ(report.warnings.size(), 1u);
  EXPECT_EQ(report.warnings[0], "1 frame was flipped, by the display's stamp, before its commit was accepted: "
                                "submit -> flip counts as 0 there");
}

TEST(Report, TimesThatAreTurnedRoundAreTold) {
  Timeline line;
  line.frame(1, 100, {.fence = 1, .latch = 1, .submit = -2, .flip = 4});
  const Report report = make_report(line.trace);
  EXPECT_EQ(step(report.clients.at(0).figures, Step::LatchToSubmit, 1), 0);
  ASSERT_EQ(report.warnings.size(), 1u);
  EXPECT_EQ(report.warnings[0], "1 update was sent before it was latched by the recorded times: latch -> submit counts "
                                "as 0 there");
}

TEST(Report, WhatHasNoRendererIsNotComposed) {
  Timeline line;
  line.frame(1, 16, {});
  line.add(16, Kind::Placed, 1, 2, paint).detail = static_cast<std::uint8_t>(Refusal::NoComposer);
  const Report report = make_report(line.trace);
  const Figures& f = report.outputs.at(0).figures;
  EXPECT_EQ(f.on_plane, 1u);
  EXPECT_EQ(f.composed, 0u);
  EXPECT_EQ(f.not_shown, 1u);
  EXPECT_NE(as_text(report, "t").find("1 on planes, 0 composed, 1 not shown for want of a renderer\n"),
            std::string::npos);
  EXPECT_NE(as_json(report, "t").find("\"layers_not_shown\": 1,"), std::string::npos);
}

// A client that says when its updates are to be shown has them held back on purpose.
TEST(Report, WhatAClientHasHeldBackIsNoWaitForTheLatch) {
  Timeline line;
  for (unsigned k = 1; k <= 10; ++k)
    line.frame(k, 16.0 * k, {.fence = 1, .latch = 50, .submit = 1, .flip = 3, .held = 48});
  const Report report = make_report(line.trace);
  for (const Figures* f : {&report.outputs[0].figures, &report.clients[0].figures}) {
    EXPECT_NEAR(step(*f, Step::ReadyToApplied, 0.5), 48, 0.2);
    EXPECT_NEAR(step(*f, Step::AppliedToLatch, 1), 2, 0.01);
  }
}

// What is done about it is in the configuration: by which name, and by how much, is for the report to say.
TEST(Report, NamesTheLeadWhereComposingTakesLonger) {
  Timeline line;
  const auto composed = [&line](std::uint64_t frame, double needs, bool on_gpu = false) {
    const double blank = 16.0 * static_cast<double>(frame), latch = blank - 4;
    FrameEvent& begin = line.add(latch, Kind::LatchBegin, frame);
    begin.time = Timeline::at(blank);
    begin.value = static_cast<std::uint64_t>(Timeline::at(latch).ns);
    line.add(latch, Kind::ComposeBegin, frame);
    const double sent = on_gpu ? 1 : needs;
    line.add(latch + sent, Kind::ComposeEnd, frame).flags = on_gpu ? 1 : 0;
    line.add(latch + sent, Kind::Submit, frame).flags = 1;
    const double flip = needs > 4 ? blank + 16 : blank;
    line.add(flip, Kind::Flip, frame).time = Timeline::at(flip);
    if (needs > 4) {
      FrameEvent& missed = line.add(flip, Kind::Missed, frame);
      missed.value = 1;
      missed.time = Timeline::at(blank);
      missed.detail = static_cast<std::uint8_t>(on_gpu ? MissCause::LateFence : MissCause::LateCompose);
    }
    if (on_gpu) {
      FrameEvent& gpu = line.add(flip, Kind::GpuTime, frame);
      gpu.time = Timeline::at(latch + 1);
      gpu.value = static_cast<std::uint64_t>((needs - 1) * 1e6);
    }
  };
  for (std::uint64_t k = 1; k <= 20; k += 2)
    composed(k, 3);
  Report report = make_report(line.trace);
  EXPECT_EQ(report.outputs.at(0).lead, ms(4));
  EXPECT_EQ(report.outputs.at(0).composed_late.count(), 0u);
  EXPECT_EQ(as_text(report, "t").find("latch-lead-ms"), std::string::npos) << "nothing is late";
  composed(21, 6);
  composed(23, 9, true);
  report = make_report(line.trace);
  EXPECT_EQ(report.outputs.at(0).composed_late.count(), 2u);
  const std::string text = as_text(report, "t");
  EXPECT_NE(text.find("pictures are taken 4.0 ms before the blank"), std::string::npos) << text;
  EXPECT_NE(text.find("needed 6.0 ms (p50) to 9.0 ms"), std::string::npos) << text;
  EXPECT_NE(text.find("latch-lead-ms"), std::string::npos) << text;
  EXPECT_NE(as_json(report, "t").find("\"latch_lead_ms\": 4.000000"), std::string::npos);
}

// A late commit to a display that has nothing else to show is tried for a blank whose latch is past. The blank that it
// may not miss is the one after that, more than a frame away.
TEST(Report, ALatchThatWasTriedAfterItsTimeTellsNothingOfTheLead) {
  Timeline line;
  for (std::uint64_t frame = 1; frame <= 9; ++frame) {
    const double shown = 16.0 * static_cast<double>(frame), aimed = frame % 3 == 0 ? shown : shown + 16,
                 latch = frame % 3 == 0 ? shown - 3 : shown - 1;
    FrameEvent& begin = line.add(latch, Kind::LatchBegin, frame);
    begin.time = Timeline::at(aimed);
    begin.value = static_cast<std::uint64_t>(Timeline::at(latch).ns);
    line.add(latch + 0.5, Kind::Submit, frame);
    line.add(shown, Kind::Flip, frame).time = Timeline::at(shown);
  }
  EXPECT_EQ(make_report(line.trace).outputs.at(0).lead, ms(3));
}

TEST(Report, TheJsonHasTheStationsOfEachMissedFrame) {
  Timeline line;
  const auto frame = [&line](std::uint64_t number, double woken) {
    const double blank = 16.0 * static_cast<double>(number);
    FrameEvent& begin = line.add(woken, Kind::LatchBegin, number);
    begin.time = Timeline::at(blank);
    begin.value = static_cast<std::uint64_t>(Timeline::at(blank - 2).ns);
    line.add(woken + 0.5, Kind::Submit, number);
    const double flip = woken < blank ? blank : blank + 16;
    line.add(flip, Kind::Flip, number).time = Timeline::at(flip);
  };
  frame(1, 14);
  frame(2, 32.25);
  const std::string json = std::regex_replace(as_json(make_report(line.trace), "t"), std::regex("\\s+"), " ");
  const auto has = [&json](const std::string& part) { return json.find(part) != std::string::npos; };
  EXPECT_TRUE(has("\"frame\": 2, \"blanks\": 1, \"cause\": \"woken late\", \"aimed_ns\": 1032000000")) << json;
  EXPECT_TRUE(has("\"planned\": -2.000000, \"latch\": 0.250000, \"submit\": 0.750000, \"flip\": 16.000000")) << json;
  EXPECT_FALSE(has("\"frame\": 1,")) << "it was in time";
}

TEST(Report, AFrameThatWasWokenLateSaysWhatTheLoopWasBusyWith) {
  Timeline line;
  line.add(1, Kind::Commit, 0, 1, paint).value = 7;
  const auto late = [&line](std::uint64_t number, double woken) -> FrameEvent& {
    const double blank = 16.0 * static_cast<double>(number);
    line.add(woken + 0.5, Kind::Submit, number);
    line.add(blank + 16, Kind::Flip, number).time = Timeline::at(blank + 16);
    FrameEvent& begin = line.add(woken, Kind::LatchBegin, number);
    begin.time = Timeline::at(blank);
    begin.value = static_cast<std::uint64_t>(Timeline::at(blank - 2).ns);
    return begin;
  };
  for (const std::uint64_t number : {1, 3}) {
    FrameEvent& begin = late(number, 16.0 * static_cast<double>(number) + 1);
    begin.flags = 1;
    begin.detail = static_cast<std::uint8_t>(TurnPart::Requests);
    begin.client = paint;
  }
  late(5, 81); // The kernel's doing.
  const Report report = make_report(line.trace);
  EXPECT_EQ(report.outputs.at(0).figures.causes[static_cast<std::size_t>(MissCause::LateWake)], 3u);
  EXPECT_EQ(report.outputs.at(0).woken_late_by, (std::map<Busy, std::uint64_t>{{{TurnPart::Requests, paint}, 2}}));
  const auto client = std::find_if(report.clients.begin(), report.clients.end(),
                                   [](const ClientReport& of) { return of.id == paint; });
  ASSERT_NE(client, report.clients.end());
  EXPECT_EQ(client->made_miss, 2u);
  const std::string text = as_text(report, "t");
  EXPECT_NE(text.find("2 frames busy with requests of paint (pid 43)"), std::string::npos) << text;
  const std::string json = std::regex_replace(as_json(report, "t"), std::regex("\\s+"), " ");
  EXPECT_NE(json.find("\"busy_with\": \"requests\", \"busy_for\": 2"), std::string::npos) << json;
  EXPECT_NE(json.find("\"made_miss\": 2"), std::string::npos) << json;
}

} // namespace
} // namespace fenceline::report
