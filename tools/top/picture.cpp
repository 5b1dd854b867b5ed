#include "tools/top/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "compositor/trace/name_book.h"
#include "tools/top/rates.h"

namespace fenceline::top {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t widest_name = 24;

const Json& member(const Json& object, const char* key) {
  static const Json none;
  if (!object.is_object())
    return none;
  const auto found = object.find(key);
  return found != object.end() ? *found : none;
}

std::optional<double> number(const Json& object, const char* key) {
  const Json& value = member(object, key);
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

std::string text(const Json& object, const char* key, std::size_t limit = 120) {
  const Json& value = member(object, key);
  return value.is_string() ? printable(value.get<std::string>(), limit) : std::string();
}

std::string fixed(std::optional<double> value, int decimals) {
  return value ? fmt::format("{:.{}f}", *value, decimals) : std::string("-");
}

std::string whole(std::optional<double> value) {
  return fixed(value, 0);
}

std::string bytes(std::optional<double> count) {
  if (!count)
    return "-";
  constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double value = *count;
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(units)) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", value, unit == 0 ? 0 : 1, units[unit]);
}

/// A share that says 100 only when it is the whole, and 0 only when it is nothing.
std::string percent(std::optional<double> part, std::optional<double> of) {
  if (!part || !of || *of <= 0)
    return "-";
  const double share = 100 * *part / *of;
  return fmt::format("{:.0f} %", *part > 0 && *part < *of ? std::clamp(share, 1.0, 99.0) : share);
}

/// "2 woken late, 1 composed late".
template <class Write>
std::string listed(const Json& counts, Write&& write) {
  std::string out;
  if (counts.is_object())
    for (const auto& [key, count] : counts.items())
      if (count.is_number())
        out += (out.empty() ? "" : ", ") + write(printable(key, 40), count.template get<double>());
  return out;
}

std::size_t characters(const std::string& utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](unsigned char c) { return (c & 0xc0U) != 0x80U; }));
}

/// Columns as wide as what is in them, names to the left, numbers to the right.
class Table {
 public:
  struct Column {
    std::string name;
    bool left = false;
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void row(std::vector<std::string> cells) { rows_.push_back({std::move(cells), {}}); }
  /// Under the last row.
  void remark(std::string words) { rows_.back().remarks.push_back(std::move(words)); }
  void write(std::vector<Line>& out) const {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      widths.push_back(characters(columns_[i].name));
      for (const Row& r : rows_)
        widths[i] = std::max(widths[i], characters(r.cells[i]));
    }
    const auto line = [&](const auto& cell) {
      std::string text;
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        const std::string& word = cell(i);
        const std::string room(widths[i] - characters(word), ' ');
        text += (i == 0 ? "" : "  ") + (columns_[i].left ? word + room : room + word);
      }
      while (text.ends_with(' '))
        text.pop_back();
      return text;
    };
    out.push_back({line([&](std::size_t i) -> const std::string& { return columns_[i].name; }), true});
    for (const Row& r : rows_) {
      out.push_back({line([&](std::size_t i) -> const std::string& { return r.cells[i]; })});
      for (const std::string& words : r.remarks)
        out.push_back({"    " + words});
    }
  }

 private:
  struct Row {
    std::vector<std::string> cells;
    std::vector<std::string> remarks;
  };
  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

std::string copied_text(const Json& copied) {
  return listed(copied, [](const std::string& kind, double count) { return bytes(count) + " by " + kind; });
}

std::string planes_text(const Json& output) {
  const auto planes = number(output, "planes");
  if (!planes)
    return "-";
  const Json& composes = member(output, "composes");
  // What is composed is on one of them, too.
  const double used = number(member(output, "layers"), "on-planes").value_or(0) +
                      (composes.is_boolean() && composes.get<bool>() ? 1 : 0);
  return fmt::format("{:.0f}/{:.0f}", std::min(used, *planes), *planes);
}

