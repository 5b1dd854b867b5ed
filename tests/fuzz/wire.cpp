#include "tests/fuzz/wire.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace fenceline::fuzz {

Encoder::Encoder(std::uint32_t object, std::uint16_t opcode) {
  bytes_.reserve(48);
  put_uint(object);
  put_uint(opcode);
}

void Encoder::put_uint(std::uint32_t value) {
  const auto offset = bytes_.size();
  bytes_.resize(offset + sizeof value);
  std::memcpy(bytes_.data() + offset, &value, sizeof value);
}

void Encoder::put_string(std::optional<std::string_view> text) {
  if (!text) {
    put_uint(0);
    return;
  }
  put_uint(static_cast<std::uint32_t>(text->size() + 1));
  bytes_.insert(bytes_.end(), text->begin(), text->end());
  bytes_.push_back(0);
  pad();
}

void Encoder::put_raw_string(std::uint32_t length, std::string_view text) {
  put_uint(length);
  bytes_.insert(bytes_.end(), text.begin(), text.end());
  // A zero in the padding would make the string a valid one again.
  while (bytes_.size() % 4 != 0)
    bytes_.push_back('#');
}

void Encoder::put_array(std::span<const std::uint8_t> data) {
  put_uint(static_cast<std::uint32_t>(data.size()));
  bytes_.insert(bytes_.end(), data.begin(), data.end());
  pad();
}

void Encoder::pad() {
  while (bytes_.size() % 4 != 0)
    bytes_.push_back(0);
}

Bytes Encoder::finish() && {
  const std::uint32_t opcode = word_at(bytes_, 4) & 0xffffu;
  set_word(bytes_, 4, (static_cast<std::uint32_t>(bytes_.size() & 0xffffu) << 16) | opcode);
  return std::move(bytes_);
}

std::uint32_t word_at(std::span<const std::uint8_t> bytes, std::size_t offset) {
  std::uint32_t value = 0;
  if (offset + sizeof value <= bytes.size())
    std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

void set_word(std::span<std::uint8_t> bytes, std::size_t offset, std::uint32_t value) {
  if (offset + sizeof value <= bytes.size())
    std::memcpy(bytes.data() + offset, &value, sizeof value);
}

Header header_of(std::span<const std::uint8_t> bytes) {
  const std::uint32_t second = word_at(bytes, 4);
  return {.object = word_at(bytes, 0),
          .opcode = static_cast<std::uint16_t>(second & 0xffffu),
          .size = static_cast<std::uint16_t>(second >> 16)};
}

std::uint32_t Decoder::take_uint() {
  if (rest_.size() < 4) {
    failed_ = true;
    rest_ = {};
    return 0;
  }
  const auto value = word_at(rest_, 0);
  rest_ = rest_.subspan(4);
  return value;
}

std::span<const std::uint8_t> Decoder::take_array() {
  const std::size_t length = take_uint();
  if (length > rest_.size()) {
    failed_ = true;
    rest_ = {};
    return {};
  }
  const auto data = rest_.first(length);
  rest_ = rest_.subspan(std::min(rest_.size(), (length + 3) / 4 * 4));
  return data;
}

std::string Decoder::take_string() {
  const auto data = take_array();
  const auto length = data.empty() ? 0 : data.size() - 1;
  return {reinterpret_cast<const char*>(data.data()), length};
}

namespace {

constexpr std::size_t kLongestText = 60;

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.substr(0, kLongestText)) {
    if (c >= ' ' && c < 127 && c != '"' && c != '\\')
      out += c;
    else
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  out += text.size() > kLongestText ? fmt::format("\"... ({} bytes)", text.size()) : "\"";
  return out;
}

std::string argument(const ArgSpec& spec, Decoder& decoder) {
  switch (spec.type) {
  case ArgType::Int:
    return fmt::format("{}", static_cast<std::int32_t>(decoder.take_uint()));
  case ArgType::Uint:
    return fmt::format("{}", decoder.take_uint());
  case ArgType::Fixed:
    return fmt::format("{:.4f}", static_cast<std::int32_t>(decoder.take_uint()) / 256.0);
  case ArgType::String:
    return in_quotes(decoder.take_string());
  case ArgType::Array:
    return fmt::format("array[{}]", decoder.take_array().size());
  case ArgType::Fd:
    return "fd";
  case ArgType::Object:
  case ArgType::NewId: {
    const auto id = decoder.take_uint();
    const auto* name = spec.interface_name.empty() ? "object" : spec.interface_name.c_str();
    if (id == 0)
      return "null";
    return fmt::format("{}{}@{:x}", spec.type == ArgType::NewId ? "new " : "", name, id);
  }
  }
  return {};
}

} // namespace

std::string describe(const InterfaceSpec* interface, std::span<const std::uint8_t> message, bool event) {
  if (message.size() < kHeaderSize)
    return fmt::format("{} bytes of a message", message.size());
  const auto header = header_of(message);
  const auto* list = interface == nullptr ? nullptr : event ? &interface->events : &interface->requests;
  const auto name = interface == nullptr ? std::string("object") : interface->name;
  std::string out;
  if (list == nullptr || header.opcode >= list->size()) {
    out = fmt::format("{}@{:x}.opcode {} ({} bytes)", name, header.object, header.opcode, message.size());
  } else {
    const auto& spec = (*list)[header.opcode];
    out = fmt::format("{}@{:x}.{}(", name, header.object, spec.name);
    Decoder decoder(message.subspan(kHeaderSize));
    for (std::size_t i = 0; i < spec.args.size() && !decoder.failed(); ++i) {
      const auto text = argument(spec.args[i], decoder);
      out += (i == 0 ? "" : ", ") + (decoder.failed() ? std::string("cut off") : text);
    }
    out += decoder.failed() || decoder.at_end() ? ")" : ") and more bytes";
  }
  if (header.size != message.size())
    out += fmt::format(" [header says {} of {} bytes]", header.size, message.size());
  return out;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const auto byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::optional<Bytes> from_hex(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9')
      return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  if (text.size() % 2 != 0)
    return std::nullopt;
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0)
      return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return bytes;
}

} // namespace fenceline::fuzz
