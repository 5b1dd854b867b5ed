#include "compositor/config/config_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

namespace fenceline {
namespace {

std::string_view kind_of(const toml::node& node) {
  switch (node.type()) {
  case toml::node_type::table:
    return "a table";
  case toml::node_type::array:
    return "a list";
  case toml::node_type::string:
    return "a text";
  case toml::node_type::integer:
    return "a whole number";
  case toml::node_type::floating_point:
    return "a number";
  case toml::node_type::boolean:
    return "true or false";
  default:
    return "a date or a time";
  }
}

/// How many letters have to be put in, left out or changed to come from one word to the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t k = 1; k <= b.size(); ++k) {
      const std::size_t changed = diagonal + (a[i - 1] == b[k - 1] ? 0 : 1);
      diagonal = row[k];
      row[k] = std::min({changed, row[k] + 1, row[k - 1] + 1});
    }
  }
  return row.back();
}

/// The same, but a key whose last words are missing, such as its unit, is near.
std::size_t likeness(std::string_view known, std::string_view written) {
  const bool begins = written.size() > 2 && known.starts_with(written) && known[written.size()] == '-';
  return begins ? 1 : distance(known, written);
}

std::string listed(std::span<const std::string_view> words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i)
    out += fmt::format("{}\"{}\"", i == 0 ? "" : i + 1 == words.size() ? " or " : ", ", words[i]);
  return out;
}

} // namespace

std::string ConfigSection::name_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

void ConfigSection::add(const toml::source_region& place, const std::string& what) {
  ++wrong_;
  problems_.add(place.begin.line, place.begin.column, what);
}

void ConfigSection::wrong(const toml::node& node, std::string_view key, std::string_view wanted) {
  add(node.source(), fmt::format("{} must be {}, not {}", name_of(key), wanted, kind_of(node)));
}

void ConfigSection::note(std::string_view key, const std::string& what) {
  const toml::node* node = table_.get(key);
  add(node ? node->source() : table_.source(), fmt::format("{}: {}", name_of(key), what));
}

void ConfigSection::note(const Entry& entry, const std::string& what) {
  ++wrong_;
  problems_.add(entry.line, entry.column, what);
}

void ConfigSection::note_here(const std::string& what) {
  add(table_.source(), path_.empty() ? what : fmt::format("{}: {}", path_, what));
}

const toml::node* ConfigSection::take(std::string_view key) {
  known_.emplace(key);
  return table_.get(key);
}

void ConfigSection::read(std::string_view key, bool& value) {
  const toml::node* node = take(key);
  if (!node)
    return;
  if (const auto* found = node->as_boolean())
    value = found->get();
  else
    wrong(*node, key, "true or false");
}

void ConfigSection::read(std::string_view key, std::string& value) {
  const toml::node* node = take(key);
  if (!node)
    return;
  const auto* found = node->as_string();
  if (!found)
    return wrong(*node, key, "a text in quotes");
  // The texts go to C libraries.
  if (found->get().find('\0') != std::string::npos)
    return add(node->source(), fmt::format("{} may not have a zero byte in it", name_of(key)));
  value = found->get();
}

void ConfigSection::read(std::string_view key, std::vector<std::string>& value) {
  const toml::node* node = take(key);
  if (!node)
    return;
  const toml::array* list = node->as_array();
  if (!list)
    return wrong(*node, key, "a list of texts");
  std::vector<std::string> texts;
  for (const toml::node& item : *list) {
    const auto* text = item.as_string();
    if (!text)
      return wrong(item, key, "a list of texts");
    if (text->get().empty() || text->get().find('\0') != std::string::npos)
      return add(item.source(), fmt::format("{}: a text in the list is empty or has a zero byte in it", name_of(key)));
    texts.push_back(text->get());
  }
  value = std::move(texts);
}

void ConfigSection::read(std::string_view key, double& value, double least, double most) {
  const toml::node* node = take(key);
  if (!node)
    return;
  const std::optional<double> found = node->is_number() ? node->value<double>() : std::nullopt;
  if (!found)
    return wrong(*node, key, fmt::format("a number from {} to {}", least, most));
  if (!(*found >= least && *found <= most))
    return add(node->source(), fmt::format("{} must be from {} to {}, not {}", name_of(key), least, most, *found));
  value = *found;
}

