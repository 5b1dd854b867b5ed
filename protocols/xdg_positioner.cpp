#include "protocols/xdg_positioner.h"

#include <algorithm>

#include "compositor/wl/thunk.h"
#include "xdg-shell-server-protocol.h"

namespace fenceline {
namespace {

/// One axis of a placement. -1: towards the smaller coordinate, 0: centred, 1: towards the larger.
struct Axis {
  int anchor = 0, gravity = 0;
};

Axis horizontal(std::uint32_t anchor, std::uint32_t gravity) {
  const auto side = [](std::uint32_t edge) {
    switch (edge) {
    case XDG_POSITIONER_ANCHOR_LEFT:
    case XDG_POSITIONER_ANCHOR_TOP_LEFT:
    case XDG_POSITIONER_ANCHOR_BOTTOM_LEFT:
      return -1;
    case XDG_POSITIONER_ANCHOR_RIGHT:
    case XDG_POSITIONER_ANCHOR_TOP_RIGHT:
    case XDG_POSITIONER_ANCHOR_BOTTOM_RIGHT:
      return 1;
    default:
      return 0;
    }
  };
  // Anchor and gravity share their numbers.
  static_assert(int{XDG_POSITIONER_ANCHOR_LEFT} == int{XDG_POSITIONER_GRAVITY_LEFT} &&
                int{XDG_POSITIONER_ANCHOR_BOTTOM_RIGHT} == int{XDG_POSITIONER_GRAVITY_BOTTOM_RIGHT});
  return {side(anchor), side(gravity)};
}

Axis vertical(std::uint32_t anchor, std::uint32_t gravity) {
  const auto side = [](std::uint32_t edge) {
    switch (edge) {
    case XDG_POSITIONER_ANCHOR_TOP:
    case XDG_POSITIONER_ANCHOR_TOP_LEFT:
    case XDG_POSITIONER_ANCHOR_TOP_RIGHT:
      return -1;
    case XDG_POSITIONER_ANCHOR_BOTTOM:
    case XDG_POSITIONER_ANCHOR_BOTTOM_LEFT:
    case XDG_POSITIONER_ANCHOR_BOTTOM_RIGHT:
      return 1;
    default:
      return 0;
    }
  };
  return {side(anchor), side(gravity)};
}

/// 64 bits on the way: a client's coordinates may be anything that 32 bits hold.
struct Span {
  std::int64_t start = 0, length = 0;
  [[nodiscard]] bool inside(Span bounds) const {
    return start >= bounds.start && start + length <= bounds.start + bounds.length;
  }
};

Span span_at(Axis axis, Span anchor, std::int64_t length, std::int64_t offset) {
  std::int64_t at = anchor.start + (axis.anchor < 0 ? 0 : axis.anchor > 0 ? anchor.length : anchor.length / 2) + offset;
  if (axis.gravity < 0)
    at -= length;
  else if (axis.gravity == 0)
    at -= length / 2;
  return {at, length};
}

struct Allowed {
  bool flip = false, slide = false, resize = false;
};

Span fit(Axis axis, Span anchor, std::int64_t length, std::int64_t offset, Span bounds, Allowed allowed) {
  Span placed = span_at(axis, anchor, length, offset);
  if (bounds.length <= 0 || placed.inside(bounds))
    return placed;
  if (allowed.flip) {
    const Span flipped = span_at({-axis.anchor, -axis.gravity}, anchor, length, -offset);
    if (flipped.inside(bounds))
      return flipped;
  }
  if (allowed.slide) {
    const std::int64_t last = bounds.start + bounds.length - length;
    // Too long for the bounds: the edge that the gravity comes from stays visible.
    placed.start = last < bounds.start ? bounds.start : std::clamp(placed.start, bounds.start, last);
    if (placed.inside(bounds))
      return placed;
  }
  if (allowed.resize) {
    const std::int64_t start = std::max(placed.start, bounds.start);
    const std::int64_t end = std::min(placed.start + placed.length, bounds.start + bounds.length);
    if (end > start)
      return {start, end - start};
  }
  return placed;
}

std::int32_t narrow(std::int64_t value) {
  constexpr std::int64_t limit = 1 << 28;
  return static_cast<std::int32_t>(std::clamp(value, -limit, limit));
}

} // namespace

Rect PopupPosition::place(Rect bounds) const {
  const Span x =
      fit(horizontal(anchor_edge, gravity), {anchor.x, anchor.width}, size.width, offset.x, {bounds.x, bounds.width},
          {(adjustment & XDG_POSITIONER_CONSTRAINT_ADJUSTMENT_FLIP_X) != 0,
           (adjustment & XDG_POSITIONER_CONSTRAINT_ADJUSTMENT_SLIDE_X) != 0,
           (adjustment & XDG_POSITIONER_CONSTRAINT_ADJUSTMENT_RESIZE_X) != 0});
  const Span y =
      fit(vertical(anchor_edge, gravity), {anchor.y, anchor.height}, size.height, offset.y, {bounds.y, bounds.height},
          {(adjustment & XDG_POSITIONER_CONSTRAINT_ADJUSTMENT_FLIP_Y) != 0,
           (adjustment & XDG_POSITIONER_CONSTRAINT_ADJUSTMENT_SLIDE_Y) != 0,
           (adjustment & XDG_POSITIONER_CONSTRAINT_ADJUSTMENT_RESIZE_Y) != 0});
  return {narrow(x.start), narrow(y.start), narrow(x.length), narrow(y.length)};
}

const wl_interface& XdgPositioner::interface() {
  return xdg_positioner_interface;
}

const void* XdgPositioner::implementation() {
  static constexpr struct xdg_positioner_interface requests {
    .destroy = wl::destroy, .set_size = wl::thunk<&XdgPositioner::set_size>,
    .set_anchor_rect = wl::thunk<&XdgPositioner::set_anchor_rect>, .set_anchor = wl::thunk<&XdgPositioner::set_anchor>,
    .set_gravity = wl::thunk<&XdgPositioner::set_gravity>,
    .set_constraint_adjustment = wl::thunk<&XdgPositioner::set_constraint_adjustment>,
    .set_offset = wl::thunk<&XdgPositioner::set_offset>, .set_reactive = wl::thunk<&XdgPositioner::set_reactive>,
    .set_parent_size = wl::thunk<&XdgPositioner::set_parent_size>,
    .set_parent_configure = wl::thunk<&XdgPositioner::set_parent_configure>,
  };
  return &requests;
}

void XdgPositioner::set_size(std::int32_t width, std::int32_t height) {
  if (width <= 0 || height <= 0)
    return post_error(XDG_POSITIONER_ERROR_INVALID_INPUT, "a popup of {}x{} has no size", width, height);
  position_.size = {width, height};
}

void XdgPositioner::set_anchor_rect(std::int32_t x, std::int32_t y, std::int32_t width, std::int32_t height) {
  if (width < 0 || height < 0)
    return post_error(XDG_POSITIONER_ERROR_INVALID_INPUT, "an anchor rectangle of {}x{} is negative", width, height);
  position_.anchor = {x, y, width, height};
  position_.has_anchor = true;
}

void XdgPositioner::set_anchor(std::uint32_t anchor) {
  if (anchor > XDG_POSITIONER_ANCHOR_BOTTOM_RIGHT)
    return post_error(XDG_POSITIONER_ERROR_INVALID_INPUT, "{} is no anchor", anchor);
  position_.anchor_edge = anchor;
}

void XdgPositioner::set_gravity(std::uint32_t gravity) {
  if (gravity > XDG_POSITIONER_GRAVITY_BOTTOM_RIGHT)
    return post_error(XDG_POSITIONER_ERROR_INVALID_INPUT, "{} is no gravity", gravity);
  position_.gravity = gravity;
}

void XdgPositioner::set_constraint_adjustment(std::uint32_t adjustment) {
  constexpr std::uint32_t known = XDG_POSITIONER_CONSTRAINT_ADJUSTMENT_RESIZE_Y * 2 - 1;
  if ((adjustment & ~known) != 0)
    return post_error(XDG_POSITIONER_ERROR_INVALID_INPUT, "{:#x} is no set of adjustments", adjustment);
  position_.adjustment = adjustment;
}

void XdgPositioner::set_offset(std::int32_t x, std::int32_t y) {
  position_.offset = {x, y};
}

void XdgPositioner::set_reactive() {
  position_.reactive = true;
}

// The two tell what the parent will be like. The place is worked out from the parent as it is, and again when it
// changes.
void XdgPositioner::set_parent_size(std::int32_t, std::int32_t) {}

void XdgPositioner::set_parent_configure(std::uint32_t) {}

} // namespace fenceline
