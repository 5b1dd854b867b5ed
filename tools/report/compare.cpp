#include "tools/report/compare.h"

#include <fmt/format.h>

#include <iterator>
#include <vector>

#include "compositor/trace/name_book.h"
#include "tools/report/json_writer.h"

namespace fenceline::report {

namespace {

/// One figure of both traces.
struct Row {
  std::string name;
  double a = 0, b = 0;
  bool whole = true; ///< A count, or bytes; else milliseconds or a rate.
};

struct Section {
  std::string kind, name;
  std::vector<Row> rows;
};

struct Comparison {
  std::vector<Section> sections;
  std::vector<std::string> only_a, only_b; ///< "output NAME", "client NAME".
};

void count(Section& to, std::string_view name, std::uint64_t a, std::uint64_t b) {
  to.rows.push_back({std::string(name), static_cast<double>(a), static_cast<double>(b), true});
}

/// Counts that are 0 in both traces are left out.
template <class Enum, class Array>
void counts(Section& to, std::string_view head, const Array& a, const Array& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] + b[i] != 0)
      count(to, fmt::format("{}: {}", head, name(static_cast<Enum>(i))), a[i], b[i]);
}

/// Quantiles are compared only where both traces have values: none is not 0 ms.
void quantiles(Section& to, std::string_view name, const Histogram& a, const Histogram& b) {
  if (a.count() + b.count() == 0)
    return;
  count(to, fmt::format("{}, n", name), a.count(), b.count());
  if (a.count() == 0 || b.count() == 0)
    return;
  const auto row = [&](std::string_view what, Nanoseconds of_a, Nanoseconds of_b) {
    to.rows.push_back({fmt::format("{}, {} ms", name, what), static_cast<double>(of_a.count()) / 1e6,
                       static_cast<double>(of_b.count()) / 1e6, false});
  };
  row("p50", a.quantile(0.5), b.quantile(0.5));
  row("p95", a.quantile(0.95), b.quantile(0.95));
  row("p99", a.quantile(0.99), b.quantile(0.99));
  row("max", a.greatest(), b.greatest());
}

void figures(Section& to, const Figures& a, const Figures& b) {
  count(to, "updates presented", a.presented, b.presented);
  count(to, "of these zero-copy", a.zero_copy, b.zero_copy);
  count(to, "updates discarded", a.discarded, b.discarded);
  to.rows.push_back({"frames a second", a.rate(), b.rate(), false});
  count(to, "missed frames", a.missed, b.missed);
  count(to, "missed blanks", a.blanks, b.blanks);
  counts<MissCause>(to, "missed", a.causes, b.causes);
  count(to, "bytes copied", a.copied_bytes(), b.copied_bytes());
  counts<CopyKind>(to, "bytes", a.copied, b.copied);
  for (std::size_t i = 0; i < step_count; ++i)
    quantiles(to, name(static_cast<Step>(i)), a.steps[i], b.steps[i]);
}

void own(Section& to, const OutputReport& a, const OutputReport& b) {
  count(to, "flips", a.figures.shown, b.figures.shown);
  count(to, "test commits", a.tests, b.tests);
  count(to, "test commits rejected", a.tests_rejected, b.tests_rejected);
  count(to, "commits refused", a.submits_failed, b.submits_failed);
  quantiles(to, "GPU", a.gpu, b.gpu);
}

void own(Section& to, const ClientReport& a, const ClientReport& b) {
  counts<LostCause>(to, "blanks lost", a.lost, b.lost);
  count(to, "input events", a.input.events, b.input.events);
  count(to, "input answered", a.input.answered, b.input.answered);
  for (std::size_t i = 0; i < a.input.steps.size(); ++i)
    quantiles(to, name(static_cast<InputStep>(i)), a.input.steps[i], b.input.steps[i]);
}

