#pragma once
#include "tests/fuzz/protocol_model.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fenceline::fuzz {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kHeaderSize = 8;
/// Ids from here on are the server's.
constexpr std::uint32_t kServerIds = 0xff000000u;

/// Builds one message in the wire format: two words of header, then the arguments, each padded to four bytes. The
/// byte order is the machine's own.
class Encoder {
 public:
  Encoder(std::uint32_t object, std::uint16_t opcode);

  void put_uint(std::uint32_t value);
  void put_int(std::int32_t value) { put_uint(static_cast<std::uint32_t>(value)); }
  /// The length that is written counts the NUL. Without a value: a null string, of length 0.
  void put_string(std::optional<std::string_view> text);
  /// A string as it must not be: `length` is written as given, the text goes out with no NUL.
  void put_raw_string(std::uint32_t length, std::string_view text);
  void put_array(std::span<const std::uint8_t> data);

  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  /// The message, its size written into the header. Sizes above 65,532 do not fit in the field and are cut to 16 bits.
  [[nodiscard]] Bytes finish() &&;

 private:
  void pad();

  Bytes bytes_;
};

[[nodiscard]] std::uint32_t word_at(std::span<const std::uint8_t> bytes, std::size_t offset);
void set_word(std::span<std::uint8_t> bytes, std::size_t offset, std::uint32_t value);

struct Header {
  std::uint32_t object = 0;
  std::uint16_t opcode = 0;
  std::uint16_t size = 0;
};
/// Needs at least kHeaderSize bytes.
[[nodiscard]] Header header_of(std::span<const std::uint8_t> bytes);

/// Reads arguments one after the other from a message's body. Reading past the end gives zeros and empty strings.
class Decoder {
 public:
  explicit Decoder(std::span<const std::uint8_t> body) : rest_(body) {}

  [[nodiscard]] std::uint32_t take_uint();
  /// Without the NUL; empty for null.
  [[nodiscard]] std::string take_string();
  [[nodiscard]] std::span<const std::uint8_t> take_array();
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::span<const std::uint8_t> rest_;
  bool failed_ = false;
};

/// A message for a person: "wl_surface@5.attach(wl_buffer@7, 0, 0)". `interface` may be null where the object is
/// unknown; then opcode and bytes are given.
[[nodiscard]] std::string describe(const InterfaceSpec* interface, std::span<const std::uint8_t> message, bool event);

[[nodiscard]] std::string to_hex(std::span<const std::uint8_t> bytes);
[[nodiscard]] std::optional<Bytes> from_hex(std::string_view text);

} // namespace fenceline::fuzz
