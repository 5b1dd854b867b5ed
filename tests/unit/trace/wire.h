#pragma once
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fenceline::test {

/// One protobuf message read by the wire format alone, without any .proto: field number -> values. What is written is
/// so checked against Perfetto's field numbers and not against our own file of them.
class WireMessage {
 public:
  explicit WireMessage(std::string_view bytes) { parse(bytes); }

  [[nodiscard]] bool valid() const { return valid_; }
  // By value: a loop may go over a part of a message that was a temporary.
  [[nodiscard]] std::vector<std::uint64_t> numbers(int field) const {
    const auto at = numbers_.find(field);
    return at == numbers_.end() ? std::vector<std::uint64_t>() : at->second;
  }
  [[nodiscard]] std::vector<std::string_view> bytes(int field) const {
    const auto at = bytes_.find(field);
    return at == bytes_.end() ? std::vector<std::string_view>() : at->second;
  }
  [[nodiscard]] std::uint64_t number(int field) const { return numbers(field).empty() ? 0 : numbers(field).front(); }
  [[nodiscard]] std::string_view text(int field) const { return bytes(field).empty() ? "" : bytes(field).front(); }
  [[nodiscard]] std::vector<WireMessage> messages(int field) const {
    std::vector<WireMessage> out;
    for (const auto& b : bytes(field))
      out.emplace_back(b);
    return out;
  }
  [[nodiscard]] WireMessage message(int field) const { return WireMessage(text(field)); }
  [[nodiscard]] bool has(int field) const { return numbers_.contains(field) || bytes_.contains(field); }

 private:
  bool varint(std::string_view& in, std::uint64_t& value) {
    value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (in.empty())
        return false;
      const auto byte = static_cast<unsigned char>(in.front());
      in.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80)
        return true;
    }
    return false;
  }

  void parse(std::string_view in) {
    valid_ = false;
    while (!in.empty()) {
      std::uint64_t tag = 0, value = 0;
      if (!varint(in, tag))
        return;
      const int field = static_cast<int>(tag >> 3);
      const std::size_t fixed = (tag & 7) == 1 ? 8 : (tag & 7) == 5 ? 4 : 0;
      if ((tag & 7) == 0) {
        if (!varint(in, value))
          return;
        numbers_[field].push_back(value);
      } else if (fixed != 0) {
        if (in.size() < fixed)
          return;
        std::memcpy(&value, in.data(), fixed); // Little endian, as the wire is.
        in.remove_prefix(fixed);
        numbers_[field].push_back(value);
      } else if ((tag & 7) == 2) {
        if (!varint(in, value) || value > in.size())
          return;
        bytes_[field].push_back(in.substr(0, value));
        in.remove_prefix(value);
      } else {
        return;
      }
    }
    valid_ = true;
  }

  bool valid_ = false;
  std::map<int, std::vector<std::uint64_t>> numbers_;
  std::map<int, std::vector<std::string_view>> bytes_;
};

} // namespace fenceline::test
