#include "compositor/scene/draw_time.h"

#include <algorithm>

namespace fenceline {

void DrawTime::drew(Nanoseconds took) {
  took_[next_] = took;
  next_ = (next_ + 1) % window;
  count_ = std::min(count_ + 1, window);
  longest_ = *std::max_element(took_.begin(), took_.begin() + static_cast<std::ptrdiff_t>(count_));
  rest_ -= std::min(rest_, 1U);
}

void DrawTime::came(bool in_time) {
  if (!in_time) {
    rest_ = next_rest_;
    next_rest_ = std::min(2 * next_rest_, longest_rest);
    made_ = 0;
  } else if (++made_ == many_made) {
    next_rest_ = first_rest;
  }
}

std::optional<Nanoseconds> DrawTime::lead() const {
  if (count_ < least_samples || rest_ > 0)
    return std::nullopt;
  return longest_ + guard;
}

} // namespace fenceline
