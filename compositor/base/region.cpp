#include "compositor/base/region.h"

#include <utility>

namespace fenceline {
namespace {

/// pixman adds x and width in 32 bits: a client's INT_MAX rectangle is cut to what cannot overflow.
Rect bounded(Rect r) {
  constexpr std::int32_t far = 1 << 29;
  return r.intersected({-far, -far, 2 * (far - 1), 2 * (far - 1)});
}

} // namespace

Region::Region() {
  pixman_region32_init(&region_);
}

Region::Region(Rect rect) : Region() {
  add(rect);
}

Region::Region(const Region& other) : Region() {
  pixman_region32_copy(&region_, &other.region_);
}

Region::Region(Region&& other) noexcept : Region() {
  std::swap(region_, other.region_);
}

Region& Region::operator=(const Region& other) {
  if (this != &other)
    pixman_region32_copy(&region_, &other.region_);
  return *this;
}

Region& Region::operator=(Region&& other) noexcept {
  std::swap(region_, other.region_);
  return *this;
}

Region::~Region() {
  pixman_region32_fini(&region_);
}

void Region::add(Rect rect) {
  const Rect r = bounded(rect);
  if (!r.empty())
    pixman_region32_union_rect(&region_, &region_, r.x, r.y, static_cast<unsigned>(r.width),
                               static_cast<unsigned>(r.height));
}

void Region::add(const Region& other) {
  pixman_region32_union(&region_, &region_, &other.region_);
}

void Region::subtract(Rect rect) {
  const Region other(rect);
  subtract(other);
}

void Region::subtract(const Region& other) {
  pixman_region32_subtract(&region_, &region_, &other.region_);
}

void Region::intersect(Rect rect) {
  const Rect r = bounded(rect);
  if (r.empty())
    clear();
  else
    pixman_region32_intersect_rect(&region_, &region_, r.x, r.y, static_cast<unsigned>(r.width),
                                   static_cast<unsigned>(r.height));
}

void Region::intersect(const Region& other) {
  pixman_region32_intersect(&region_, &region_, &other.region_);
}

void Region::translate(Point by) {
  pixman_region32_translate(&region_, by.x, by.y);
}

void Region::clear() {
  pixman_region32_clear(&region_);
}

bool Region::empty() const {
  return !pixman_region32_not_empty(&region_);
}

bool Region::contains(Point p) const {
  return pixman_region32_contains_point(&region_, p.x, p.y, nullptr) != 0;
}

bool Region::covers(Rect rect) const {
  if (rect.empty())
    return true;
  const Rect r = bounded(rect);
  if (r != rect)
    return false;
  pixman_box32_t box{r.x, r.y, r.x + r.width, r.y + r.height};
  return pixman_region32_contains_rectangle(&region_, &box) == PIXMAN_REGION_IN;
}

Rect Region::bounds() const {
  const pixman_box32_t* box = pixman_region32_extents(&region_);
  return {box->x1, box->y1, box->x2 - box->x1, box->y2 - box->y1};
}

std::vector<Rect> Region::rects() const {
  int count = 0;
  const pixman_box32_t* boxes = pixman_region32_rectangles(&region_, &count);
  std::vector<Rect> out;
  out.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i)
    out.push_back({boxes[i].x1, boxes[i].y1, boxes[i].x2 - boxes[i].x1, boxes[i].y2 - boxes[i].y1});
  return out;
}

std::size_t Region::count() const {
  return static_cast<std::size_t>(pixman_region32_n_rects(&region_));
}

bool operator==(const Region& a, const Region& b) {
  return pixman_region32_equal(&a.region_, &b.region_) != 0;
}

} // namespace fenceline
