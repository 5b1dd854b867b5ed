#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "compositor/base/clock.h"

namespace fenceline {

/// Counts durations so that quantiles can be told. Below 128 ns each value is counted by itself; above, each power of
/// two is cut into 128 even parts, so a quantile is within 0.4 % of the exact one. Count, least, greatest and mean are
/// exact. Takes 1 KiB for each power of two that occurs.
class Histogram {
 public:
  /// Negative durations count as 0.
  void add(Nanoseconds value);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] Nanoseconds least() const { return Nanoseconds(count_ ? least_ : 0); }
  [[nodiscard]] Nanoseconds greatest() const { return Nanoseconds(greatest_); }
  [[nodiscard]] Nanoseconds mean() const;
  /// The smallest value that at least this share (0 to 1) of all values is not above; 0 without values.
  [[nodiscard]] Nanoseconds quantile(double share) const;
  /// Calls take(lowest, highest, count) for each range of values that some are in, from the shortest on.
  template <class Take>
  void each(Take&& take) const {
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t part = 0; rows_[row] && part < parts; ++part)
        if (const std::uint64_t count = (*rows_[row])[part]; count != 0) {
          const std::uint64_t size = row == 0 ? 1 : std::uint64_t{1} << (row - 1);
          const auto low = static_cast<std::int64_t>(row == 0 ? part : (parts + part) * size);
          take(Nanoseconds(low), Nanoseconds(low + static_cast<std::int64_t>(size) - 1), count);
        }
  }

 private:
  static constexpr unsigned part_bits = 7;
  static constexpr std::size_t parts = 1u << part_bits;
  static constexpr std::size_t rows = 64 - part_bits;
  using Row = std::array<std::uint64_t, parts>;

  // Row 0 holds 0..127; row r holds [128 << (r - 1), 128 << r) in parts of 1 << (r - 1).
  std::array<std::unique_ptr<Row>, rows> rows_;
  std::uint64_t count_ = 0;
  std::int64_t least_ = 0;
  std::int64_t greatest_ = 0;
  double sum_ = 0;
};

} // namespace fenceline
