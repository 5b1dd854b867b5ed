#include "compositor/backends/drm/display_handover.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace fenceline {
namespace {

// Everything that build_request sets: what is never touched is still as it was.
constexpr std::array<std::string_view, 24> kept{"CRTC_ID",      "ACTIVE",         "MODE_ID",     "FB_ID",
                                                "CRTC_X",       "CRTC_Y",         "CRTC_W",      "CRTC_H",
                                                "SRC_X",        "SRC_Y",          "SRC_W",       "SRC_H",
                                                "zpos",         "rotation",       "alpha",       "pixel blend mode",
                                                "CTM",          "DEGAMMA_LUT",    "GAMMA_LUT",   "VRR_ENABLED",
                                                "content type", "COLOR_ENCODING", "COLOR_RANGE", "BACKGROUND_COLOR"};

bool is_kept(std::string_view name) {
  return std::find(kept.begin(), kept.end(), name) != kept.end();
}

bool switches_off(std::string_view name) {
  return name == "CRTC_ID" || name == "ACTIVE" || name == "MODE_ID" || name == "FB_ID";
}

std::uint32_t object_type(bool connector, bool crtc) {
  return connector ? DRM_MODE_OBJECT_CONNECTOR : crtc ? DRM_MODE_OBJECT_CRTC : DRM_MODE_OBJECT_PLANE;
}

} // namespace

Result<DisplayHandover> DisplayHandover::read(const DrmApi& drm) {
  const auto resources = drm.resources();
  if (!resources)
    return resources.error();
  const auto planes = drm.planes();
  if (!planes)
    return planes.error();
  DisplayHandover made;
  const auto read_all = [&](std::span<const std::uint32_t> ids, Kind kind) -> Result<void> {
    for (const auto id : ids)
      if (auto read = made.read_object(drm, id, kind); !read)
        return read;
    return {};
  };
  if (auto read = read_all(resources->connectors, Kind::Connector); !read)
    return read.error();
  if (auto read = read_all(resources->crtcs, Kind::Crtc); !read)
    return read.error();
  if (auto read = read_all(*planes, Kind::Plane); !read)
    return read.error();
  return made;
}

Result<void> DisplayHandover::read_object(const DrmApi& drm, std::uint32_t id, Kind kind) {
  const auto properties = drm.properties(id, object_type(kind == Kind::Connector, kind == Kind::Crtc));
  if (!properties)
    return properties.error();
  Object object{.id = id, .kind = kind, .crtc = 0, .saved = {}};
  for (const auto& property : *properties) {
    if (property.immutable() || !is_kept(property.name))
      continue;
    Saved saved{
        .property = property.id, .value = property.value, .blob = {}, .off_is_zero = switches_off(property.name)};
    if (property.is_blob() && property.value != 0) {
      auto content = drm.blob(static_cast<std::uint32_t>(property.value));
      if (!content)
        return content.error();
      saved.blob = std::move(*content);
    }
    if (property.name == "CRTC_ID")
      object.crtc = static_cast<std::uint32_t>(property.value);
    if (property.name == "ACTIVE" && property.value != 0)
      object.crtc = id;
    object.saved.push_back(std::move(saved));
  }
  objects_.push_back(std::move(object));
  return {};
}

void DisplayHandover::add_off(AtomicRequest& request, const Object& object) {
  for (const auto& saved : object.saved)
    if (saved.off_is_zero)
      request.add(object.id, saved.property, 0);
}

void DisplayHandover::add_evictions(AtomicRequest& request, const KmsOutput& output, const AtWork& at_work) const {
  const auto on_crtc = [](std::uint32_t crtc) {
    return [crtc](const Object& object) { return object.crtc == crtc && object.kind == Kind::Connector; };
  };
  const auto own = std::find_if(objects_.begin(), objects_.end(),
                                [&](const Object& object) { return object.id == output.connector; });
  const std::uint32_t left = own != objects_.end() ? own->crtc : 0;
  // A CRTC without a connector may not stay on.
  const bool leaves_empty = left != 0 && left != output.crtc && !at_work(left) &&
                            std::count_if(objects_.begin(), objects_.end(), on_crtc(left)) == 1;
  for (const auto& object : objects_) {
    if (object.id == output.connector || at_work(object.id))
      continue;
    const bool intruder = object.kind == Kind::Connector && object.crtc == output.crtc;
    const bool leftover = leaves_empty && object.crtc == left;
    const bool ours = std::any_of(output.planes.begin(), output.planes.end(),
                                  [&](const KmsPlane& plane) { return plane.id == object.id; });
    if ((intruder || leftover) && !ours)
      add_off(request, object);
  }
}

Result<void> DisplayHandover::look_again(const DrmApi& drm) {
  auto now = read(drm);
  if (!now)
    return now.error();
  // What has come since is given back as it came; what is gone cannot be given back.
  for (Object& object : now->objects_) {
    const auto before =
        std::find_if(objects_.begin(), objects_.end(), [&](const Object& known) { return known.id == object.id; });
    if (before != objects_.end())
      object.saved = std::move(before->saved);
  }
  objects_ = std::move(now->objects_);
  return {};
}

void DisplayHandover::note(const AtomicRequest& request) {
  for (const auto& item : request.items)
    touched_.insert(item.object);
}

DisplayHandover::AsFound DisplayHandover::as_found(DrmApi& drm) const {
  AsFound found;
  for (const auto& object : objects_) {
    if (!touched_.contains(object.id))
      continue;
    for (const auto& saved : object.saved) {
      std::uint64_t value = saved.value;
      if (!saved.blob.empty()) {
        const auto blob = drm.create_blob(saved.blob);
        value = blob ? *blob : 0;
        if (blob)
          found.blobs.push_back(*blob);
      }
      found.request.add(object.id, saved.property, value);
    }
  }
  return found;
}

Result<bool> DisplayHandover::restore(DrmApi& drm) const {
  if (touched_.empty())
    return true;
  AtomicRequest off;
  for (const auto& object : objects_)
    if (touched_.contains(object.id))
      add_off(off, object);
  const AsFound found = as_found(drm);
  const bool restored = static_cast<bool>(drm.commit(found.request, DRM_MODE_ATOMIC_ALLOW_MODESET, 0));
  for (const auto blob : found.blobs)
    drm.destroy_blob(blob);
  if (restored)
    return true;
  if (auto done = drm.commit(off, DRM_MODE_ATOMIC_ALLOW_MODESET, 0); !done)
    return done.error();
  return false;
}

} // namespace fenceline
