#include "tests/fuzz/values.h"

#include <array>
#include <limits>
#include <span>
#include <string_view>

namespace fenceline::fuzz {

namespace {

constexpr std::int32_t kMax = std::numeric_limits<std::int32_t>::max();
constexpr std::int32_t kMin = std::numeric_limits<std::int32_t>::min();

// Where integers overflow, change their sign or lose bits: of 16, 24 and 32 bits, of 24.8 fixed point, of pixel counts
// times four.
constexpr std::array<std::uint32_t, 32> kEdges = {0,
                                                  1,
                                                  2,
                                                  3,
                                                  7,
                                                  255,
                                                  256,
                                                  4095,
                                                  4096,
                                                  4097,
                                                  16384,
                                                  32767,
                                                  32768,
                                                  65535,
                                                  65536,
                                                  65537,
                                                  0x007fffff,
                                                  0x00800000,
                                                  0x00ffffff,
                                                  0x01000000,
                                                  0x1fffffff,
                                                  0x20000000,
                                                  0x3fffffff,
                                                  0x40000000,
                                                  static_cast<std::uint32_t>(kMax - 1),
                                                  static_cast<std::uint32_t>(kMax),
                                                  static_cast<std::uint32_t>(kMin),
                                                  static_cast<std::uint32_t>(kMin + 1),
                                                  0xfffffffe,
                                                  0xffffffff,
                                                  static_cast<std::uint32_t>(-256),
                                                  static_cast<std::uint32_t>(-4096)};

constexpr std::array<std::string_view, 10> kTexts = {"text/plain",
                                                     "text/plain;charset=utf-8",
                                                     "UTF8_STRING",
                                                     "image/png",
                                                     "window",
                                                     "org.example.App",
                                                     "",
                                                     "default",
                                                     "a title that is longer than a short string",
                                                     "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"};

bool holds(std::string_view name, std::string_view part) {
  return name.find(part) != std::string_view::npos;
}

std::string repeated(std::size_t count, char c) {
  return std::string(count, c);
}

std::string noise(std::size_t count, Prng& prng) {
  std::string out(count, '\0');
  for (auto& c : out)
    c = static_cast<char>(prng.below(256));
  return out;
}

Value odd_string(Prng& prng) {
  switch (prng.below(9)) {
  case 0:
    return Value::null_string();
  case 1:
    return Value::string("");
  case 2:
    return Value::string(repeated(3000, 'x'));
  case 3:
    return Value::string("\xff\xfe\xc0\x80\xed\xa0\x80");
  case 4:
    return Value::string(std::string("one\0two", 7));
  case 5:
    return Value::string("%s%n%p/../../\n\t\x1b[0m");
  case 6: // no NUL at the end, the length being that of the text
    return {.kind = Value::Kind::RawText, .number = 8, .text = "noendnul"};
  case 7: // the length leads past the end of the message
    return {.kind = Value::Kind::RawText, .number = 4096 + prng.below(65536), .text = "short"};
  default:
    return {.kind = Value::Kind::RawText, .number = 0xfffffff0u + prng.below(16), .text = "overflow"};
  }
}

Value odd_array(Prng& prng) {
  switch (prng.below(5)) {
  case 0:
    return Value::array("");
  case 1:
    return Value::array(noise(1 + 2 * prng.below(8), prng)); // no whole number of words
  case 2:
    return Value::array(noise(3000, prng));
  case 3:
    return Value::array(noise(4 * prng.below(16), prng));
  default:
    return {.kind = Value::Kind::RawText, .number = 0xfffffff0u + prng.below(16), .text = "overflow"};
  }
}

} // namespace

std::uint32_t odd_number(Prng& prng) {
  if (prng.chance(1, 8))
    return static_cast<std::uint32_t>(prng.next());
  return prng.pick(kEdges);
}

std::uint32_t enum_value(const EnumSpec& spec, bool odd, Prng& prng) {
  if (spec.entries.empty() || (odd && prng.chance(1, 2)))
    return odd_number(prng);
  const std::span<const EnumEntry> entries(spec.entries);
  std::uint32_t value = prng.pick(entries).value;
  if (spec.bitfield) {
    while (prng.chance(1, 2))
      value |= prng.pick(entries).value;
    return odd ? value | (1u << prng.below(32)) : value;
  }
  return odd ? spec.entries.back().value + 1 : value;
}

std::uint32_t ValueMaker::living(const InterfaceSpec* interface, Prng& prng) const {
  const auto ids = objects_.living(interface);
  if (ids.empty())
    return 0;
  const auto count = static_cast<std::uint32_t>(ids.size());
  // The larger of two draws: newer objects come up twice as often as older ones.
  return ids[std::max(prng.below(count), prng.below(count))];
}

Value ValueMaker::serial_of(std::uint32_t object, std::string_view event) const {
  const auto* tracked = objects_.find(object);
  const auto* spec = tracked == nullptr ? nullptr : tracked->interface->event(event);
  return Value::serial(object, spec == nullptr ? -1 : spec->opcode);
}

Value ValueMaker::known_serial(Prng& prng) const {
  struct Teller {
    const char* interface;
    const char* event;
  };
  constexpr std::array<Teller, 9> kTellers = {{{"wl_pointer", "enter"},
                                               {"wl_pointer", "leave"},
                                               {"wl_pointer", "button"},
                                               {"wl_pointer", "button"},
                                               {"wl_keyboard", "enter"},
                                               {"wl_keyboard", "key"},
                                               {"wl_keyboard", "modifiers"},
                                               {"wl_touch", "down"},
                                               {"xdg_surface", "configure"}}};
  const auto& teller = prng.pick(kTellers);
  const auto object = living(world_.model->find(teller.interface), prng);
  // Now and then what is no serial at all: the time of a motion, say.
  return prng.chance(1, 10) ? Value::serial(object) : serial_of(object, teller.event);
}

FdSpec ValueMaker::any_fd(Prng& prng) const {
  FdSpec spec;
  spec.kind = static_cast<FdKind>(prng.below(static_cast<std::uint32_t>(FdKind::kCount)));
  spec.size = prng.chance(1, 4) ? prng.below(3) * 4096 : 4096u << prng.below(8);
  return spec;
}

Value ValueMaker::number(const ArgSpec& arg, Prng& prng) const {
  const std::string_view name = arg.name;
  // Of wl_shm's hundred formats, a server has to take the first two.
  if (arg.enum_name == "wl_shm.format" && prng.chance(9, 10))
    return Value::of(prng.below(2));
  if (arg.enumeration != nullptr)
    return Value::of(enum_value(*arg.enumeration, false, prng));
  if (holds(name, "serial"))
    return prng.chance(1, 8) ? Value::of(prng.below(100)) : known_serial(prng);
  if (holds(name, "nsec"))
    return Value::of(prng.below(1'000'000'000));
  if (holds(name, "sec_hi") || holds(name, "point_hi") || holds(name, "modifier"))
    return Value::of(0u);
  if (holds(name, "width") || holds(name, "height"))
    return Value::of(1 + prng.below(prng.chance(1, 10) ? 4000 : 400));
  if (holds(name, "size"))
    return Value::of(4096u << prng.below(6));
  if (holds(name, "stride"))
    return Value::of(4 * (1 + prng.below(400)));
  if (holds(name, "scale"))
    return Value::of(1 + prng.below(3));
  if (holds(name, "version"))
    return Value::of(1 + prng.below(4));
  if (holds(name, "timeout") || holds(name, "time") || holds(name, "sec"))
    return Value::of(prng.below(5000));
  if (arg.type == ArgType::Int)
    return Value::of(prng.between(prng.chance(1, 4) ? -200 : 0, 400));
  return Value::of(prng.below(prng.chance(1, 4) ? 300 : 8));
}

Value ValueMaker::believable(const ArgSpec& arg, Prng& prng) const {
  switch (arg.type) {
  case ArgType::Int:
  case ArgType::Uint:
    return number(arg, prng);
  case ArgType::Fixed:
    return Value::of(static_cast<std::int32_t>(prng.between(0, 400) * 256 + (prng.chance(1, 4) ? prng.below(256) : 0)));
  case ArgType::String:
    if (arg.allow_null && prng.chance(1, 5))
      return Value::null_string();
    return Value::string(std::string(prng.pick(kTexts)));
  case ArgType::Array:
    return Value::array(noise(4 * prng.below(8), prng));
  case ArgType::Fd:
    if (prng.chance(1, 3))
      return Value::of(any_fd(prng));
    return Value::of(FdSpec{.kind = prng.chance(1, 2) ? FdKind::Memfd : FdKind::PipeWrite, .size = 65536});
  case ArgType::Object: {
    if (arg.allow_null && prng.chance(1, 6))
      return Value::of(0u);
    const auto* interface = arg.interface;
    if (interface == nullptr && arg.interface_name.empty() && !objects_.living().empty())
      return Value::of(prng.pick(objects_.living()));
    return Value::of(living(interface, prng));
  }
  case ArgType::NewId:
    break;
  }
  return Value::of(objects_.next_id());
}

Value ValueMaker::odd_object(const ArgSpec& arg, Prng& prng) const {
  switch (prng.below(9)) {
  case 0:
    return Value::of(0u);
  case 1:
    return Value::of(objects_.next_id() + prng.below(3)); // not there yet
  case 2:
    return Value::of(objects_.next_id() + 100'000);
  case 3:
    return Value::of(kServerIds + prng.below(16));
  case 4:
    return Value::of(0xffffffffu);
  case 5:
    if (!objects_.destroyed().empty())
      return Value::of(prng.pick(objects_.destroyed()));
    return Value::of(1u);
  case 6: // an object of the right interface is odd enough where it was not asked for
    return Value::of(living(arg.interface, prng));
  default:
    return Value::of(prng.pick(objects_.living())); // most likely of another interface
  }
}

Value ValueMaker::odd(const ArgSpec& arg, Prng& prng) const {
  switch (arg.type) {
  case ArgType::Int:
  case ArgType::Uint:
    return Value::of(arg.enumeration != nullptr ? enum_value(*arg.enumeration, true, prng) : odd_number(prng));
  case ArgType::Fixed:
    return Value::of(odd_number(prng));
  case ArgType::String:
    return odd_string(prng);
  case ArgType::Array:
    return odd_array(prng);
  case ArgType::Fd:
    return Value::of(any_fd(prng));
  case ArgType::Object:
  case ArgType::NewId:
    return odd_object(arg, prng);
  }
  return {};
}

} // namespace fenceline::fuzz
