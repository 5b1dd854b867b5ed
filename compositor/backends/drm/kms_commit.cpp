#include "compositor/backends/drm/kms_commit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>

namespace fenceline {
namespace {

std::uint64_t fixed_16_16(double pixels) {
  return static_cast<std::uint64_t>(std::llround(pixels * 65536.0));
}

// Signed properties travel as two's complement in 64 bits.
std::uint64_t signed_value(std::int64_t value) {
  return static_cast<std::uint64_t>(value);
}

bool sane(const FRect& source) {
  const auto in_range = [](double v) { return v >= 0 && v < 65536; };
  return in_range(source.x) && in_range(source.y) && in_range(source.width) && in_range(source.height);
}

/// A DRM_ARGB64: 16 bits each of alpha, red, green and blue, from the uppermost down.
std::uint64_t argb64(const Color& color) {
  std::uint64_t value = 0;
  for (const float channel : {1.0F, color.red, color.green, color.blue})
    value = value << 16U | static_cast<std::uint64_t>(std::lround(std::clamp(channel, 0.0F, 1.0F) * 0xffff));
  return value;
}

void add_neutral(AtomicRequest& request, std::uint32_t object, std::span<const NeutralProperty> neutral) {
  for (const auto& property : neutral)
    request.add(object, property.id, property.value);
}

bool contains(std::span<const std::uint32_t> planes, std::uint32_t plane) {
  return std::find(planes.begin(), planes.end(), plane) != planes.end();
}

Result<void> add_encoding(AtomicRequest& request, const KmsPlane& plane, const YuvEncoding& yuv) {
  const auto& p = plane.properties;
  const auto& matrix = p.matrices[static_cast<std::size_t>(yuv.matrix)];
  const auto& range = p.ranges[static_cast<std::size_t>(yuv.range)];
  // What RGB is shown with is no request.
  if (!matrix || !range)
    return yuv == YuvEncoding{} ? Result<void>{}
                                : Error{fmt::format("plane {} does not read YCbCr so", plane.id), EINVAL};
  request.add(plane.id, p.color_encoding, *matrix);
  request.add(plane.id, p.color_range, *range);
  return {};
}

Result<void> add_looks(AtomicRequest& request, const KmsPlane& plane, Transform transform, float alpha,
                       const YuvEncoding& yuv) {
  const auto& p = plane.properties;
  const std::uint64_t rotation = p.rotations[static_cast<std::size_t>(transform)];
  if (transform != Transform::Normal && (p.rotation == 0 || rotation == 0))
    return Error{fmt::format("plane {} does not turn its picture so", plane.id), EINVAL};
  if (p.rotation != 0)
    request.add(plane.id, p.rotation, rotation);
  if (alpha < 1.0F && p.alpha == 0)
    return Error{fmt::format("plane {} does not fade its picture", plane.id), EINVAL};
  if (p.alpha != 0)
    request.add(plane.id, p.alpha,
                static_cast<std::uint64_t>(std::lround(std::clamp(alpha, 0.0F, 1.0F) * PlaneProperties::opaque_alpha)));
  return add_encoding(request, plane, yuv);
}

void switch_off(AtomicRequest& request, const KmsPlane& plane) {
  request.add(plane.id, plane.properties.fb_id, 0);
  request.add(plane.id, plane.properties.crtc_id, 0);
}

Result<void> show(AtomicRequest& request, const CommitContext& context, const KmsPlane& plane, const PlaneState& state,
                  bool modeset) {
  const auto& p = plane.properties;
  const auto framebuffer = context.framebuffer(state);
  if (!framebuffer)
    return Error{fmt::format("the display does not know buffer {}", static_cast<std::uint64_t>(state.buffer)), ENOENT};
  if (!sane(state.source) || state.dest.width < 0 || state.dest.height < 0)
    return Error{fmt::format("plane {}: no such rectangle", plane.id), ERANGE};
  request.add(plane.id, p.fb_id, *framebuffer);
  request.add(plane.id, p.crtc_id, context.output.crtc);
  request.add(plane.id, p.src_x, fixed_16_16(state.source.x));
  request.add(plane.id, p.src_y, fixed_16_16(state.source.y));
  request.add(plane.id, p.src_w, fixed_16_16(state.source.width));
  request.add(plane.id, p.src_h, fixed_16_16(state.source.height));
  request.add(plane.id, p.crtc_x, signed_value(state.dest.x));
  request.add(plane.id, p.crtc_y, signed_value(state.dest.y));
  request.add(plane.id, p.crtc_w, signed_value(state.dest.width));
  request.add(plane.id, p.crtc_h, signed_value(state.dest.height));
  // Named in each request: another master may have changed the order that is reckoned with.
  if (p.zpos != 0)
    request.add(plane.id, p.zpos, state.depth.value_or(p.depths->at_start));
  if (modeset || dressed(state) || contains(context.dressed, plane.id))
    if (auto looks = add_looks(request, plane, state.transform, state.alpha, state.yuv); !looks)
      return looks;
  if (!state.in_fence.valid())
    return {};
  if (p.in_fence_fd == 0)
    return Error{fmt::format("plane {} takes no fence", plane.id), EINVAL};
  request.add(plane.id, p.in_fence_fd, signed_value(state.in_fence.get()));
  return {};
}

} // namespace

Result<void> build_request(const CommitContext& context, const OutputState& state, AtomicRequest& request) {
  const auto& output = context.output;
  for (std::size_t i = 0; i < state.planes.size(); ++i) {
    const auto id = state.planes[i].plane;
    const auto same = [&](const PlaneState& other) { return other.plane == id; };
    if (std::none_of(output.info.planes.begin(), output.info.planes.end(),
                     [&](const PlaneInfo& plane) { return plane.id == id; }))
      return Error{fmt::format("{} has no plane {}", output.info.name, static_cast<std::uint32_t>(id)), EINVAL};
    if (std::any_of(state.planes.begin() + static_cast<std::ptrdiff_t>(i) + 1, state.planes.end(), same))
      return Error{fmt::format("plane {} is named twice", static_cast<std::uint32_t>(id)), EINVAL};
  }
  if (!state.active && !(state.modeset && state.planes.empty()))
    return Error{fmt::format("{}: a state that switches it off sets the mode and shows nothing", output.info.name),
                 EINVAL};
  request.items.clear();
  if (state.modeset) {
    request.add(output.connector, output.connector_properties.crtc_id, output.crtc);
    request.add(output.crtc, output.crtc_properties.mode_id, context.mode_blob);
    request.add(output.crtc, output.crtc_properties.active, state.active ? 1 : 0);
    if (output.connector_properties.link_status != 0)
      request.add(output.connector, output.connector_properties.link_status, DRM_MODE_LINK_STATUS_GOOD);
    add_neutral(request, output.crtc, output.crtc_properties.neutral);
  }
  const std::uint32_t background = output.crtc_properties.background;
  if (state.background != black && background == 0)
    return Error{fmt::format("{} has no background of its own", output.info.name), EINVAL};
  if (background != 0 && (state.modeset || context.coloured || state.background != black))
    request.add(output.crtc, background, argb64(state.background));
  const std::uint32_t vrr = output.crtc_properties.vrr_enabled;
  if (state.variable_refresh && !output.info.variable)
    return Error{fmt::format("the refresh of {} cannot vary", output.info.name), EINVAL};
  if (vrr != 0 && (state.modeset || state.variable_refresh != context.variable_refresh))
    request.add(output.crtc, vrr, state.variable_refresh ? 1 : 0);
  if (const auto& p = output.connector_properties;
      p.content_type != 0 && (state.modeset || state.content != context.content))
    request.add(output.connector, p.content_type, p.content_types[static_cast<std::size_t>(state.content)]);
  for (const auto& plane : output.planes) {
    if (state.modeset)
      add_neutral(request, plane.id, plane.properties.neutral);
    const auto named = std::find_if(state.planes.begin(), state.planes.end(),
                                    [&](const PlaneState& p) { return p.plane == static_cast<PlaneId>(plane.id); });
    if (named != state.planes.end()) {
      if (auto shown = show(request, context, plane, *named, state.modeset); !shown)
        return shown.error();
    } else if (state.modeset || contains(context.planes_on, plane.id)) {
      if (state.modeset)
        (void)add_looks(request, plane, Transform::Normal, 1.0F, {});
      switch_off(request, plane);
    }
  }
  // libdrm takes an empty request without a word to the kernel, and no flip ever comes.
  if (request.items.empty())
    request.add(output.crtc, output.crtc_properties.active, 1);
  return {};
}

Result<void> build_async_request(const CommitContext& context, const OutputState& state, AtomicRequest& request) {
  const auto& output = context.output;
  const bool one = state.planes.size() == 1 && context.planes_on.size() == 1 &&
                   state.planes[0].plane == static_cast<PlaneId>(context.planes_on[0]);
  if (!one || state.modeset || !state.active || context.coloured || state.background != black ||
      state.variable_refresh != context.variable_refresh || state.content != context.content)
    return Error{fmt::format("{}: more than a buffer changes, which cannot tear", output.info.name), EINVAL};
  const PlaneState& shown = state.planes[0];
  const auto plane = std::find_if(output.planes.begin(), output.planes.end(),
                                  [&](const KmsPlane& p) { return static_cast<PlaneId>(p.id) == shown.plane; });
  if (plane == output.planes.end())
    return Error{fmt::format("{} has no plane {}", output.info.name, static_cast<std::uint32_t>(shown.plane)), EINVAL};
  const auto framebuffer = context.framebuffer(shown);
  if (!framebuffer)
    return Error{fmt::format("the display does not know buffer {}", static_cast<std::uint64_t>(shown.buffer)), ENOENT};
  request.items.clear();
  request.add(plane->id, plane->properties.fb_id, *framebuffer);
  if (!shown.in_fence.valid())
    return {};
  if (plane->properties.in_fence_fd == 0)
    return Error{fmt::format("plane {} takes no fence", plane->id), EINVAL};
  request.add(plane->id, plane->properties.in_fence_fd, signed_value(shown.in_fence.get()));
  return {};
}

AtomicRequest build_black_background(const KmsOutput& output) {
  AtomicRequest request;
  request.add(output.crtc, output.crtc_properties.background, argb64(black));
  return request;
}

AtomicRequest build_release(const KmsOutput& output) {
  AtomicRequest request;
  request.add(output.connector, output.connector_properties.crtc_id, 0);
  request.add(output.crtc, output.crtc_properties.mode_id, 0);
  request.add(output.crtc, output.crtc_properties.active, 0);
  for (const auto& plane : output.planes)
    switch_off(request, plane);
  return request;
}

} // namespace fenceline
