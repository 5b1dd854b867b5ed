#pragma once
#include "tests/fuzz/action.h"
#include "tests/fuzz/object_tracker.h"
#include "tests/fuzz/prng.h"
#include "tests/fuzz/world.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fenceline::fuzz {

/// One argument's value before it is encoded.
struct Value {
  enum class Kind { Number, Text, NullText, RawText, Data, Fd, Serial, Answer, Any };

  Kind kind = Kind::Any;
  std::uint32_t number = 0; ///< a raw string's length; a serial's source
  std::string text{};       ///< also an array's bytes
  FdSpec fd{};
  std::int32_t event = -1; ///< a serial's: the opcode of the event that tells it; -1: any

  /// Chosen by the maker, from the argument's type and name.
  [[nodiscard]] static Value any() { return {}; }
  [[nodiscard]] static Value of(std::uint32_t number) { return {.kind = Kind::Number, .number = number}; }
  [[nodiscard]] static Value of(std::int32_t number) { return of(static_cast<std::uint32_t>(number)); }
  /// Fixed point, in 1/256.
  [[nodiscard]] static Value fixed(std::int32_t number) { return of(static_cast<std::int32_t>(number * 256)); }
  [[nodiscard]] static Value string(std::string text) { return {.kind = Kind::Text, .text = std::move(text)}; }
  [[nodiscard]] static Value null_string() { return {.kind = Kind::NullText}; }
  [[nodiscard]] static Value array(std::string bytes) { return {.kind = Kind::Data, .text = std::move(bytes)}; }
  [[nodiscard]] static Value of(const FdSpec& spec) { return {.kind = Kind::Fd, .fd = spec}; }
  /// The first argument of the last event, or the last one with this opcode, that `source` received.
  [[nodiscard]] static Value serial(std::uint32_t source, std::int32_t event = -1) {
    return {.kind = Kind::Serial, .number = source, .event = event};
  }
  /// The same, but each event is answered only once: without a new one the message stays unsent.
  [[nodiscard]] static Value answer(std::uint32_t source) { return {.kind = Kind::Answer, .number = source}; }
};

/// Chooses values for arguments: believable ones, and odd ones from the edges.
class ValueMaker {
 public:
  ValueMaker(const World& world, const ObjectTracker& objects) : world_(world), objects_(objects) {}

  /// A value that a well-behaved client could send, as far as type, name and enum tell.
  [[nodiscard]] Value believable(const ArgSpec& arg, Prng& prng) const;
  /// One from the edges: extremes, wrong objects, strings and arrays of odd shape, wrong descriptors.
  [[nodiscard]] Value odd(const ArgSpec& arg, Prng& prng) const;
  /// A descriptor of any kind.
  [[nodiscard]] FdSpec any_fd(Prng& prng) const;
  /// The serial that this object was told last with the event of this name.
  [[nodiscard]] Value serial_of(std::uint32_t object, std::string_view event) const;
  /// Any serial that a living object may have been told: of input, if there was any.
  [[nodiscard]] Value known_serial(Prng& prng) const;
  /// A living object of this interface, newer ones more often; 0 when there is none.
  [[nodiscard]] std::uint32_t living(const InterfaceSpec* interface, Prng& prng) const;

 private:
  [[nodiscard]] Value number(const ArgSpec& arg, Prng& prng) const;
  [[nodiscard]] Value odd_object(const ArgSpec& arg, Prng& prng) const;

  const World& world_;
  const ObjectTracker& objects_;
};

/// A value of the enum; of a bit field, a union of some. Odd ones are outside of it.
[[nodiscard]] std::uint32_t enum_value(const EnumSpec& spec, bool odd, Prng& prng);
[[nodiscard]] std::uint32_t odd_number(Prng& prng);

} // namespace fenceline::fuzz
