#include "tools/msg/outline.h"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>

namespace fenceline::msg {
namespace {

using Json = nlohmann::ordered_json;

bool simple(const Json& value) {
  return !value.is_structured() || value.empty();
}

/// Titles come from clients: a terminal must not take commands from them.
std::string printable(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return text;
}

std::string text_of(const Json& value) {
  if (value.is_string())
    return printable(value.get<std::string>());
  if (value.is_boolean())
    return value.get<bool>() ? "yes" : "no";
  if (value.is_structured() || value.is_null())
    return "-";
  return value.dump();
}

/// A list of plain values on one line.
std::string row_of(const Json& list) {
  std::string out;
  for (const Json& item : list)
    out += (out.empty() ? "" : ", ") + text_of(item);
  return out;
}

bool is_row(const Json& value) {
  return value.is_array() && std::all_of(value.begin(), value.end(), simple);
}

/// A few plain values with their names: fits on a line.
bool is_short(const Json& value) {
  constexpr std::size_t few = 6;
  return value.is_object() && value.size() <= few && std::all_of(value.begin(), value.end(), simple);
}

std::string line_of(const Json& object) {
  std::string out;
  for (const auto& [key, value] : object.items())
    out += (out.empty() ? "" : ", ") + printable(key) + " " + text_of(value);
  return out;
}

void write(const Json& value, std::size_t indent, std::string& out);

void write_object(const Json& object, std::size_t indent, std::string& out) {
  std::size_t widest = 0;
  for (const auto& [key, value] : object.items())
    if (simple(value) || is_row(value))
      widest = std::max(widest, key.size());
  for (const auto& [key, value] : object.items()) {
    out.append(indent, ' ').append(printable(key));
    if (simple(value) || is_row(value)) {
      out.append(widest - std::min(widest, key.size()) + 2, ' ');
      out += (is_row(value) && !value.empty() ? row_of(value) : text_of(value)) + "\n";
    } else {
      out += "\n";
      write(value, indent + 2, out);
    }
  }
}

void write(const Json& value, std::size_t indent, std::string& out) {
  if (value.is_object())
    return write_object(value, indent, out);
  if (!value.is_array() || is_row(value)) {
    out.append(indent, ' ') += (is_row(value) ? row_of(value) : text_of(value)) + "\n";
    return;
  }
  if (std::all_of(value.begin(), value.end(), is_short)) {
    for (const Json& item : value)
      out.append(indent, ' ') += line_of(item) + "\n";
    return;
  }
  for (auto item = value.begin(); item != value.end(); ++item) {
    if (item != value.begin())
      out += "\n";
    write(*item, indent, out);
  }
}

} // namespace

std::string outline(const nlohmann::ordered_json& answer) {
  std::string out;
  if (!simple(answer) || (answer.is_primitive() && !answer.is_null()))
    write(answer, 0, out);
  return out;
}

} // namespace fenceline::msg
