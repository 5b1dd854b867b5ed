#pragma once
// Just enough JSON to read what fenceline-report and the demos print.

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace fenceline::lab {

class Json {
 public:
  using List = std::vector<Json>;
  using Object = std::map<std::string, Json>;

  /// Throws on text that is not JSON.
  [[nodiscard]] static Json parse(std::string_view text);

  /// A member of an object; throws where there is none.
  [[nodiscard]] const Json& operator[](const std::string& key) const;
  [[nodiscard]] const List& list() const { return std::get<List>(value_); }
  [[nodiscard]] double number() const { return std::get<double>(value_); }
  [[nodiscard]] const std::string& text() const { return std::get<std::string>(value_); }
  [[nodiscard]] bool truth() const { return std::get<bool>(value_); }

 private:
  class Reader;
  std::variant<std::monostate, bool, double, std::string, List, Object> value_;
};

} // namespace fenceline::lab
