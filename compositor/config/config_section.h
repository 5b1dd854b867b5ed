#pragma once
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <toml++/toml.h>
#include <type_traits>
#include <utility>
#include <vector>

#include "compositor/base/geometry.h"
#include "compositor/config/config_problems.h"

namespace fenceline {

/// One table of a TOML file. Hands its values out by key, each checked for its type and range; a value that is wrong is
/// noted with its place, and what it was to be read into stays as it was. finish() notes the keys that nobody has asked
/// for.
class ConfigSection {
 public:
  /// All outlive the section. `path`: the table's name for messages, such as "input.keyboard"; empty: the whole file.
  ConfigSection(const toml::table& table, std::string path, ConfigProblems& problems)
      : table_(table), path_(std::move(path)), problems_(problems) {}

  /// A value with its place in the file.
  struct Entry {
    std::string key;
    std::string value;
    std::uint32_t line = 0, column = 0;
  };
  template <class Value>
  using Choices = std::initializer_list<std::pair<std::string_view, Value>>;

  void read(std::string_view key, bool& value);
  void read(std::string_view key, std::string& value);
  /// Strings that are not empty.
  void read(std::string_view key, std::vector<std::string>& value);
  /// Both ends are allowed.
  void read(std::string_view key, double& value, double least, double most);
  template <class Integer>
  requires std::is_integral_v<Integer>
  void read(std::string_view key, Integer& value, std::int64_t least, std::int64_t most) {
    std::int64_t wide = 0;
    if (read_integer(key, wide, least, most))
      value = static_cast<Integer>(wide);
  }
  /// The same into an optional: set when the key is there and right.
  template <class Value, class... Limits>
  void read(std::string_view key, std::optional<Value>& value, Limits... limits) {
    if (take(key) == nullptr)
      return;
    Value read_value{};
    const std::size_t before = wrong_;
    read(key, read_value, limits...);
    if (wrong_ == before)
      value = std::move(read_value);
  }
  /// [x, y], in px.
  void read(std::string_view key, Point& value);
  template <class Value>
  void choice(std::string_view key, Value& value, Choices<Value> choices) {
    std::vector<std::string_view> words;
    for (const auto& [word, meaning] : choices)
      words.push_back(word);
    if (const std::optional<std::size_t> chosen = read_choice(key, words))
      value = (choices.begin() + *chosen)->second;
  }
  /// A string that `parse` makes a value of; it answers with a Result.
  template <class Value, class Parse>
  void parsed(std::string_view key, Value& value, Parse parse) {
    std::string text;
    const std::size_t before = wrong_;
    if (take(key) == nullptr)
      return;
    read(key, text);
    if (wrong_ != before)
      return;
    if (auto made = parse(text))
      value = std::move(*made);
    else
      note(key, made.error().what);
  }

  /// The table of that key; none when it is not there or no table.
  [[nodiscard]] std::optional<ConfigSection> section(std::string_view key);
  /// The tables of an array of tables ([[key]]).
  [[nodiscard]] std::vector<ConfigSection> sections(std::string_view key);
  /// Every key of this table with its text, in the order of the file, for tables whose keys are the user's own.
  [[nodiscard]] std::vector<Entry> entries();

  /// Something is wrong with the value of a key of this table.
  void note(std::string_view key, const std::string& what);
  void note(const Entry& entry, const std::string& what);
  /// Something is wrong with the table as a whole: something is missing, say.
  void note_here(const std::string& what);
  [[nodiscard]] bool contains(std::string_view key) const { return table_.contains(key); }
  void finish();

 private:
  [[nodiscard]] const toml::node* take(std::string_view key);
  void wrong(const toml::node& node, std::string_view key, std::string_view wanted);
  [[nodiscard]] bool read_integer(std::string_view key, std::int64_t& value, std::int64_t least, std::int64_t most);
  [[nodiscard]] std::optional<std::size_t> read_choice(std::string_view key, std::span<const std::string_view> words);
  [[nodiscard]] std::string name_of(std::string_view key) const;
  void add(const toml::source_region& place, const std::string& what);

  const toml::table& table_;
  std::string path_;
  ConfigProblems& problems_;
  std::set<std::string, std::less<>> known_;
  std::size_t wrong_ = 0;
};

} // namespace fenceline
