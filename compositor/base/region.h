#pragma once
#include <pixman.h>

#include <span>
#include <vector>

#include "compositor/base/geometry.h"

namespace fenceline {

/// A set of pixels as rectangles (pixman). Copies are deep.
class Region {
 public:
  Region();
  explicit Region(Rect rect);
  Region(const Region& other);
  Region(Region&& other) noexcept;
  Region& operator=(const Region& other);
  Region& operator=(Region&& other) noexcept;
  ~Region();

  void add(Rect rect);
  void add(const Region& other);
  void subtract(Rect rect);
  void subtract(const Region& other);
  void intersect(Rect rect);
  void intersect(const Region& other);
  void translate(Point by);
  void clear();

  [[nodiscard]] bool empty() const;
  [[nodiscard]] bool contains(Point p) const;
  /// Whether every pixel of rect is in the region. An empty rect is in every region.
  [[nodiscard]] bool covers(Rect rect) const;
  [[nodiscard]] Rect bounds() const;
  [[nodiscard]] std::vector<Rect> rects() const;
  /// The number of its rectangles.
  [[nodiscard]] std::size_t count() const;
  friend bool operator==(const Region& a, const Region& b);

 private:
  mutable pixman_region32_t region_;
};

} // namespace fenceline
