#include "tools/report/report_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <sstream>

#include "compositor/frame/plan_advice.h"
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

  /// Items one after the other, broken so that no line is too long; further lines stand under the first item.
  void list(std::string_view head, const std::vector<std::string>& items) { broken(head, items, ","); }

  /// A sentence, broken in the same way.
  void sentence(std::string_view head, const std::string& text) {
    std::istringstream in(text);
    broken(head, {std::istream_iterator<std::string>(in), {}}, "");
  }

  std::string take() { return std::move(out_); }

 private:
  void broken(std::string_view head, const std::vector<std::string>& items, std::string_view between) {
    std::string line(head);
    bool first = true;
    for (const std::string& item : items) {
      if (!first)
        line += between;
      if (!first && line.size() + 1 + between.size() + item.size() > columns) {
        out_ += line + '\n';
        line.assign(head.size(), ' ');
      } else if (!first) {
        line += ' ';
      }
      line += item;
      first = false;
    }
    out_ += line + '\n';
  }

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

/// "1 flip", "2 flips".
std::string counted(std::uint64_t n, std::string_view what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

/// A table of quantiles, of those steps that have any. `what`: what is counted.
template <class Which, std::size_t Count>
void steps(Text& text, const std::array<Histogram, Count>& of, std::string_view what) {
  if (std::all_of(of.begin(), of.end(), [](const Histogram& h) { return h.count() == 0; }))
    return;
  text.line("  {:<22}{:>9}{:>11}{:>11}{:>11}{:>11}", "step, in ms", what, "p50", "p95", "p99", "max");
  for (std::size_t i = 0; i < Count; ++i)
    if (const Histogram& h = of[i]; h.count() != 0)
      text.line("  {:<22}{:>9}{:>11.3f}{:>11.3f}{:>11.3f}{:>11.3f}", name(static_cast<Which>(i)), h.count(),
                ms(h.quantile(0.5)), ms(h.quantile(0.95)), ms(h.quantile(0.99)), ms(h.greatest()));
}

void input_text(Text& text, const InputFigures& f) {
  if (f.events == 0)
    return;
  std::vector<std::string> items{fmt::format("{} sent", counted(f.events, "event")),
                                 fmt::format("{} answered by a picture that was shown", f.answered)};
  if (f.unseen != 0)
    items.push_back(fmt::format("{} by one that a newer one took the place of", f.unseen));
  text.list("  input       ", items);
  steps<InputStep>(text, f.steps, "events");
}

void lost_text(Text& text, const LostBlanks::Counts& lost) {
  std::uint64_t all = 0;
  std::vector<std::string> causes;
  for (std::size_t i = 0; i < lost.size(); ++i) {
    all += lost[i];
    if (lost[i] != 0)
      causes.push_back(fmt::format("{} {}", lost[i], name(static_cast<LostCause>(i))));
  }
  if (all == 0)
    return;
  causes.front() = fmt::format("{} without a new picture: {}", counted(all, "blank"), causes.front());
  text.list("  lost        ", causes);
}

bool has_layers(const Figures& f) {
  return f.on_plane + f.background + f.composed + f.hidden + f.not_shown != 0;
}

/// What is told of outputs and clients in the same words.
/// `advises`: whether there is somebody who could do what would help.
void common(Text& text, const Figures& f, bool advises) {
  std::vector<std::string> layers{fmt::format("{} on planes", f.on_plane), fmt::format("{} composed", f.composed)};
  if (f.background != 0)
    layers.push_back(fmt::format("{} by the background colour", f.background));
  if (f.hidden != 0)
    layers.push_back(fmt::format("{} hidden", f.hidden));
  if (f.not_shown != 0)
    layers.push_back(fmt::format("{} not shown for want of a renderer", f.not_shown));
  if (has_layers(f))
    text.list("  layers      ", layers);
  std::vector<std::string> reasons;
  for (std::size_t i = 0; i < f.refusals.size(); ++i)
    if (f.refusals[i] != 0)
      reasons.push_back(fmt::format(
          "{}: {}", i == 0 ? std::string_view("no reason given") : name(static_cast<Refusal>(i)), f.refusals[i]));
  if (!reasons.empty())
    text.list("  because     ", reasons);
  // One reason needs no name.
  for (std::size_t i = 1; advises && i < f.refusals.size(); ++i)
    if (const auto words = what_would_help(static_cast<Refusal>(i)); f.refusals[i] != 0 && !words.empty())
      text.sentence("  would help  ", reasons.size() > 1
                                          ? fmt::format("against \"{}\": {}", name(static_cast<Refusal>(i)), words)
                                          : std::string(words));
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
  steps<Step>(text, f.steps, "updates");
}

/// What the loop was busy with.
std::string busy_text(const Report& report, const Busy& with) {
  if (with.client == ClientId{})
    return std::string(name(with.part));
  for (const ClientReport& client : report.clients)
    if (client.id == with.client)
      return fmt::format("{} of {}{}", name(with.part), printable(client.name, 80),
                         client.pid != 0 ? fmt::format(" (pid {})", client.pid) : "");
  return std::string(name(with.part));
}

void output_text(Text& text, const Report& report, const OutputReport& output) {
  const Figures& f = output.figures;
  const std::string rate = output.refresh.count() > 0 ? fmt::format(" ({:.2f} Hz)", 1e3 / ms(output.refresh)) : "";
  text.line("");
  text.line("Output {}{}", output.name, rate);
  std::vector<std::string> flips{f.shown == 0 ? "no flips" : counted(f.shown, "flip")};
  if (f.rate() > 0)
    flips.push_back(fmt::format("{:.2f} a second", f.rate()));
  if (f.missed != 0)
    flips.push_back(fmt::format("{} missed ({})", f.missed, counted(f.blanks, "blank")));
  else if (f.shown != 0)
    flips.emplace_back("none missed");
  text.list("  frames      ", flips);
  const auto frames = [&output](FrameWay way) { return output.frames[static_cast<std::size_t>(way)]; };
  std::vector<std::string> ways{fmt::format("{} on planes alone", counted(frames(FrameWay::PlanesAlone), "frame")),
                                fmt::format("{} composed anew", frames(FrameWay::ComposedAnew)),
                                fmt::format("{} with the last composition again", frames(FrameWay::ShownAgain))};
  if (frames(FrameWay::Unknown) != 0)
    ways.push_back(fmt::format("{} sent before the trace began", frames(FrameWay::Unknown)));
  if (f.shown != 0)
    text.list("  scanout     ", ways);
  if (f.presented + f.discarded == 0)
    text.line("  updates     none");
  else
    text.list("  updates     ", {fmt::format("{} presented", f.presented), fmt::format("{} discarded", f.discarded)});
  std::vector<std::string> refused;
  if (output.submits_failed != 0)
    refused.push_back(fmt::format("{} commits", output.submits_failed));
  if (output.tests_rejected != 0)
    refused.push_back(fmt::format("{} of {} test commits", output.tests_rejected, output.tests));
  if (!refused.empty())
    text.list("  refused     ", refused);
  if (const Histogram& gpu = output.gpu; gpu.count() != 0)
    text.line("  GPU         {}, in ms: p50 {:.3f}, p95 {:.3f}, p99 {:.3f}, max {:.3f}",
              counted(gpu.count(), "composition"), ms(gpu.quantile(0.5)), ms(gpu.quantile(0.95)),
              ms(gpu.quantile(0.99)), ms(gpu.greatest()));
  common(text, f, false);
  std::vector<std::string> busy;
  for (const auto& [with, count] : output.woken_late_by)
    busy.push_back(fmt::format("{} busy with {}", counted(count, "frame"), busy_text(report, with)));
  if (!busy.empty())
    text.list("  woken late  ", busy);
  if (const Histogram& late = output.composed_late; late.count() != 0)
    text.sentence(
        "  would help  ",
        fmt::format("against missing by composing: {}, and {} from then on to be composed: a larger "
                    "latch-lead-ms under [renderer] of the configuration where it is set there, or less to compose",
                    output.lead.count() > 0
                        ? fmt::format("pictures are taken {:.1f} ms before the blank", ms(output.lead))
                        : std::string("pictures are taken too shortly before the blank"),
                    late.count() == 1 ? fmt::format("one frame needed {:.1f} ms", ms(late.greatest()))
                                      : fmt::format("{} frames needed {:.1f} ms (p50) to {:.1f} ms", late.count(),
                                                    ms(late.quantile(0.5)), ms(late.greatest()))));
}

void client_text(Text& text, const ClientReport& client) {
  const Figures& f = client.figures;
  text.line("");
  if (client.id == ClientId{}) {
    text.line("The compositor itself (its cursor, screenshots)");
  } else {
    text.line("Client {}{}", printable(client.name, 80), client.pid != 0 ? fmt::format(" (pid {})", client.pid) : "");
    std::vector<std::string> updates{f.presented == 0 ? "none presented" : fmt::format("{} presented", f.presented)};
    if (f.rate() > 0)
      updates.push_back(fmt::format("{:.2f} a second", f.rate()));
    if (f.missed != 0)
      updates.push_back(fmt::format("{} of its frames missed ({})", f.missed, counted(f.blanks, "blank")));
    else if (f.presented != 0)
      updates.emplace_back("none of its frames missed");
    updates.push_back(fmt::format("{} discarded", f.discarded));
    text.list("  updates     ", updates);
    if (f.presented != 0)
      text.line("  zero-copy   {} of the updates, {} copied", percent(f.zero_copy, f.presented),
                bytes_text(f.copied_bytes()));
  }
  common(text, f, client.id != ClientId{});
  lost_text(text, client.lost);
  input_text(text, client.input);
}

/// Whether there is anything to say of it. The compositor's own cursor may never have been shown.
bool has_something(const ClientReport& client) {
  return client.id != ClientId{} || has_layers(client.figures) || client.figures.copied_bytes() != 0;
}

} // namespace

