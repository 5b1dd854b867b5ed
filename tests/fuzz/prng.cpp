#include "tests/fuzz/prng.h"

namespace fenceline::fuzz {

namespace {

// The odd constant spreads a counter over all 64 bits (2^64 divided by the golden ratio).
constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15u;

std::uint64_t mix(std::uint64_t value) noexcept {
  // The multipliers of MurmurHash3's 64-bit finaliser: each input bit flips each output bit in half of all cases.
  value = (value ^ (value >> 33)) * 0xff51afd7ed558ccdu;
  value = (value ^ (value >> 33)) * 0xc4ceb9fe1a85ec53u;
  return value ^ (value >> 33);
}

} // namespace

std::uint64_t Prng::next() noexcept {
  state_ += kStep;
  return mix(state_);
}

std::uint32_t Prng::below(std::uint32_t n) noexcept {
  return static_cast<std::uint32_t>(((next() >> 32) * n) >> 32);
}

std::int32_t Prng::between(std::int32_t low, std::int32_t high) noexcept {
  const auto width = static_cast<std::uint64_t>(std::int64_t{high} - low) + 1;
  return static_cast<std::int32_t>(low + static_cast<std::int64_t>(((next() >> 32) * width) >> 32));
}

Prng Prng::fork(std::uint64_t salt) const noexcept {
  return Prng(mix(state_ ^ mix(salt + kStep)));
}

} // namespace fenceline::fuzz
