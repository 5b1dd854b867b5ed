#pragma once
#include <cstdint>
#include <iterator>

namespace fenceline::fuzz {

/// A pseudo-random sequence that is the same on every machine and with every standard library: the state is a counter
/// and each value a 64-bit mix of it. Not for secrets.
class Prng {
 public:
  explicit Prng(std::uint64_t seed) noexcept : state_(seed) {}

  [[nodiscard]] std::uint64_t next() noexcept;
  /// Uniform in [0, n); 0 when n is 0.
  [[nodiscard]] std::uint32_t below(std::uint32_t n) noexcept;
  /// Uniform in [low, high], both ends included; low must not be above high.
  [[nodiscard]] std::int32_t between(std::int32_t low, std::int32_t high) noexcept;
  /// True in `parts` of `whole` cases.
  [[nodiscard]] bool chance(std::uint32_t parts, std::uint32_t whole) noexcept { return below(whole) < parts; }
  /// One element of an array, vector or span, which must not be empty.
  template <class Items>
  [[nodiscard]] const auto& pick(const Items& from) noexcept {
    return from[below(static_cast<std::uint32_t>(std::size(from)))];
  }
  /// A sequence of its own that depends on this one's present state and on `salt`, and draws nothing from this one: how
  /// much one step consumes changes nothing in the next.
  [[nodiscard]] Prng fork(std::uint64_t salt) const noexcept;

 private:
  std::uint64_t state_;
};

} // namespace fenceline::fuzz