std::string as_text(const Report& report, const std::string& path) {
  // Of a thousand clients the first few say enough; all are in the JSON.
  constexpr std::size_t most_clients = 20;
  Text text;
  text.line("Trace {}", path);
  text.line("  {:.2f} s, {} events, times by {}, written by fenceline {}",
            static_cast<double>(report.traced.count()) / 1e9, report.events, report.ticks.empty() ? "?" : report.ticks,
            report.version.empty() ? "?" : report.version);
  for (const std::string& warning : report.warnings)
    text.sentence("  warning: ", warning);
  if (report.turns.count() != 0) {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < report.turns_by_part.size(); ++i)
      if (report.turns_by_part[i] != 0)
        parts.push_back(fmt::format("{} mostly {}", report.turns_by_part[i], name(static_cast<TurnPart>(i))));
    const std::string all = fmt::format("{} of 1 ms or more, the longest {:.1f} ms",
                                        counted(report.turns.count(), "turn"), ms(report.turns.greatest()));
    // Of a trace that is not whole nobody may know what took them.
    if (parts.empty())
      parts.push_back(all);
    else
      parts.front() = fmt::format("{}: {}", all, parts.front());
    text.list("  main loop   ", parts);
  }
  for (const OutputReport& output : report.outputs)
    output_text(text, report, output);
  std::size_t clients = 0;
  for (const ClientReport& client : report.clients)
    if (has_something(client) && ++clients <= most_clients)
      client_text(text, client);
  if (clients > most_clients) {
    text.line("");
    text.line("and {} (--json has them all)", counted(clients - most_clients, "more client"));
  }
  if (clients == 0) {
    text.line("");
    text.line("{}", report.outputs.empty() ? "No output and no client is in it." : "No client is in it.");
  }
  return text.take();
}

} // namespace fenceline::report
