#include "compositor/trace/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace fenceline {

void Histogram::add(Nanoseconds value) {
  const std::int64_t ns = std::max<std::int64_t>(value.count(), 0);
  const auto bits = static_cast<std::uint64_t>(ns);
  const auto width = static_cast<unsigned>(std::bit_width(bits));
  const std::size_t row = width > part_bits ? width - part_bits : 0;
  const std::size_t part = row == 0 ? bits : (bits >> (row - 1)) - parts;
  if (!rows_.at(row))
    rows_[row] = std::make_unique<Row>();
  ++(*rows_[row])[part];
  least_ = count_ == 0 ? ns : std::min(least_, ns);
  greatest_ = std::max(greatest_, ns);
  sum_ += static_cast<double>(ns);
  ++count_;
}

Nanoseconds Histogram::mean() const {
  return Nanoseconds(count_ ? std::llround(sum_ / static_cast<double>(count_)) : 0);
}

Nanoseconds Histogram::quantile(double share) const {
  if (count_ == 0)
    return {};
  const double wanted = std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(count_));
  const auto rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1, count_);
  if (rank == count_)
    return greatest();
  std::uint64_t passed = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    if (!rows_[row])
      continue;
    for (std::size_t part = 0; part < parts; ++part) {
      passed += (*rows_[row])[part];
      if (passed < rank)
        continue;
      const std::uint64_t size = row == 0 ? 1 : 1ull << (row - 1);
      const std::uint64_t low = row == 0 ? part : (parts + part) * size;
      const auto middle = static_cast<std::int64_t>(low + (size - 1) / 2);
      return Nanoseconds(std::clamp(middle, least_, greatest_));
    }
  }
  return greatest();
}

} // namespace fenceline
