#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "benchmarks/clock_replay.h"
#include "benchmarks/clock_trace.h"
#include "tools/command_line.h"
#include "tools/report/json_writer.h"

namespace fenceline::clock_bench {

namespace {

constexpr std::size_t pictures = 12'000;
/// Of a virtual display, and what nobody knows of a real one in a trace.
constexpr Nanoseconds display_needs = std::chrono::microseconds(100);

double ms(Nanoseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

Result<std::string> read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (in.bad() || !in.is_open())
    return Error::from_errno("cannot read " + path);
  return text;
}

/// Of a recording, or of a trace.
Result<test::ClockRecording> recording_at(const std::string& path) {
  auto text = read(path);
  if (!text)
    return text.error();
  if (test::is_recording(*text)) {
    auto recording = test::parse_recording(*text);
    return recording ? std::move(recording) : Error{path + ": " + recording.error().text(), 0};
  }
  const auto trace = report::read_trace(path);
  if (!trace)
    return trace.error();
  return recording_of(*trace);
}

/// Writes what the model learns from the trace, and chooses now, to `to`.
Result<std::string> record(const std::string& from, const std::string& to, std::size_t frames) {
  auto recording = recording_at(from);
  if (!recording)
    return recording.error();
  recording->frames.resize(std::min(recording->frames.size(), frames));
  const std::vector<Nanoseconds> leads = test::replay_leads(*recording);
  for (std::size_t n = 0; n < leads.size(); ++n)
    recording->frames[n].lead = leads[n];
  std::ofstream out(to, std::ios::binary);
  if (!(out << test::write_recording(*recording) << std::flush))
    return Error::from_errno("cannot write " + to);
  // The session's stamps are not the trace's, and it adds what is unsure of the blank: some microseconds.
  std::size_t same = 0;
  for (std::size_t n = 0; n + 1 < leads.size(); ++n) {
    const FrameTimes& next = recording->frames[n + 1].times;
    same += std::chrono::abs(*next.blank - next.planned - leads[n]) <= std::chrono::microseconds(20) ? 1 : 0;
  }
  return fmt::format("{}: {} frames; after {} of {} the session had chosen the same lead within 20 us\n", to,
                     leads.size(), same, leads.size() - 1);
}

struct Row {
  const Scenario* scenario;
  std::string rule;
  Score score;
};

std::string as_text(const std::vector<Row>& rows, std::uint64_t seed) {
  std::string out = fmt::format(
      "Seed {}. Added: from the latch to the flip, over the least that the frame needed, ms. To flip: from the\n"
      "client's commit, ms.\n",
      seed);
  const Scenario* last = nullptr;
  for (const auto& [scenario, rule, score] : rows) {
    if (scenario != last)
      out += fmt::format("\n{}: {}\n{:<16}{:>8}{:>8}{:>9}{:>9}{:>9}{:>9}{:>10}\n", scenario->name, scenario->about,
                         "rule", "frames", "missed", "%", "added", "p50", "p99", "to flip");
    last = scenario;
    out += fmt::format("{:<16}{:>8}{:>8}{:>9.2f}{:>9.3f}{:>9.3f}{:>9.3f}{:>10.3f}\n", rule, score.frames, score.missed,
                       100.0 * static_cast<double>(score.missed) /
                           static_cast<double>(std::max<std::uint64_t>(1, score.frames)),
                       ms(score.added.mean()), ms(score.added.quantile(0.5)), ms(score.added.quantile(0.99)),
                       ms(score.to_flip.mean()));
  }
  return out;
}

std::string as_json(const std::vector<Row>& rows, std::uint64_t seed) {
  report::JsonWriter json;
  json.begin_object();
  json.number("seed", seed);
  json.begin_list("rows");
  for (const auto& [scenario, rule, score] : rows) {
    json.begin_object();
    json.text("scenario", scenario->name);
    json.text("rule", rule);
    json.number("frames", score.frames);
    json.number("missed", score.missed);
    json.number("superseded", score.superseded);
    const auto times = [&](std::string_view key, const Histogram& of) {
      json.begin_object(key);
      json.number("mean", ms(of.mean()));
      json.number("p50", ms(of.quantile(0.5)));
      json.number("p99", ms(of.quantile(0.99)));
      json.end_object();
    };
    times("added_ms", score.added);
    times("commit_to_flip_ms", score.to_flip);
    json.end_object();
  }
  json.end_list();
  json.end_object();
  return json.result() + "\n";
}

} // namespace

} // namespace fenceline::clock_bench

int main(int argc, char** argv) {
  using namespace fenceline;
  using namespace fenceline::clock_bench;
  CLI::App app{
      "Replays frames through the clock of an output and through the published rules of other compositors, and\n"
      "prints how many blanks each would have missed, and how much later than needed its frames are shown.\n"
      "Made-up frames come from a seed; those of a session from its trace, or from a recording."};
  app.name("clock");
  std::vector<std::string> paths;
  std::string to;
  std::uint64_t seed = 1;
  std::size_t frames = pictures, needs_us = static_cast<std::size_t>(display_needs.count() / 1000);
  bool json = false, sessions_only = false;
  app.add_option("FILE", paths, "What fenceline --trace wrote, or a recording");
  app.add_option("--seed", seed, "Of the made-up frames")->capture_default_str();
  app.add_option("--frames", frames, "Pictures of each made-up scenario; with --record, frames at the most")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000'000));
  app.add_option("--display-needs", needs_us, "How long before its blank a recorded display wants a frame, in us")
      ->capture_default_str()
      ->check(CLI::Range(0, 10'000));
  app.add_flag("--files-only", sessions_only, "Leave the made-up frames out");
  app.add_option("--record", to, "Write what the model learns from FILE, and the leads that it chooses, to this file");
  app.add_flag("--json", json, "Print one JSON object instead of text");
  return run_command_line(app, argc, argv, [&]() -> Result<std::string> {
    if (!to.empty())
      return paths.size() == 1 ? record(paths.front(), to, frames) : Error{"--record takes one FILE", 0};
    std::vector<Scenario> scenarios;
    if (!sessions_only)
      scenarios = made_scenarios(seed, frames);
    for (const std::string& path : paths) {
      const auto recording = recording_at(path);
      if (!recording)
        return recording.error();
      scenarios.push_back(recorded_scenario(std::filesystem::path(path).filename().string(), *recording,
                                            std::chrono::microseconds(needs_us)));
    }
    if (scenarios.empty())
      return Error{"there is nothing to replay: name a FILE", 0};
    std::vector<Row> rows;
    for (const Scenario& scenario : scenarios)
      for (const auto& rule : all_rules())
        rows.push_back({&scenario, std::string(rule->name()), replay(*rule, scenario)});
    return json ? as_json(rows, seed) : as_text(rows, seed);
  });
}
