#include "compositor/scene/surface_state.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

namespace fenceline {
namespace {

/// Size of the buffer as it is seen once its transform is undone, in buffer pixels.
Size turned_size(const SurfaceState& state) {
  const Size size = state.buffer ? state.buffer->size : Size{};
  return swaps_axes(state.transform) ? Size{size.height, size.width} : size;
}

/// From the upright picture (width x height) to the buffer as it lies in memory. Source: wl_output.transform in
/// wayland.xml; the buffer was turned by `transform`, so the picture is turned by it once more, forwards.
FRect to_buffer(const FRect& r, Transform transform, double width, double height) {
  switch (transform) {
  case Transform::Normal:
    return r;
  case Transform::R90:
    return {r.y, width - r.x - r.width, r.height, r.width};
  case Transform::R180:
    return {width - r.x - r.width, height - r.y - r.height, r.width, r.height};
  case Transform::R270:
    return {height - r.y - r.height, r.x, r.height, r.width};
  case Transform::Flipped:
    return {width - r.x - r.width, r.y, r.width, r.height};
  case Transform::Flipped90:
    return {r.y, r.x, r.height, r.width};
  case Transform::Flipped180:
    return {r.x, height - r.y - r.height, r.width, r.height};
  case Transform::Flipped270:
    return {height - r.y - r.height, width - r.x - r.width, r.height, r.width};
  }
  return r;
}

/// Damage in surface coordinates as buffer pixels. Where the way is not a plain scale the whole buffer is taken: too
/// much is never wrong.
Region surface_damage_to_buffer(const SurfaceState& state, const Region& damage) {
  if (damage.empty() || !state.buffer)
    return {};
  const Rect whole{0, 0, state.buffer->size.width, state.buffer->size.height};
  if (state.viewport_source || state.viewport_destination || state.transform != Transform::Normal)
    return Region(whole);
  Region out;
  const std::int64_t scale = state.scale;
  for (const Rect& r : damage.rects()) {
    const Rect cut = r.intersected({0, 0, whole.width, whole.height});
    out.add(Rect{static_cast<std::int32_t>(cut.x * scale), static_cast<std::int32_t>(cut.y * scale),
                 static_cast<std::int32_t>(std::min<std::int64_t>(cut.width * scale, whole.width)),
                 static_cast<std::int32_t>(std::min<std::int64_t>(cut.height * scale, whole.height))});
  }
  out.intersect(whole);
  return out;
}

/// What the newer patch says, where it says something.
template <class Value>
void take_over(std::optional<Value>& older, std::optional<Value>&& newer) {
  if (newer)
    older = std::move(newer);
}

Point sum(Point a, Point b) {
  return {static_cast<std::int32_t>(static_cast<std::uint32_t>(a.x) + static_cast<std::uint32_t>(b.x)),
          static_cast<std::int32_t>(static_cast<std::uint32_t>(a.y) + static_cast<std::uint32_t>(b.y))};
}

void add_damage(Region& damage, const Region& more) {
  damage.add(more);
  if (damage.count() > SurfacePatch::max_damage_rects)
    damage = Region(damage.bounds());
}

bool same_shape(const BufferAttachment& a, const BufferAttachment& b) {
  return a.kind == b.kind && a.size == b.size && a.format == b.format;
}

} // namespace

bool SurfacePatch::may_be_followed_by(const SurfacePatch& newer) const {
  for (const SurfacePatch* patch : {this, &newer})
    if (patch->time || patch->fifo_barrier || patch->fifo_wait)
      return false;
  return !buffer || !newer.buffer || buffer->has_value() == newer.buffer->has_value();
}

void SurfacePatch::follow_with(SurfacePatch&& newer) {
  auto& [n_buffer, n_offset, n_scale, n_transform, n_opaque, n_input, n_surface_damage, n_buffer_damage, n_source,
         n_destination, n_alpha, n_yuv, n_chroma, n_content, n_may_tear, n_children, n_geometry, n_acked, n_sequence,
         n_time, n_barrier, n_wait, n_callbacks, n_feedback] = newer;
  for (auto& sink : feedback)
    sink->discarded();
  feedback = std::move(n_feedback);
  // Damage in surface coordinates means what it meant at its own commit; and what lies between two buffers of different
  // shapes is all new.
  const bool reshaped = buffer && *buffer && n_buffer && *n_buffer && !same_shape(**buffer, **n_buffer);
  const bool moved = !surface_damage.empty() && (n_scale || n_transform || n_source || n_destination);
  if (reshaped || moved)
    buffer_damage.add(Rect{0, 0, std::numeric_limits<std::int32_t>::max(), std::numeric_limits<std::int32_t>::max()});
  add_damage(surface_damage, n_surface_damage);
  add_damage(buffer_damage, n_buffer_damage);
  if (n_offset)
    offset = sum(offset.value_or(Point{}), *n_offset);
  take_over(buffer, std::move(n_buffer));
  take_over(scale, std::move(n_scale));
  take_over(transform, std::move(n_transform));
  take_over(opaque, std::move(n_opaque));
  take_over(input, std::move(n_input));
  take_over(viewport_source, std::move(n_source));
  take_over(viewport_destination, std::move(n_destination));
  take_over(alpha, std::move(n_alpha));
  take_over(yuv, std::move(n_yuv));
  take_over(chroma, std::move(n_chroma));
  take_over(content, std::move(n_content));
  take_over(may_tear, std::move(n_may_tear));
  take_over(children, std::move(n_children));
  take_over(window_geometry, std::move(n_geometry));
  take_over(acked_configure, std::move(n_acked));
  take_over(map_sequence, std::move(n_sequence));
  // Neither has any of these, see may_be_followed_by.
  static_cast<void>(n_time);
  static_cast<void>(n_barrier);
  static_cast<void>(n_wait);
  for (auto& callback : n_callbacks)
    callbacks.push_back(std::move(callback));
}

void SurfacePatch::come_after(SurfacePatch&& older) {
  std::unique_ptr<CommitConstraint> own_time = std::exchange(time, nullptr);
  const bool barrier = std::exchange(fifo_barrier, false), wait = std::exchange(fifo_wait, false);
  older.follow_with(std::move(*this));
  *this = std::move(older);
  time = std::move(own_time);
  fifo_barrier = barrier;
  fifo_wait = wait;
}

SurfacePatch SurfacePatch::without_content() {
  SurfacePatch taken;
  taken.offset = std::exchange(offset, std::nullopt);
  taken.scale = std::exchange(scale, std::nullopt);
  taken.transform = std::exchange(transform, std::nullopt);
  taken.opaque = std::exchange(opaque, std::nullopt);
  taken.viewport_source = std::exchange(viewport_source, std::nullopt);
  taken.viewport_destination = std::exchange(viewport_destination, std::nullopt);
  taken.yuv = std::exchange(yuv, std::nullopt);
  taken.chroma = std::exchange(chroma, std::nullopt);
  taken.content = std::exchange(content, std::nullopt);
  taken.window_geometry = std::exchange(window_geometry, std::nullopt);
  taken.surface_damage = std::exchange(surface_damage, {});
  taken.buffer_damage = std::exchange(buffer_damage, {});
  buffer.reset();
  map_sequence.reset();
  return taken;
}

void SurfaceState::apply(CommitId commit_id, SurfacePatch&& patch) {
  auto& [p_buffer, p_offset, p_scale, p_transform, p_opaque, p_input, p_surface_damage, p_buffer_damage, p_source,
         p_destination, p_alpha, p_yuv, p_chroma, p_content, p_may_tear, p_children, p_geometry, p_acked, p_sequence,
         p_time, p_barrier, p_wait, p_callbacks, p_feedback] = patch;
  // They were the queue's, and are over.
  static_cast<void>(p_time);
  static_cast<void>(p_wait);
  commit = commit_id;
  // An update that no output has shown is superseded now: its feedback says so, its callbacks wait for the next latch.
  for (auto& sink : feedback)
    sink->discarded();
  if (p_buffer) {
    // What was uploaded is kept for as long as pictures of one shape follow each other.
    const bool keep = buffer && *p_buffer && same_shape(*buffer, **p_buffer);
    buffer = std::move(*p_buffer);
    pixels_uploaded = false;
    if (!keep)
      upload_damage = buffer ? Region(Rect{0, 0, buffer->size.width, buffer->size.height}) : Region();
  }
  if (p_offset)
    offset = sum(offset, *p_offset);
  if (p_scale)
    scale = *p_scale;
  if (p_transform)
    transform = *p_transform;
  if (p_opaque)
    opaque = std::move(*p_opaque);
  if (p_input)
    input = std::move(*p_input);
  if (p_source)
    viewport_source = *p_source;
  if (p_destination)
    viewport_destination = *p_destination;
  if (p_alpha)
    alpha = *p_alpha;
  if (p_yuv)
    yuv = *p_yuv;
  if (p_chroma)
    chroma = *p_chroma;
  if (p_content)
    content = *p_content;
  if (p_may_tear)
    may_tear = *p_may_tear;
  if (p_children)
    children = std::move(*p_children);
  if (p_geometry)
    window_geometry = *p_geometry;
  if (p_acked)
    acked_configure = *p_acked;
  if (p_sequence)
    map_sequence = *p_sequence;
  fifo_barrier = fifo_barrier || p_barrier;
  if (buffer && buffer->kind == BufferKind::Shm) {
    p_buffer_damage.intersect(Rect{0, 0, buffer->size.width, buffer->size.height});
    upload_damage.add(p_buffer_damage);
    upload_damage.add(surface_damage_to_buffer(*this, p_surface_damage));
  }
  feedback = std::move(p_feedback);
  if (callbacks.empty())
    callbacks = std::move(p_callbacks);
  else
    std::move(p_callbacks.begin(), p_callbacks.end(), std::back_inserter(callbacks));
}

Size SurfaceState::size() const {
  if (!buffer)
    return {};
  if (viewport_destination)
    return *viewport_destination;
  if (viewport_source)
    return {static_cast<std::int32_t>(std::ceil(viewport_source->width)),
            static_cast<std::int32_t>(std::ceil(viewport_source->height))};
  const Size turned = turned_size(*this);
  return {turned.width / scale, turned.height / scale};
}

FRect SurfaceState::buffer_source() const {
  if (!buffer)
    return {};
  const Size turned = turned_size(*this);
  FRect upright{0, 0, static_cast<double>(turned.width), static_cast<double>(turned.height)};
  if (viewport_source)
    upright = {viewport_source->x * scale, viewport_source->y * scale, viewport_source->width * scale,
               viewport_source->height * scale};
  return to_buffer(upright, transform, turned.width, turned.height);
}

ViewportFault check_viewport(const SurfaceState& state) {
  if (!state.buffer || !state.viewport_source)
    return ViewportFault::None;
  const FRect& s = *state.viewport_source;
  if (!state.viewport_destination && (s.width != std::floor(s.width) || s.height != std::floor(s.height)))
    return ViewportFault::BadSize;
  const Size turned = turned_size(state);
  const double width = static_cast<double>(turned.width) / state.scale;
  const double height = static_cast<double>(turned.height) / state.scale;
  if (s.x + s.width > width || s.y + s.height > height)
    return ViewportFault::OutOfBuffer;
  return ViewportFault::None;
}

} // namespace fenceline
