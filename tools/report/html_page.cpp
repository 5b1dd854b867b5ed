#include "tools/report/html_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <vector>

#include "tools/report/html_pictures.h"
#include "tools/report/report_text.h"

namespace fenceline::report {

namespace {

constexpr std::size_t most_missed = 200; // Rows of the table of missed frames.
constexpr std::size_t most_drawn = 3;    // Of them, the worst.
constexpr std::size_t most_clients = 20; // As in the text.
constexpr std::ptrdiff_t frames_drawn = 12;

constexpr std::string_view style = R"(
:root { color-scheme: light dark; --ink: #1c2733; --faint: #6a7683; --line: #d4dae0; --paper: #fbfcfd; --bar: #2f7ab8; --client: #5a9e4b;
  --compose: #d98e2b; --even: #8a6fb5; --odd: #b7a3d4; --bad: #c8372d; }
@media (prefers-color-scheme: dark) { :root { --ink: #dfe6ec; --faint: #93a0ad; --line: #39434d; --paper: #14191e; --bar: #5aa4e0;
  --client: #7cc46a; --compose: #eeb057; --even: #a68bd6; --odd: #6f5c91; --bad: #ef6a60; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 1180px; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 1.5em; } h2 { font-size: 1.2em; margin-top: 2em; border-top: 1px solid var(--line); padding-top: 1em; }
pre { overflow-x: auto; font-size: 13px; line-height: 1.4; } p, figcaption { color: var(--faint); font-size: 13px; margin: .2em 0; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(330px, 1fr)); gap: 1em; }
figure { margin: 0; } figure.wide { overflow-x: auto; margin: 1em 0; } figure.wide svg { min-width: 900px; } figcaption { color: var(--ink); font-weight: 600; }
svg { width: 100%; height: auto; display: block; } svg text { font-size: 11px; fill: var(--faint); }
.column, .session { fill: var(--bar); } .client { fill: var(--client); } .compose { fill: var(--compose); } .even { fill: var(--even); }
.odd { fill: var(--odd); } .missed { fill: var(--bad); } .median, .blank { stroke: var(--faint); stroke-dasharray: 2 3; } .late { stroke: var(--bad); }
table { border-collapse: collapse; font-size: 13px; } td, th { text-align: left; padding: .15em 1.2em .15em 0; border-bottom: 1px solid var(--line); }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.key span { display: inline-block; padding: 0 .5em; margin-right: .6em; color: var(--paper); border-radius: 3px; }
)";

template <class... Args>
void add(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

/// Text of our own making, with names of others in it; lines stay.
std::string inside(const std::string& text) {
  std::string out;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    out += escaped(std::string_view(text).substr(begin, end - begin), 4096);
    if (end < text.size())
      out += '\n';
    begin = end + 1;
  }
  return out;
}

void histograms(std::string& page, const Figures& figures, std::initializer_list<Step> steps) {
  page += "<div class=\"pictures\">\n";
  for (const Step step : steps)
    page += histogram_picture(figures.steps[static_cast<std::size_t>(step)], name(step));
  page += "</div>\n";
}

/// Those of an output, which lie beside each other.
std::span<const FrameLine> frames_of(const Report& report, OutputId output) {
  const auto is_its = [output](const FrameLine& frame) { return frame.output == output; };
  const auto begin = std::find_if(report.frames.begin(), report.frames.end(), is_its);
  const auto end = std::find_if_not(begin, report.frames.end(), is_its);
  return {begin, end};
}

double seconds(const Report& report, TimePoint when) {
  return static_cast<double>((when - report.began).count()) / 1e9;
}

/// A picture of the frames around the one at `index`.
void draw_around(std::string& page, const Report& report, std::span<const FrameLine> frames, std::ptrdiff_t index,
                 const std::string& title) {
  const auto count = static_cast<std::ptrdiff_t>(frames.size());
  const std::ptrdiff_t begin =
      std::clamp<std::ptrdiff_t>(index - frames_drawn / 2, 0, std::max<std::ptrdiff_t>(0, count - frames_drawn));
  page += timeline_picture(
      report,
      frames.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(std::min(frames_drawn, count - begin))),
      title);
}

void missed(std::string& page, const Report& report, const OutputReport& output) {
  const auto frames = frames_of(report, output.id);
  std::vector<std::size_t> late;
  for (std::size_t i = 0; i < frames.size(); ++i)
    if (frames[i].blanks != 0)
      late.push_back(i);
  if (!late.empty()) {
    add(page, "<h3>Missed</h3>\n<table><tr><th class=\"number\">at, s</th><th class=\"number\">frame</th>"
              "<th class=\"number\">blanks late</th><th>cause</th></tr>\n");
    for (std::size_t i = 0; i < std::min(late.size(), most_missed); ++i) {
      const FrameLine& frame = frames[late[i]];
      add(page,
          "<tr><td class=\"number\">{:.3f}</td><td class=\"number\">{}</td><td "
          "class=\"number\">{}</td><td>{}</td></tr>\n",
          seconds(report, frame.times.flip), static_cast<std::uint64_t>(frame.frame), frame.blanks,
          frame.cause == MissCause::Unknown ? "not known" : name(frame.cause));
    }
    page += "</table>\n";
    if (late.size() > most_missed)
      add(page, "<p>and {} more: the table has the first {}</p>\n", late.size() - most_missed, most_missed);
  }
  if (frames.empty())
    return;
  page += "<h3>Frames</h3>\n<p class=\"key\"><span class=\"k client\">client: commit to fence</span><span class=\"k "
          "session\">session: latch to commit</span>"
          "<span class=\"k compose\">composing</span><span class=\"k even\">display: commit to flip</span><span "
          "class=\"k missed\">missed</span>"
          "Upright lines: the blanks that were aimed at. Time in ms.</p>\n";
  std::stable_sort(late.begin(), late.end(),
                   [&](std::size_t a, std::size_t b) { return frames[a].blanks > frames[b].blanks; });
  for (std::size_t i = 0; i < std::min(late.size(), most_drawn); ++i)
    draw_around(page, report, frames, static_cast<std::ptrdiff_t>(late[i]),
                fmt::format("Around frame {}, {:.3f} s after the trace began, {} blank{} late ({})",
                            static_cast<std::uint64_t>(frames[late[i]].frame),
                            seconds(report, frames[late[i]].times.flip), frames[late[i]].blanks,
                            frames[late[i]].blanks == 1 ? "" : "s", name(frames[late[i]].cause)));
  draw_around(page, report, frames, static_cast<std::ptrdiff_t>(frames.size() / 2),
              late.empty() ? "In the middle of the trace" : "In the middle of the trace, for comparison");
}

} // namespace

std::string as_html(const Report& report, const std::string& path) {
  std::string page;
  add(page,
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/><title>{0}</title><style>{1}"
      ".k.client {{ background: var(--client); }} .k.session {{ background: var(--bar); }} .k.compose {{ background: "
      "var(--compose); }} "
      ".k.even {{ background: var(--even); }} .k.missed {{ background: var(--bad); "
      "}}</style></head>\n<body>\n<h1>{0}</h1>\n",
      escaped("Frames of " + path, 200), style);
  add(page, "<pre>{}</pre>\n", inside(as_text(report, path)));
  for (const OutputReport& output : report.outputs) {
    add(page, "<h2>Output {}</h2>\n", escaped(output.name));
    histograms(page, output.figures, {Step::LatchToSubmit, Step::SubmitToFlip, Step::CommitToFlip});
    missed(page, report, output);
  }
  std::size_t clients = 0;
  for (const ClientReport& client : report.clients) {
    if (client.id == ClientId{} || client.figures.presented == 0 || ++clients > most_clients)
      continue;
    add(page, "<h2>Client {}{}</h2>\n", escaped(client.name),
        client.pid != 0 ? fmt::format(" (pid {})", client.pid) : "");
    histograms(page, client.figures, {Step::CommitToFence, Step::AppliedToLatch, Step::CommitToFlip});
  }
  if (clients > most_clients)
    add(page, "<p>and {} more clients: --json has them all</p>\n", clients - most_clients);
  page += "</body></html>\n";
  return page;
}

} // namespace fenceline::report