bool ConfigSection::read_integer(std::string_view key, std::int64_t& value, std::int64_t least, std::int64_t most) {
  const toml::node* node = take(key);
  if (!node)
    return false;
  const auto* found = node->as_integer();
  if (!found) {
    wrong(*node, key, fmt::format("a whole number from {} to {}", least, most));
    return false;
  }
  if (found->get() < least || found->get() > most) {
    add(node->source(), fmt::format("{} must be from {} to {}, not {}", name_of(key), least, most, found->get()));
    return false;
  }
  value = found->get();
  return true;
}

void ConfigSection::read(std::string_view key, Point& value) {
  constexpr std::int64_t most = 1 << 20; // px: beyond every display, and no sum of two overflows
  const toml::node* node = take(key);
  if (!node)
    return;
  const toml::array* list = node->as_array();
  if (!list || list->size() != 2 || !list->is_homogeneous(toml::node_type::integer))
    return add(node->source(), fmt::format("{} must be [x, y], two whole numbers of pixels", name_of(key)));
  const std::int64_t x = list->at(0).as_integer()->get(), y = list->at(1).as_integer()->get();
  if (x < -most || x > most || y < -most || y > most)
    return add(node->source(), fmt::format("{} must be from {} to {}", name_of(key), -most, most));
  value = {static_cast<std::int32_t>(x), static_cast<std::int32_t>(y)};
}

std::optional<std::size_t> ConfigSection::read_choice(std::string_view key, std::span<const std::string_view> words) {
  const toml::node* node = take(key);
  if (!node)
    return std::nullopt;
  const auto* found = node->as_string();
  const auto at = found ? std::find(words.begin(), words.end(), found->get()) : words.end();
  if (at != words.end())
    return static_cast<std::size_t>(at - words.begin());
  add(node->source(), found ? fmt::format("{} must be {}, not \"{}\"", name_of(key), listed(words), found->get())
                            : fmt::format("{} must be {}, not {}", name_of(key), listed(words), kind_of(*node)));
  return std::nullopt;
}

std::optional<ConfigSection> ConfigSection::section(std::string_view key) {
  const toml::node* node = take(key);
  if (!node)
    return std::nullopt;
  if (const toml::table* table = node->as_table())
    return ConfigSection(*table, name_of(key), problems_);
  wrong(*node, key, fmt::format("a table, [{}]", name_of(key)));
  return std::nullopt;
}

std::vector<ConfigSection> ConfigSection::sections(std::string_view key) {
  std::vector<ConfigSection> all;
  const toml::node* node = take(key);
  if (!node)
    return all;
  const toml::array* list = node->as_array();
  if (!list || !list->is_array_of_tables()) {
    wrong(*node, key, fmt::format("tables, each under its own [[{}]]", name_of(key)));
    return all;
  }
  for (const toml::node& item : *list)
    all.emplace_back(*item.as_table(), name_of(key), problems_);
  return all;
}

std::vector<ConfigSection::Entry> ConfigSection::entries() {
  std::vector<Entry> all;
  for (const auto& [key, node] : table_) {
    const std::string name(key.str());
    std::string text;
    const std::size_t before = wrong_;
    read(name, text);
    if (wrong_ == before)
      all.push_back({name, text, key.source().begin.line, key.source().begin.column});
  }
  std::sort(all.begin(), all.end(),
            [](const Entry& a, const Entry& b) { return std::tie(a.line, a.column) < std::tie(b.line, b.column); });
  return all;
}

void ConfigSection::finish() {
  for (const auto& [key, node] : table_) {
    if (known_.contains(key.str()))
      continue;
    const auto nearest = std::min_element(known_.begin(), known_.end(), [&](const auto& a, const auto& b) {
      return likeness(a, key.str()) < likeness(b, key.str());
    });
    std::string what = fmt::format("unknown key `{}`", name_of(key.str()));
    if (nearest != known_.end() && likeness(*nearest, key.str()) <= 2)
      what += fmt::format("; did you mean `{}`?", name_of(*nearest));
    add(key.source(), what);
  }
}

} // namespace fenceline
