#include "tests/fuzz/spoiler.h"

#include "tests/fuzz/values.h"

#include <array>
#include <span>

namespace fenceline::fuzz {

namespace {

constexpr std::size_t kLibwaylandBuffer = 4096;

void set_header_size(Bytes& bytes, std::uint32_t size) {
  set_word(bytes, 4, (word_at(bytes, 4) & 0xffffu) | (size << 16));
}

Damage wrong_size(Action& action, Prng& prng) {
  const auto size = static_cast<std::uint32_t>(action.bytes.size());
  const std::array<std::uint32_t, 10> sizes = {
      0, 1, 4, 7, kHeaderSize, size - 4, size - 1, size + 1, size + 4, prng.chance(1, 2) ? 4100u : 65532u};
  set_header_size(action.bytes, prng.pick(sizes) & 0xffffu);
  action.mutation = "wrong size in the header";
  return Damage::Framing;
}

/// The header agrees with what is sent, but the arguments do not fill it, or more than fill it.
Damage cut_or_stretch(Action& action, Prng& prng) {
  if (prng.chance(1, 2) && action.bytes.size() > kHeaderSize) {
    const auto words = static_cast<std::uint32_t>((action.bytes.size() - kHeaderSize) / 4);
    action.bytes.resize(kHeaderSize + 4 * prng.below(words));
    action.mutation = "arguments cut off";
  } else {
    action.bytes.resize(action.bytes.size() + 4 * (1 + prng.below(prng.chance(1, 4) ? 2000 : 4)), 0xa5);
    action.mutation = "arguments left over";
  }
  set_header_size(action.bytes, static_cast<std::uint32_t>(action.bytes.size()));
  // An fd argument that was cut off leaves its descriptor for the next message, and a message that is larger than
  // libwayland's buffer is never answered at all.
  return action.fds.empty() && action.bytes.size() < kLibwaylandBuffer ? Damage::Message : Damage::Framing;
}

Damage wrong_opcode(Action& action, Prng& prng) {
  constexpr std::array<std::uint32_t, 6> kOpcodes = {0, 1, 2, 30, 255, 65535};
  const auto opcode = prng.chance(1, 2) ? prng.below(12) : prng.pick(kOpcodes);
  set_word(action.bytes, 4, (word_at(action.bytes, 4) & 0xffff0000u) | opcode);
  action.mutation = "another opcode";
  return action.fds.empty() ? Damage::Message : Damage::Framing;
}

Damage wrong_object(Action& action, const ObjectTracker& objects, Prng& prng) {
  std::uint32_t id = 0;
  switch (prng.below(6)) {
  case 0:
    id = objects.destroyed().empty() ? 0 : prng.pick(objects.destroyed());
    break;
  case 1:
    id = objects.next_id();
    break;
  case 2:
    id = kServerIds + prng.below(4);
    break;
  case 3:
    id = odd_number(prng);
    break;
  default:
    id = prng.pick(objects.living());
    break;
  }
  set_word(action.bytes, 0, id);
  action.mutation = "another object";
  return action.fds.empty() ? Damage::Message : Damage::Framing;
}

Damage wrong_word(Action& action, Prng& prng) {
  const auto words = static_cast<std::uint32_t>((action.bytes.size() - kHeaderSize) / 4);
  if (words == 0)
    return wrong_opcode(action, prng);
  const auto offset = kHeaderSize + 4 * prng.below(words);
  const auto old = word_at(action.bytes, offset);
  set_word(action.bytes, offset, prng.chance(1, 3) ? old ^ (1u << prng.below(32)) : odd_number(prng));
  action.mutation = "another word";
  return Damage::Message;
}

Damage wrong_fds(Action& action, Prng& prng) {
  if (!action.fds.empty() && prng.chance(1, 2)) {
    action.fds.pop_back();
    action.mutation = "a descriptor too few";
  } else {
    const auto extra = prng.chance(1, 8) ? 28u : 1u + prng.below(3);
    for (std::uint32_t i = 0; i < extra; ++i)
      action.fds.push_back({.kind = FdKind::DevNull});
    action.mutation = "descriptors too many";
  }
  return Damage::Framing;
}

} // namespace

Damage spoil(Action& action, const ObjectTracker& objects, Prng& prng) {
  // Words and objects most often: they reach the handlers, the others stop at the wire.
  switch (prng.below(16)) {
  case 0:
    return wrong_size(action, prng);
  case 1:
    return cut_or_stretch(action, prng);
  case 2:
  case 3:
    return wrong_opcode(action, prng);
  case 4:
    return wrong_fds(action, prng);
  case 5:
  case 6:
  case 7:
  case 8:
    return wrong_object(action, objects, prng);
  default:
    return wrong_word(action, prng);
  }
}

} // namespace fenceline::fuzz
