#include "tests/lab/witness_json.h"

#include <charconv>
#include <stdexcept>

namespace fenceline::lab {

class Json::Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  Json whole() {
    Json value = read();
    skip_space();
    if (!rest_.empty())
      fail();
    return value;
  }

 private:
  [[noreturn]] void fail() const {
    throw std::runtime_error("not JSON, at \"" + std::string(rest_.substr(0, 40)) + "\"");
  }
  void skip_space() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\n' || rest_[0] == '\t' || rest_[0] == '\r'))
      rest_.remove_prefix(1);
  }
  bool accept(std::string_view word) {
    skip_space();
    if (!rest_.starts_with(word))
      return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  void expect(std::string_view word) {
    if (!accept(word))
      fail();
  }
  // Escapes of one character are taken as that character: the programs print no others here.
  std::string string() {
    std::string text;
    while (!rest_.empty() && rest_[0] != '"') {
      if (rest_[0] == '\\')
        rest_.remove_prefix(1);
      if (rest_.empty())
        fail();
      text += rest_[0];
      rest_.remove_prefix(1);
    }
    expect("\"");
    return text;
  }
  double number() {
    double value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc())
      fail();
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }
  Object object() {
    Object members;
    if (accept("}"))
      return members;
    do {
      expect("\"");
      const std::string key = string();
      expect(":");
      members[key] = read();
    } while (accept(","));
    expect("}");
    return members;
  }
  List list() {
    List items;
    if (accept("]"))
      return items;
    do
      items.push_back(read());
    while (accept(","));
    expect("]");
    return items;
  }
  Json read() {
    Json json;
    if (accept("{"))
      json.value_ = object();
    else if (accept("["))
      json.value_ = list();
    else if (accept("\""))
      json.value_ = string();
    else if (accept("true"))
      json.value_ = true;
    else if (accept("false"))
      json.value_ = false;
    else if (!accept("null"))
      json.value_ = number();
    return json;
  }

  std::string_view rest_;
};

Json Json::parse(std::string_view text) {
  return Reader(text).whole();
}

const Json& Json::operator[](const std::string& key) const {
  const auto& members = std::get<Object>(value_);
  const auto found = members.find(key);
  if (found == members.end())
    throw std::runtime_error("the JSON has no \"" + key + "\"");
  return found->second;
}

} // namespace fenceline::lab
