#pragma once
#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "compositor/trace/name_book.h"

namespace fenceline::report {

/// Writes JSON in the order of its calls. Begin and end of objects and lists are the caller's to match.
class JsonWriter {
 public:
  void begin_object(std::string_view key = {}) { begin(key, '{'); }
  void end_object() { end('}'); }
  void begin_list(std::string_view key = {}) { begin(key, '['); }
  void end_list() { end(']'); }

  void number(std::string_view key, std::uint64_t value) {
    next(key);
    fmt::format_to(std::back_inserter(out_), "{}", value);
  }
  void number(std::string_view key, double value) {
    next(key);
    fmt::format_to(std::back_inserter(out_), "{:.6f}", value);
  }
  void text(std::string_view key, std::string_view value) {
    next(key);
    quote(value);
  }

  [[nodiscard]] const std::string& result() const { return out_; }

 private:
  void begin(std::string_view key, char bracket) {
    next(key);
    out_ += bracket;
    depth_ += 2;
    first_ = true;
  }
  void end(char bracket) {
    depth_ -= 2;
    if (!first_)
      new_line();
    out_ += bracket;
    first_ = false;
  }
  void next(std::string_view key) {
    if (depth_ != 0) {
      if (!first_)
        out_ += ',';
      new_line();
    }
    first_ = false;
    if (!key.empty()) {
      quote(key);
      out_ += ": ";
    }
  }
  void new_line() {
    out_ += '\n';
    out_.append(depth_, ' ');
  }
  void quote(std::string_view text) {
    out_ += '"';
    for (const char c : printable(text, 4096)) { // No control characters are left: only these two need a backslash.
      if (c == '"' || c == '\\')
        out_ += '\\';
      out_ += c;
    }
    out_ += '"';
  }

  std::string out_;
  std::size_t depth_ = 0;
  bool first_ = true;
};

} // namespace fenceline::report
