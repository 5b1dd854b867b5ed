#include "compositor/backends/drm/kms_outputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <compare>
#include <cstring>
#include <string>

#include "compositor/backends/drm/edid.h"
#include "compositor/backends/drm/format_list.h"
#include "compositor/backends/drm/kms_modes.h"

namespace fenceline {
namespace {

struct PlaneCandidate {
  DrmPlane data;
  PlaneProperties properties;
  bool taken = false;
};

// Tries the CRTCs one connector after the other and keeps the assignment that serves the most of them; among those the
// one that leaves the most where they are. There are a handful of each.
class CrtcSearch {
 public:
  CrtcSearch(std::span<const CrtcWish> wishes, std::size_t crtc_count)
      : wishes_(wishes), used_(crtc_count), present_(wishes.size()), best_(wishes.size()) {}

  std::vector<std::optional<std::size_t>> run() {
    place(0, {});
    return best_;
  }

 private:
  struct Score {
    std::size_t served = 0, kept = 0;
    friend auto operator<=>(const Score&, const Score&) = default;
  };

  void place(std::size_t at, Score score) {
    const std::size_t left = wishes_.size() - at;
    if (Score{score.served + left, score.kept + left} <= best_score_)
      return;
    if (left == 0) {
      best_ = present_;
      best_score_ = score;
      return;
    }
    for (std::size_t crtc = 0; crtc < used_.size(); ++crtc) {
      if (used_[crtc] || (wishes_[at].possible >> crtc & 1) == 0)
        continue;
      used_[crtc] = true;
      present_[at] = crtc;
      place(at + 1, {score.served + 1, score.kept + (wishes_[at].current == crtc ? 1 : 0)});
      present_[at].reset();
      used_[crtc] = false;
    }
    place(at + 1, score);
  }

