#pragma once
#include <cstdint>
#include <optional>

namespace fenceline {

/// Counts blanks on past the kernel's 32 bits. Drivers may start their counter anew with a mode; ours goes on rising.
class SequenceCounter {
 public:
  [[nodiscard]] std::uint64_t extend(std::uint32_t sequence) {
    if (!last_) {
      last_ = sequence;
      total_ = sequence;
      return total_;
    }
    // Forward is less than half the ring; anything else is a counter that was set back: one blank has gone by at least.
    const std::uint32_t forward = sequence - *last_;
    total_ += forward != 0 && forward < 0x8000'0000U ? forward : 1;
    last_ = sequence;
    return total_;
  }

 private:
  std::optional<std::uint32_t> last_;
  std::uint64_t total_ = 0;
};

} // namespace fenceline
