#include "tools/report/report_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "compositor/trace/name_book.h"

namespace fenceline::report {

namespace {

constexpr std::size_t columns = 100;

class Text {
 public:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
    out_ += '\n';
  }

  /// Words one after the other, broken so that no line is too long; further lines stand under the first word.
  void list(std::string_view head, const std::vector<std::string>& words) {
    std::string line(head);
    bool first = true;
    for (const std::string& word : words) {
      if (!first)
        line += ',';
      if (!first && line.size() + 2 + word.size() > columns) {
        out_ += line + '\n';
        line.assign(head.size(), ' ');
      } else if (!first) {
        line += ' ';
      }
      line += word;
      first = false;
    }
    out_ += line + '\n';
  }

  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

std::string bytes_text(std::uint64_t bytes) {
  constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(units)) {
    value /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, units[unit]);
}

double ms(Nanoseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

/// A share in per cent that says 100.0 only when it is the whole, and 0.0 only when it is nothing.
std::string percent(std::uint64_t part, std::uint64_t whole) {
  const double share = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  if (part == whole || part == 0)
    return fmt::format("{:.1f} %", share);
  return fmt::format("{:.1f} %", std::clamp(share, 0.1, 99.9));
}

void steps(Text& text, const Figures& f) {
  if (std::all_of(f.steps.begin(), f.steps.end(), [](const Histogram& h) { return h.count() == 0; }))
    return;
  text.line("  {:<18}{:>9}{:>11}{:>11}{:>11}{:>11}", "ms", "n", "p50", "p95", "p99", "max");
  for (std::size_t i = 0; i < step_count; ++i) {
    const Histogram& h = f.steps[i];
    if (h.count() == 0)
      text.line("  {:<18}{:>9}{:>11}{:>11}{:>11}{:>11}", name(static_cast<Step>(i)), 0, "-", "-", "-", "-");
    else
      text.line("  {:<18}{:>9}{:>11.3f}{:>11.3f}{:>11.3f}{:>11.3f}", name(static_cast<Step>(i)), h.count(),
                ms(h.quantile(0.5)), ms(h.quantile(0.95)), ms(h.quantile(0.99)), ms(h.greatest()));
  }
}

/// What is told of outputs and clients in the same words.
void common(Text& text, const Figures& f) {
  std::vector<std::string> layers{fmt::format("{} on planes", f.on_plane), fmt::format("{} composed", f.composed)};
  if (f.hidden != 0)
    layers.push_back(fmt::format("{} hidden", f.hidden));
  text.list("  layers      ", layers);
  std::vector<std::string> reasons;
  for (std::size_t i = 0; i < f.refusals.size(); ++i)
    if (f.refusals[i] != 0)
      reasons.push_back(fmt::format("{} {}", f.refusals[i],
                                    i == 0 ? std::string_view("for no reason given") : name(static_cast<Refusal>(i))));
  if (!reasons.empty())
    text.list("  composed as ", reasons);
  std::vector<std::string> copies;
  for (std::size_t i = 0; i < f.copied.size(); ++i)
    if (f.copied[i] != 0)
      copies.push_back(fmt::format("{} by {}", bytes_text(f.copied[i]), name(static_cast<CopyKind>(i))));
  if (!copies.empty())
    text.list("  copied      ", copies);
  std::vector<std::string> causes;
  for (std::size_t i = f.causes.size(); i-- > 0;)
    if (f.causes[i] != 0)
      causes.push_back(fmt::format(
          "{} {}", f.causes[i], i == 0 ? std::string_view("for an unknown cause") : name(static_cast<MissCause>(i))));
  if (!causes.empty())
    text.list("  missed      ", causes);
  steps(text, f);
}

std::string missed_text(const Figures& f) {
  return f.missed == 0 ? "0 missed"
                       : fmt::format("{} missed ({} {})", f.missed, f.blanks, f.blanks == 1 ? "blank" : "blanks");
}

void output_text(Text& text, const OutputReport& output) {
  const Figures& f = output.figures;
  const std::string rate = output.refresh.count() > 0 ? fmt::format(" ({:.2f} Hz)", 1e3 / ms(output.refresh)) : "";
  text.line("");
  text.line("Output {}{}", output.name, rate);
  text.list("  frames      ", {fmt::format("{} flips", f.shown), fmt::format("{:.2f} fps", f.rate()), missed_text(f)});
  text.list("  updates     ", {fmt::format("{} presented", f.presented), fmt::format("{} discarded", f.discarded)});
  const auto frames = [&output](FrameWay way) { return output.frames[static_cast<std::size_t>(way)]; };
  std::vector<std::string> ways{
      fmt::format("{} on planes alone", frames(FrameWay::PlanesAlone)),
      fmt::format("{} composed anew", frames(FrameWay::ComposedAnew)),
      fmt::format("{} with an earlier composed image shown again", frames(FrameWay::ShownAgain))};
  if (frames(FrameWay::Unknown) != 0)
    ways.push_back(fmt::format("{} sent before the trace began", frames(FrameWay::Unknown)));
  text.list("  scanout     ", ways);
  std::vector<std::string> refused;
  if (output.submits_failed != 0)
    refused.push_back(fmt::format("{} commits", output.submits_failed));
  if (output.tests_rejected != 0)
    refused.push_back(fmt::format("{} of {} test commits", output.tests_rejected, output.tests));
  if (!refused.empty())
    text.list("  refused     ", refused);
  common(text, f);
}

void client_text(Text& text, const ClientReport& client) {
  const Figures& f = client.figures;
  text.line("");
  text.line("Client {}{}", printable(client.name, 80), client.pid != 0 ? fmt::format(" (pid {})", client.pid) : "");
  if (client.id != ClientId{}) {
    text.list("  updates     ", {fmt::format("{} presented", f.presented), fmt::format("{:.2f} fps", f.rate()),
                                 missed_text(f), fmt::format("{} discarded", f.discarded)});
    if (f.presented != 0)
      text.line("  zero-copy   {} zero-copy, {} copied", percent(f.zero_copy, f.presented),
                bytes_text(f.copied_bytes()));
  }
  common(text, f);
}

} // namespace

std::string as_text(const Report& report, const std::string& path) {
  // Of a thousand clients the first few say enough; all are in the JSON.
  constexpr std::size_t most_clients = 20;
  Text text;
  text.line("Trace {}", path);
  text.line("  {:.2f} s, {} events, stamped by {}, written by fenceline {}",
            static_cast<double>(report.traced.count()) / 1e9, report.events, report.ticks.empty() ? "?" : report.ticks,
            report.version.empty() ? "?" : report.version);
  for (const std::string& warning : report.warnings)
    text.line("  warning: {}", warning);
  for (const OutputReport& output : report.outputs)
    output_text(text, output);
  for (std::size_t i = 0; i < std::min(report.clients.size(), most_clients); ++i)
    client_text(text, report.clients[i]);
  if (report.clients.size() > most_clients) {
    text.line("");
    text.line("and {} more clients (--json has them all)", report.clients.size() - most_clients);
  }
  if (report.outputs.empty() && report.clients.empty())
    text.line("  no frames in it");
  return text.take();
}

} // namespace fenceline::report
