#include "compositor/scene/surface_state.h"

#include <cmath>

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

} // namespace

void SurfaceState::apply(CommitId commit_id, SurfacePatch&& patch) {
  auto& [p_buffer, p_offset, p_scale, p_transform, p_opaque, p_input, p_surface_damage, p_buffer_damage, p_source,
         p_destination, p_alpha, p_yuv, p_chroma, p_children, p_geometry, p_acked, p_sequence, p_time, p_barrier,
         p_wait, p_callbacks, p_feedback] = patch;
  // They were the queue's, and are over.
  static_cast<void>(p_time);
  static_cast<void>(p_wait);
  commit = commit_id;
  // An update that no output has shown is superseded now: its feedback says so, its callbacks wait for the next latch.
  for (auto& sink : feedback)
    sink->discarded();
  if (p_buffer) {
    // What was uploaded is kept for as long as pictures of one shape follow each other.
    const bool same_shape = buffer && *p_buffer && buffer->kind == (*p_buffer)->kind &&
                            buffer->size == (*p_buffer)->size && buffer->format == (*p_buffer)->format;
    buffer = std::move(*p_buffer);
    pixels_uploaded = false;
    if (!same_shape)
      upload_damage = buffer ? Region(Rect{0, 0, buffer->size.width, buffer->size.height}) : Region();
  }
  if (p_offset)
    offset = {
        static_cast<std::int32_t>(static_cast<std::uint32_t>(offset.x) + static_cast<std::uint32_t>(p_offset->x)),
        static_cast<std::int32_t>(static_cast<std::uint32_t>(offset.y) + static_cast<std::uint32_t>(p_offset->y))};
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
  for (auto& callback : p_callbacks)
    callbacks.push_back(std::move(callback));
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