void outputs(const Json& list, std::vector<Line>& out) {
  Table table({{"OUTPUT", true},
               {"MODE", true},
               {"FPS"},
               {"PERIOD"},
               {"LEAD"},
               {"SUBMIT->FLIP"},
               {"MISSED"},
               {"PLANES"},
               {"ON PLANES"},
               {"COMPOSED"},
               {"COPIED/S"}});
  for (const Json& output : list) {
    const Json& layers = member(output, "layers");
    const Json& on = member(output, "on");
    const bool off = on.is_boolean() && !on.get<bool>();
    const Json& missed = member(output, "missed");
    table.row({text(output, "name", widest_name), text(output, "mode", widest_name),
               off ? std::string("off") : fixed(number(output, "fps"), 1), fixed(number(output, "period-ms"), 2),
               fixed(number(output, "lead-ms"), 2), fixed(number(member(output, "submit-to-flip-ms"), "p50"), 2),
               missed.is_object() ? whole(sum_of(missed)) : "-", planes_text(output),
               whole(number(layers, "on-planes")), whole(number(layers, "composed")),
               bytes(number(output, "copied-per-second"))});
    const auto since = number(output, "missed-since");
    const std::string causes =
        listed(missed, [](const std::string& cause, double count) { return fmt::format("{:.0f} {}", count, cause); });
    if (!causes.empty())
      table.remark(
          fmt::format("missed: {}{}", causes, since && *since > 0 ? fmt::format("; {:.0f} just now", *since) : ""));
    if (const std::string copied = copied_text(member(output, "copied")); !copied.empty())
      table.remark("copied: " + copied);
    if (const auto refused = number(output, "commits-refused"); refused && *refused > 0)
      table.remark(fmt::format("refused by the display: {:.0f} commits", *refused));
  }
  table.write(out);
}

void clients(const Json& list, std::vector<Line>& out) {
  std::vector<const Json*> sorted;
  for (const Json& client : list)
    // The compositor itself only where there is anything to tell of it.
    if (number(client, "client").value_or(0) != 0 || sum_of(member(client, "copied")) > 0)
      sorted.push_back(&client);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Json* a, const Json* b) {
    return number(*a, "fps").value_or(0) > number(*b, "fps").value_or(0);
  });
  Table table({{"CLIENT"},
               {"PID"},
               {"PROGRAM", true},
               {"APPLICATION", true},
               {"FPS"},
               {"FRAMES"},
               {"ZERO-COPY"},
               {"QUEUED"},
               {"COPIED/S"},
               {"COPIED", true}});
  for (const Json* client : sorted)
    table.row({whole(number(*client, "client")), whole(number(*client, "pid")), text(*client, "name", widest_name),
               text(*client, "app-id", widest_name), fixed(number(*client, "fps"), 1),
               whole(number(*client, "presented")), percent(number(*client, "zero-copy"), number(*client, "presented")),
               whole(number(*client, "queued")), bytes(number(*client, "copied-per-second")),
               copied_text(member(*client, "copied"))});
  table.write(out);
}

} // namespace

std::vector<Line> picture(const Json& stats, const std::string& session) {
  const Json& shown = member(stats, "outputs");
  const Json& connected = member(stats, "clients");
  std::vector<Line> out;
  const auto seconds = number(stats, "seconds");
  out.push_back({fmt::format("fenceline-top  {}  {}; times in ms", printable(session, 60),
                             seconds ? fmt::format("over {:.1f} s", *seconds) : std::string("since the start"))});
  out.push_back({});
  outputs(shown, out);
  out.push_back({});
  clients(connected, out);
  return out;
}

std::string cut(const std::string& text, std::size_t columns) {
  std::size_t at = 0;
  for (std::size_t seen = 0; at < text.size(); ++at)
    if ((static_cast<unsigned char>(text[at]) & 0xc0U) != 0x80U && seen++ == columns)
      break;
  return text.substr(0, at);
}

} // namespace fenceline::top