  std::span<const CrtcWish> wishes_;
  std::vector<bool> used_;
  std::vector<std::optional<std::size_t>> present_, best_;
  Score best_score_;
};

Result<std::vector<PlaneCandidate>> read_planes(const DrmApi& drm) {
  const auto ids = drm.planes();
  if (!ids)
    return ids.error();
  std::vector<PlaneCandidate> planes;
  for (const auto id : *ids) {
    auto data = drm.plane(id);
    if (!data)
      return data.error();
    const auto properties = drm.properties(id, DRM_MODE_OBJECT_PLANE);
    if (!properties)
      return properties.error();
    auto typed = plane_properties(*properties);
    if (!typed)
      return typed.error();
    planes.push_back({std::move(*data), std::move(*typed)});
  }
  return planes;
}

Result<std::vector<FormatModifier>> formats_of(const DrmApi& drm, const PlaneCandidate& plane) {
  if (plane.properties.in_formats_blob == 0)
    return formats_without_modifiers(plane.data.formats);
  const auto blob = drm.blob(plane.properties.in_formats_blob);
  if (!blob)
    return blob.error();
  return parse_in_formats(*blob);
}

// The plane of that type that suits the CRTC best: the one that is on it, else the one with the fewest other places to
// go to.
PlaneCandidate* best_plane(std::vector<PlaneCandidate>& planes, PlaneType type, std::size_t crtc_index,
                           std::uint32_t crtc) {
  PlaneCandidate* best = nullptr;
  const auto rank = [&](const PlaneCandidate& plane) {
    return plane.properties.crtc_at_start == crtc ? 0 : std::popcount(plane.data.possible_crtcs);
  };
  for (auto& plane : planes)
    if (!plane.taken && plane.properties.type == type && (plane.data.possible_crtcs >> crtc_index & 1) != 0 &&
        (best == nullptr || rank(plane) < rank(*best)))
      best = &plane;
  return best;
}

Result<void> give_plane(const DrmApi& drm, KmsOutput& output, PlaneCandidate& plane, bool usable) {
  plane.taken = true;
  output.planes.push_back({.id = plane.data.id, .properties = plane.properties});
  if (!usable)
    return {};
  auto formats = formats_of(drm, plane);
  if (!formats)
    return Error{fmt::format("plane {}: {}", plane.data.id, formats.error().what), formats.error().code};
  output.info.in_fences = output.info.in_fences || plane.properties.in_fence_fd != 0;
  PlaneInfo info{
      .id = static_cast<PlaneId>(plane.data.id), .type = plane.properties.type, .formats = std::move(*formats)};
  info.alpha = plane.properties.alpha != 0;
  info.depths = plane.properties.depths;
  if (plane.properties.rotation != 0)
    for (std::size_t i = 0; i < plane.properties.rotations.size(); ++i)
      if (plane.properties.rotations[i] != 0)
        info.transforms = static_cast<std::uint8_t>(info.transforms | 1U << i);
  for (const auto matrix : {YuvMatrix::Bt601, YuvMatrix::Bt709, YuvMatrix::Bt2020})
    for (const auto range : {YuvRange::Limited, YuvRange::Full})
      if (plane.properties.matrices[static_cast<std::size_t>(matrix)] &&
          plane.properties.ranges[static_cast<std::size_t>(range)])
        info.yuv.push_back({matrix, range});
  output.info.planes.push_back(std::move(info));
  return {};
}

Size cursor_size(const DrmApi& drm) {
  // 64 is what every driver without the capability takes (kernel documentation of DRM_CAP_CURSOR_WIDTH).
  const auto width = drm.cap(DRM_CAP_CURSOR_WIDTH);
  const auto height = drm.cap(DRM_CAP_CURSOR_HEIGHT);
  return {width ? static_cast<std::int32_t>(*width) : 64, height ? static_cast<std::int32_t>(*height) : 64};
}

Result<void> give_planes(const DrmApi& drm, std::vector<KmsOutput>& outputs, std::span<const std::uint32_t> crtcs,
                         std::span<const KmsOutput> known) {
  auto planes = read_planes(drm);
  if (!planes)
    return planes.error();
  for (auto& candidate : *planes)
    for (const auto& output : known)
      for (const auto& plane : output.planes)
        candidate.taken = candidate.taken || plane.id == candidate.data.id;
  const auto index_of = [&](std::uint32_t crtc) {
    return static_cast<std::size_t>(std::find(crtcs.begin(), crtcs.end(), crtc) - crtcs.begin());
  };
  for (auto& output : outputs) {
    output.info.background = output.crtc_properties.background != 0;
    auto* primary = best_plane(*planes, PlaneType::Primary, index_of(output.crtc), output.crtc);
    if (primary == nullptr)
      return Error{fmt::format("{} has no primary plane", output.info.name), ENOENT};
    if (auto given = give_plane(drm, output, *primary, true); !given)
      return given;
  }
  for (auto& output : outputs)
    if (auto* cursor = best_plane(*planes, PlaneType::Cursor, index_of(output.crtc), output.crtc); cursor != nullptr) {
      output.info.cursor_size = cursor_size(drm);
      if (auto given = give_plane(drm, output, *cursor, true); !given)
        return given;
    }
  // What is on a CRTC of ours stays with it, so that it gets switched off there. The other overlays are shared out.
  for (auto& plane : *planes) {
    if (plane.taken)
      continue;
    KmsOutput* taker = nullptr;
    for (auto& output : outputs)
      if (plane.properties.crtc_at_start == output.crtc)
        taker = &output;
    const bool overlay = plane.properties.type == PlaneType::Overlay;
    if (taker == nullptr && overlay)
      for (auto& output : outputs)
        if ((plane.data.possible_crtcs >> index_of(output.crtc) & 1) != 0 &&
            (taker == nullptr || output.planes.size() < taker->planes.size()))
          taker = &output;
    if (taker == nullptr)
      continue;
    if (auto given = give_plane(drm, *taker, plane, overlay); !given)
      return given;
  }
  // By kind, then bottom to top, where the driver tells. Overlays may lie below the primary plane (PlaneStack).
  for (auto& output : outputs) {
    const auto height = [](const PlaneInfo& info) {
      return std::pair(info.type, info.depths ? info.depths->at_start : 0);
    };
    static_assert(PlaneType::Primary < PlaneType::Overlay && PlaneType::Overlay < PlaneType::Cursor);
    std::stable_sort(output.info.planes.begin(), output.info.planes.end(),
                     [&](const PlaneInfo& a, const PlaneInfo& b) { return height(a) < height(b); });
  }
  return {};
}

/// The refusal, when the requested mode is none of any output.
Result<std::optional<Error>> set_modes(std::vector<KmsOutput>& outputs, const std::optional<ModeRequest>& requested) {
  std::optional<Error> refusal;
  bool granted = false;
  for (auto& output : outputs) {
    auto mode = choose_mode(output.info.name, output.info.modes, requested);
    if (mode)
      granted = true;
    else if (!refusal)
      refusal = mode.error();
    if (!mode)
      mode = choose_mode(output.info.name, output.info.modes, std::nullopt);
    if (!mode)
      return mode.error();
    output.info.mode = *mode;
  }
  return granted ? std::nullopt : refusal;
}

bool same_display(const KmsOutput& a, const KmsOutput& b) {
  return a.connector == b.connector && a.info.make == b.info.make && a.info.model == b.info.model &&
         a.info.serial == b.info.serial && a.modes.size() == b.modes.size() &&
         std::memcmp(a.modes.data(), b.modes.data(), a.modes.size() * sizeof(drmModeModeInfo)) == 0;
}

Result<std::optional<KmsOutput>> read_output(const DrmApi& drm, std::uint32_t id, CrtcWish& wish,
                                             std::span<const std::uint32_t> crtcs) {
  auto connector = drm.connector(id);
  if (!connector)
    return connector.error();
  if (!connector->connected || connector->modes.empty())
    return std::optional<KmsOutput>();
  const auto properties = drm.properties(id, DRM_MODE_OBJECT_CONNECTOR);
  if (!properties)
    return properties.error();
  const auto typed = connector_properties(*properties);
  if (!typed)
    return Error{fmt::format("{}: {}", connector->name, typed.error().what), typed.error().code};
  if (typed->non_desktop)
    return std::optional<KmsOutput>();
  KmsOutput output;
  output.connector = id;
  output.connector_properties = *typed;
  output.info.name = connector->name;
  output.info.physical_mm = connector->physical_mm;
  output.info.modes = describe_modes(connector->modes);
  output.modes = std::move(connector->modes);
  output.info.content_types = typed->content_type != 0;
  if (typed->vrr_capable)
    output.info.variable.emplace();
  if (typed->edid_blob != 0)
    if (const auto edid = drm.blob(typed->edid_blob)) {
      auto identity = parse_edid(*edid);
      output.info.make = std::move(identity.make);
      output.info.model = std::move(identity.model);
      output.info.serial = std::move(identity.serial);
      if (const auto least = least_refresh_hz(*edid); least && output.info.variable)
        output.info.variable->longest = Nanoseconds(std::chrono::seconds(1)) / *least;
    }
  wish.possible = connector->possible_crtcs;
  if (const auto at = std::find(crtcs.begin(), crtcs.end(), typed->crtc_at_start); at != crtcs.end())
    wish.current = static_cast<std::size_t>(at - crtcs.begin());
  return std::optional(std::move(output));
}

} // namespace

std::vector<std::optional<std::size_t>> choose_crtcs(std::span<const CrtcWish> wishes, std::size_t crtc_count) {
  return CrtcSearch(wishes, crtc_count).run();
}

Result<KmsLook> look_at_connectors(const DrmApi& drm, IdSource<OutputId>& ids, const KmsLookWishes& wishes) {
  const auto resources = drm.resources();
  if (!resources)
    return resources.error();
  KmsLook look;
  std::vector<KmsOutput> connected;
  std::vector<CrtcWish> wanted;
  std::uint32_t used = 0;
  for (const auto id : resources->connectors) {
    const auto known = std::find_if(wishes.known.begin(), wishes.known.end(),
                                    [id](const KmsOutput& output) { return output.connector == id; });
    const bool changed = !wishes.only || *wishes.only == id;
    if (!changed && known == wishes.known.end())
      continue;
    CrtcWish wish;
    auto output = changed ? read_output(drm, id, wish, resources->crtcs) : std::optional(*known);
    // A connector of a hub may go between the list and the question.
    if (!output && output.error().code == ENOENT)
      continue;
    if (!output)
      return output.error();
    if (!*output)
      continue;
    if (known != wishes.known.end() && same_display(*known, **output)) {
      if ((*output)->connector_properties.link_bad)
        look.bad_links.push_back(known->info.id);
      look.outputs.push_back(*known);
      const auto at = std::find(resources->crtcs.begin(), resources->crtcs.end(), known->crtc);
      used |= 1U << (at - resources->crtcs.begin());
      continue;
    }
    connected.push_back(std::move(**output));
    wanted.push_back(wish);
  }
  if (!wishes.take_new || connected.empty()) {
    look.waiting = !connected.empty();
    return look;
  }
  for (auto& wish : wanted)
    wish.possible &= ~used;
  const auto chosen = choose_crtcs(wanted, resources->crtcs.size());
  std::vector<KmsOutput> outputs;
  for (std::size_t i = 0; i < connected.size(); ++i) {
    if (!chosen[i])
      continue;
    auto& output = connected[i];
    output.crtc = resources->crtcs[*chosen[i]];
    const auto properties = drm.properties(output.crtc, DRM_MODE_OBJECT_CRTC);
    if (!properties)
      return properties.error();
    auto typed = crtc_properties(*properties);
    if (!typed)
      return typed.error();
    output.crtc_properties = std::move(*typed);
    if (output.crtc_properties.vrr_enabled == 0)
      output.info.variable.reset();
    outputs.push_back(std::move(output));
  }
  if (auto given = give_planes(drm, outputs, resources->crtcs, look.outputs); !given)
    return given.error();
  if (auto set = set_modes(outputs, wishes.mode); !set)
    return set.error();
  for (auto& output : outputs) {
    output.info.id = ids.next();
    look.outputs.push_back(std::move(output));
  }
  return look;
}

Result<std::vector<KmsOutput>> discover_outputs(const DrmApi& drm, IdSource<OutputId>& ids,
                                                const std::optional<ModeRequest>& requested) {
  auto look = look_at_connectors(drm, ids, {.mode = requested});
  if (!look)
    return look.error();
  const auto refusal = set_modes(look->outputs, requested);
  if (!refusal)
    return refusal.error();
  if (*refusal)
    return **refusal;
  return std::move(look->outputs);
}

} // namespace fenceline