template <class Of>
void match(Comparison& to, std::string_view kind, const std::vector<Of>& all_a, const std::vector<Of>& all_b) {
  std::vector<bool> taken(all_b.size(), false);
  for (const Of& a : all_a) {
    std::size_t i = 0;
    while (i < all_b.size() && (taken[i] || all_b[i].name != a.name))
      ++i;
    if (i == all_b.size()) {
      to.only_a.push_back(fmt::format("{} {}", kind, a.name));
      continue;
    }
    taken[i] = true;
    Section section{std::string(kind), a.name, {}};
    own(section, a, all_b[i]);
    figures(section, a.figures, all_b[i].figures);
    to.sections.push_back(std::move(section));
  }
  for (std::size_t i = 0; i < all_b.size(); ++i)
    if (!taken[i])
      to.only_b.push_back(fmt::format("{} {}", kind, all_b[i].name));
}

Comparison compare(const Report& a, const Report& b) {
  Comparison result;
  match(result, "output", a.outputs, b.outputs);
  match(result, "client", a.clients, b.clients);
  return result;
}

double seconds(const Report& report) {
  return static_cast<double>(report.traced.count()) / 1e9;
}

std::string cell(double value, bool whole) {
  return whole ? fmt::format("{:.0f}", value) : fmt::format("{:.3f}", value);
}

} // namespace

std::string comparison_as_text(const Compared& a, const Compared& b) {
  const Comparison all = compare(a.report, b.report);
  std::string out;
  const auto to = std::back_inserter(out);
  for (const auto& [letter, side] : {std::pair{'A', &a}, std::pair{'B', &b}}) {
    fmt::format_to(to, "{}  {}: {:.1f} s, {} events\n", letter, printable(side->path, 4096), seconds(side->report),
                   side->report.events);
    for (const std::string& warning : side->report.warnings)
      fmt::format_to(to, "   warning: {}\n", warning);
  }
  out += "Whether a difference is more than noise, one trace of each side cannot tell.\n";
  for (const Section& section : all.sections) {
    fmt::format_to(to, "\n{:<40}{:>15}{:>15}{:>16}{:>10}\n",
                   fmt::format("{} {}", section.kind, printable(section.name, 30)), "A", "B", "B - A", "B / A");
    for (const Row& row : section.rows)
      fmt::format_to(to, "  {:<38}{:>15}{:>15}{:>16}{:>10}\n", row.name, cell(row.a, row.whole), cell(row.b, row.whole),
                     cell(row.b - row.a, row.whole), row.a != 0 ? fmt::format("{:.3f}", row.b / row.a) : "-");
  }
  if (!all.only_a.empty() || !all.only_b.empty())
    out += '\n';
  for (const std::string& name : all.only_a)
    fmt::format_to(to, "only in A: {}\n", printable(name, 80));
  for (const std::string& name : all.only_b)
    fmt::format_to(to, "only in B: {}\n", printable(name, 80));
  return out;
}

std::string comparison_as_json(const Compared& a, const Compared& b) {
  const Comparison all = compare(a.report, b.report);
  JsonWriter json;
  json.begin_object();
  for (const auto& [letter, side] : {std::pair{"a", &a}, std::pair{"b", &b}}) {
    json.begin_object(letter);
    json.text("trace", side->path);
    json.number("seconds", seconds(side->report));
    json.begin_list("warnings");
    for (const std::string& warning : side->report.warnings)
      json.text({}, warning);
    json.end_list();
    json.end_object();
  }
  json.begin_list("compared");
  for (const Section& section : all.sections) {
    json.begin_object();
    json.text("kind", section.kind);
    json.text("name", section.name);
    json.begin_list("figures");
    for (const Row& row : section.rows) {
      json.begin_object();
      json.text("name", row.name);
      json.number("a", row.a);
      json.number("b", row.b);
      json.number("difference", row.b - row.a);
      if (row.a != 0)
        json.number("ratio", row.b / row.a);
      json.end_object();
    }
    json.end_list();
    json.end_object();
  }
  json.end_list();
  for (const auto& [key, names] : {std::pair{"only_in_a", &all.only_a}, std::pair{"only_in_b", &all.only_b}}) {
    json.begin_list(key);
    for (const std::string& name : *names)
      json.text({}, name);
    json.end_list();
  }
  json.end_object();
  return json.result() + '\n';
}

} // namespace fenceline::report
