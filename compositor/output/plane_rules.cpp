// The planner's rules: what a layer must be like for a plane to be asked at all, and the reason where it is not.
#include <algorithm>

#include "compositor/frame/yuv_formats.h"
#include "compositor/output/plane_planner.h"

namespace fenceline {

namespace {

Rect output_rect(const SceneSnapshot& snapshot) {
  return {0, 0, snapshot.size.width, snapshot.size.height};
}

bool covers(const Layer& layer, Rect area) {
  return layer.dest.intersected(area) == area;
}

/// Whether every pixel of the buffer lands on one pixel of the output.
bool one_to_one(const Layer& layer) {
  const Size size =
      swaps_axes(layer.transform) ? Size{layer.buffer_size.height, layer.buffer_size.width} : layer.buffer_size;
  return layer.dest.size() == size && layer.source == FRect{0, 0, static_cast<double>(layer.buffer_size.width),
                                                            static_cast<double>(layer.buffer_size.height)};
}

/// Whether the colours are right if the plane takes the format.
bool reads(const PlaneInfo& plane, const Layer& layer) {
  return find_yuv_format(layer.format.fourcc) == nullptr || plane.takes(layer.yuv);
}

} // namespace

std::pmr::vector<bool> hidden_layers(const SceneSnapshot& snapshot, std::pmr::memory_resource* memory) {
  const Rect output = output_rect(snapshot);
  std::pmr::vector<bool> hidden(snapshot.layers.size(), false, memory);
  Region covered;
  for (std::size_t i = snapshot.layers.size(); i-- > 0;) {
    const Layer& layer = snapshot.layers[i];
    const Rect visible = layer.dest.intersected(output);
    hidden[i] = visible.empty() || layer.alpha <= 0.0F || covered.covers(visible);
    if (!hidden[i] && layer.role == LayerRole::Content && layer.alpha >= 1.0F)
      covered.add(layer.opaque);
  }
  return hidden;
}

// Of a layer that something lies above: what is wrong with the layer itself tells more than that.
Refusal PlanePlanner::refuse_below(const SceneSnapshot& snapshot, const Layer& layer, PlanMode mode) {
  if (has_overlays()) {
    std::uint64_t over = 0, under = 0;
    const Refusal own = refuse_overlay(snapshot, layer, over, under);
    return own == Refusal::None && mode == PlanMode::ComposeAll ? Refusal::SubmitRejected : own;
  }
  if (layer.role == LayerRole::Cursor)
    return Refusal::NoPlane;
  if (layer.kind != BufferKind::Dmabuf)
    return Refusal::NotDmabuf;
  if (!covers(layer, output_rect(snapshot)))
    return Refusal::NotCovering;
  return Refusal::SomethingAbove;
}

Refusal PlanePlanner::refuse_direct(const SceneSnapshot& snapshot, const Layer& layer) {
  const Rect output = output_rect(snapshot);
  if (layer.kind != BufferKind::Dmabuf)
    return Refusal::NotDmabuf;
  if (!covers(layer, output))
    return Refusal::NotCovering;
  if (layer.alpha < 1.0F || (has_alpha(layer.format.fourcc) && !layer.opaque.covers(output)))
    return Refusal::NotOpaque;
  if (layer.dest != output || !one_to_one(layer))
    return Refusal::Scaled;
  if (primary_ == nullptr)
    return Refusal::NoPlane;
  if (!primary_->takes(layer.transform))
    return Refusal::Scaled;
  // Its alpha is 1 wherever it is shown, so a plane that knows the format only without alpha shows it all the same.
  if (!primary_->takes(layer.format) && !primary_->takes({without_alpha(layer.format.fourcc), layer.format.modifier}))
    return Refusal::FormatRefused;
  if (!reads(*primary_, layer))
    return Refusal::Encoding;
  if (!device_.knows(layer.buffer))
    return Refusal::NoFramebuffer;
  if (denied_.denies(layer))
    return Refusal::SubmitRejected;
  return Refusal::None;
}

bool PlanePlanner::is_background(const SceneSnapshot& snapshot, const Layer& layer) const {
  return output_.background && layer.kind == BufferKind::Solid && layer.role == LayerRole::Content &&
         layer.alpha >= 1.0F && layer.color.alpha >= 1.0F && covers(layer, output_rect(snapshot));
}

Refusal PlanePlanner::refuse_cursor(const Layer& layer, PlanMode mode) {
  if (cursor_plane_ == nullptr || output_.cursor_size.empty())
    return Refusal::NoPlane;
  // wl_shm is shown from an image of ours, a dma-buf as it is. What is kept of the surface's wl_shm pictures is not
  // what a single colour shows.
  if (layer.kind == BufferKind::Solid)
    return Refusal::FormatRefused;
  // Turned, wl_shm is written to the plane's image upright.
  if (!one_to_one(layer) || layer.alpha < 1.0F)
    return Refusal::Scaled;
  if (!cursor_images_.fits(layer.dest.size()))
    return Refusal::TooLarge;
  if (mode == PlanMode::ComposeAll || denied_.denies(layer))
    return Refusal::SubmitRejected;
  if (layer.kind == BufferKind::Dmabuf) {
    if (layer.transform != Transform::Normal)
      return Refusal::Scaled;
    if (!cursor_plane_->takes(layer.format))
      return Refusal::FormatRefused;
    if (!device_.knows(layer.buffer))
      return Refusal::NoFramebuffer;
    const CursorKind kind{layer.format, layer.buffer_size};
    return std::find(refused_cursors_.begin(), refused_cursors_.end(), kind) != refused_cursors_.end()
               ? Refusal::TestRejected
               : Refusal::None;
  }
  const CursorStore::Picture* picture = cursors_.find(layer.surface);
  if (picture == nullptr || picture->size() != layer.buffer_size)
    return Refusal::FormatRefused;
  return Refusal::None;
}

Refusal PlanePlanner::refuse_overlay(const SceneSnapshot& snapshot, const Layer& layer, std::uint64_t& over,
                                     std::uint64_t& under) {
  const auto& above = stack_.over().planes;
  const auto& below = stack_.under().planes;
  over = under = 0;
  const Refusal refusal = above.empty() ? Refusal::NoPlane : refuse_overlay(snapshot, layer, above, over);
  if (below.empty())
    return refusal;
  const Refusal other = refuse_overlay(snapshot, layer, below, under);
  return other == Refusal::None || above.empty() ? other : refusal;
}

Refusal PlanePlanner::refuse_overlay(const SceneSnapshot& snapshot, const Layer& layer,
                                     std::span<const PlaneInfo* const> overlays, std::uint64_t& planes) {
  planes = 0;
  if (layer.role == LayerRole::Cursor)
    return Refusal::NoPlane;
  if (layer.kind != BufferKind::Dmabuf)
    return Refusal::NotDmabuf;
  const auto keep = [overlays, &planes](auto&& takes) {
    for (std::size_t i = 0; i < std::min<std::size_t>(overlays.size(), 64); ++i)
      if (!takes(*overlays[i]))
        planes &= ~(std::uint64_t{1} << i);
    return planes != 0;
  };
  planes = overlays.size() < 64 ? (std::uint64_t{1} << overlays.size()) - 1 : ~std::uint64_t{0};
  if (!keep([&](const PlaneInfo& plane) { return layer.alpha >= 1.0F || plane.alpha; }))
    return Refusal::Faded;
  // What scaling and cropping a plane can do is the test commit's to say.
  if (!keep([&](const PlaneInfo& plane) { return plane.takes(layer.transform); }))
    return Refusal::Scaled;
  const bool opaque =
      !has_alpha(layer.format.fourcc) || layer.opaque.covers(layer.dest.intersected(output_rect(snapshot)));
  const FormatModifier without{without_alpha(layer.format.fourcc), layer.format.modifier};
  Refusal refusal = Refusal::None;
  if (!keep([&](const PlaneInfo& plane) { return plane.takes(layer.format) || (opaque && plane.takes(without)); }))
    refusal = Refusal::FormatRefused;
  else if (!keep([&](const PlaneInfo& plane) { return reads(plane, layer); }))
    refusal = Refusal::Encoding;
  else if (!device_.knows(layer.buffer))
    refusal = Refusal::NoFramebuffer;
  else if (denied_.denies(layer))
    refusal = Refusal::SubmitRejected;
  if (refusal != Refusal::None)
    planes = 0;
  return refusal;
}

} // namespace fenceline
