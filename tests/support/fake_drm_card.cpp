#include "tests/support/fake_drm.h"

#include <drm_fourcc.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

namespace fenceline::test {
namespace {

constexpr std::int64_t blank_ns = 16'000'000;
constexpr std::chrono::microseconds async_flip{100}; ///< From the commit to the event.

bool signalled(int fence) {
  pollfd ready{.fd = fence, .events = POLLIN, .revents = 0};
  return ::poll(&ready, 1, 0) == 1 && (ready.revents & POLLIN) != 0;
}

} // namespace

FakeCard::FakeCard(VirtualLoop& loop) : loop_(loop), event_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

FakeCard::~FakeCard() = default;

std::uint32_t FakeCard::add_object(std::uint32_t type) {
  const std::uint32_t id = ++last_id_;
  objects_[id].type = type;
  return id;
}

std::optional<std::uint32_t> FakeCard::find_property(std::uint32_t object, std::string_view name) const {
  if (const auto found = objects_.find(object); found != objects_.end())
    for (const auto id : found->second.properties)
      if (properties_.at(id).name == name)
        return id;
  return std::nullopt;
}

// Properties of one name are one, unless they differ, as with drivers.
std::uint32_t FakeCard::property_id(Property property) {
  for (const auto& [id, known] : properties_)
    if (known.name == property.name && known.flags == property.flags && known.least == property.least &&
        known.most == property.most)
      return id;
  properties_[++last_id_] = std::move(property);
  return last_id_;
}

void FakeCard::attach(std::uint32_t object, Property property, std::uint64_t value) {
  const auto id = property_id(std::move(property));
  objects_[object].properties.push_back(id);
  values_[{object, id}] = value;
}

void FakeCard::attach(std::uint32_t object, const std::string& name, std::uint64_t value, std::uint32_t flags,
                      std::vector<DrmEnumValue> enums) {
  attach(object, {.name = name, .flags = flags, .enums = std::move(enums)}, value);
}

std::uint32_t FakeCard::add_crtc(bool gamma, bool background, bool vrr) {
  const auto id = add_object(DRM_MODE_OBJECT_CRTC);
  crtcs_.push_back(id);
  attach(id, "ACTIVE", 0);
  attach(id, "MODE_ID", 0, DRM_MODE_PROP_BLOB);
  attach(id, "OUT_FENCE_PTR", 0, DRM_MODE_PROP_RANGE);
  if (gamma)
    attach(id, "GAMMA_LUT", 0, DRM_MODE_PROP_BLOB);
  if (vrr)
    attach(id, "VRR_ENABLED", 1, DRM_MODE_PROP_RANGE);
  if (background)
    attach(
        id,
        {.name = "BACKGROUND_COLOR", .flags = DRM_MODE_PROP_RANGE, .enums = {}, .least = 0, .most = ~std::uint64_t{0}},
        fake_background);
  return id;
}

std::uint32_t FakeCard::add_connector(ConnectorSpec spec) {
  const auto id = add_object(DRM_MODE_OBJECT_CONNECTOR);
  connectors_.push_back(id);
  attach(id, "CRTC_ID", 0, DRM_MODE_PROP_OBJECT);
  attach(id, "non-desktop", spec.non_desktop ? 1 : 0, DRM_MODE_PROP_IMMUTABLE);
  if (spec.link_status)
    attach(id, "link-status", 0, DRM_MODE_PROP_ENUM, {{"Good", 0}, {"Bad", 1}});
  // As drm_connector.c numbers them; somebody has left it at Graphics.
  if (spec.content_type)
    attach(id, "content type", 1, DRM_MODE_PROP_ENUM,
           {{"No Data", 0}, {"Graphics", 1}, {"Photo", 2}, {"Cinema", 3}, {"Game", 4}});
  attach(id, "vrr_capable", spec.vrr_capable ? 1 : 0, DRM_MODE_PROP_RANGE | DRM_MODE_PROP_IMMUTABLE);
  if (!spec.edid.empty())
    attach(id, "EDID", foreign_blob(spec.edid), DRM_MODE_PROP_BLOB | DRM_MODE_PROP_IMMUTABLE);
  connector_specs_[id] = std::move(spec);
  return id;
}

std::uint32_t FakeCard::add_plane(const PlaneSpec& spec) {
  const auto id = add_object(DRM_MODE_OBJECT_PLANE);
  planes_.push_back(id);
  const std::uint64_t type = spec.type == PlaneType::Primary  ? DRM_PLANE_TYPE_PRIMARY
                             : spec.type == PlaneType::Cursor ? DRM_PLANE_TYPE_CURSOR
                                                              : DRM_PLANE_TYPE_OVERLAY;
  attach(id, "type", type, DRM_MODE_PROP_IMMUTABLE);
  for (const char* name :
       {"FB_ID", "CRTC_ID", "CRTC_X", "CRTC_Y", "CRTC_W", "CRTC_H", "SRC_X", "SRC_Y", "SRC_W", "SRC_H"})
    attach(id, name, 0);
  if (spec.fences)
    attach(id, "IN_FENCE_FD", static_cast<std::uint64_t>(-1));
  if (spec.in_formats)
    attach(id, "IN_FORMATS", foreign_blob(in_formats_blob(spec.formats)), DRM_MODE_PROP_BLOB | DRM_MODE_PROP_IMMUTABLE);
  if (spec.depths && spec.depths->movable())
    attach(id,
           {.name = "zpos",
            .flags = DRM_MODE_PROP_RANGE,
            .enums = {},
            .least = spec.depths->lowest,
            .most = spec.depths->highest},
           spec.depths->at_start);
  else if (spec.depths)
    attach(id, "zpos", spec.depths->at_start, DRM_MODE_PROP_RANGE | DRM_MODE_PROP_IMMUTABLE);
  if (spec.extras) {
    attach(id, "rotation", 4, DRM_MODE_PROP_BITMASK,
           {{"rotate-0", 0}, {"rotate-90", 1}, {"rotate-180", 2}, {"reflect-x", 4}, {"reflect-y", 5}});
    attach(id, "alpha", 0x1234, DRM_MODE_PROP_RANGE);
    attach(id, "COLOR_ENCODING", 0, DRM_MODE_PROP_ENUM, {{"ITU-R BT.601 YCbCr", 0}, {"ITU-R BT.709 YCbCr", 1}});
    attach(id, "COLOR_RANGE", 1, DRM_MODE_PROP_ENUM, {{"YCbCr limited range", 0}, {"YCbCr full range", 1}});
    attach(id, "pixel blend mode", 2, DRM_MODE_PROP_ENUM, {{"None", 2}, {"Pre-multiplied", 0}, {"Coverage", 1}});
  }
  plane_specs_[id] = spec;
  return id;
}

std::uint32_t FakeCard::foreign_framebuffer(Size size, FormatModifier format) {
  framebuffers_[++last_id_] = {size, format};
  return last_id_;
}

std::uint32_t FakeCard::foreign_blob(std::vector<std::byte> content) {
  blobs_[++last_id_] = std::move(content);
  return last_id_;
}

void FakeCard::set(std::uint32_t object, std::string_view property, std::uint64_t value) {
  values_.at({object, find_property(object, property).value()}) = value;
}

std::uint64_t FakeCard::value_in(const Values& values, std::uint32_t object, std::string_view property) const {
  return values.at({object, find_property(object, property).value()});
}

std::uint64_t FakeCard::value(std::uint32_t object, std::string_view property) const {
  return value_in(values_, object, property);
}

std::optional<std::vector<std::byte>> FakeCard::blob(std::uint64_t id) const {
  const auto found = blobs_.find(id);
  return found != blobs_.end() ? std::optional(found->second) : std::nullopt;
}

std::size_t FakeCard::held_fence_count() const {
  std::size_t count = 0;
  for (const auto& pending : pending_)
    count += pending->fences.size();
  return count;
}

int FakeCard::check_plane(const Values& next, std::uint32_t plane) const {
  const auto get = [&](std::string_view name) { return value_in(next, plane, name); };
  const auto& spec = plane_specs_.at(plane);
  const auto framebuffer = static_cast<std::uint32_t>(get("FB_ID"));
  const auto crtc = static_cast<std::uint32_t>(get("CRTC_ID"));
  if ((framebuffer == 0) != (crtc == 0))
    return EINVAL;
  if (framebuffer == 0)
    return 0;
  const auto found = framebuffers_.find(framebuffer);
  if (found == framebuffers_.end())
    return EINVAL;
  const auto at = static_cast<std::size_t>(std::find(crtcs_.begin(), crtcs_.end(), crtc) - crtcs_.begin());
  if (at == crtcs_.size() || (spec.possible_crtcs >> at & 1) == 0)
    return EINVAL;
  if (std::find(spec.formats.begin(), spec.formats.end(), found->second.format) == spec.formats.end())
    return EINVAL;
  const auto width = static_cast<std::uint64_t>(found->second.size.width) << 16;
  const auto height = static_cast<std::uint64_t>(found->second.size.height) << 16;
  if (get("SRC_X") + get("SRC_W") > width || get("SRC_Y") + get("SRC_H") > height)
    return ENOSPC;
  if (!scales && (get("SRC_W") != get("CRTC_W") << 16 || get("SRC_H") != get("CRTC_H") << 16))
    return ERANGE;
  return 0;
}

int FakeCard::check_crtc(const Values& next, std::uint32_t crtc) const {
  const bool enabled = value_in(next, crtc, "MODE_ID") != 0;
  const bool driven = std::any_of(connectors_.begin(), connectors_.end(), [&](std::uint32_t connector) {
    return value_in(next, connector, "CRTC_ID") == crtc;
  });
  if (enabled != driven || (value_in(next, crtc, "ACTIVE") != 0 && !enabled))
    return EINVAL;
  return enabled && !blobs_.contains(value_in(next, crtc, "MODE_ID")) ? EINVAL : 0;
}

// As drm_atomic_set_property has it: of the primary plane the framebuffer, its fence and its damage may change. All
// else may be named, but not changed; an out-fence, which reads as 0, is a change.
bool FakeCard::may_be_async(const AtomicRequest& request) const {
  return async_flips &&
         std::all_of(request.items.begin(), request.items.end(), [this](const AtomicRequest::Item& item) {
           const auto spec = plane_specs_.find(item.object);
           const std::string& name = properties_.at(item.property).name;
           const bool free = spec != plane_specs_.end() && spec->second.type == PlaneType::Primary &&
                             (name == "FB_ID" || name == "IN_FENCE_FD" || name == "FB_DAMAGE_CLIPS");
           return free || values_.at({item.object, item.property}) == item.value;
         });
}

int FakeCard::check(const AtomicRequest& request, std::uint32_t flags, Values& next, std::vector<std::uint32_t>& crtcs,
                    std::vector<UniqueFd>& fences) {
  if (!master)
    return EACCES;
  if (!atomic_enabled_)
    return EINVAL;
  if ((flags & DRM_MODE_ATOMIC_TEST_ONLY) != 0 && (flags & DRM_MODE_PAGE_FLIP_EVENT) != 0)
    return EINVAL;
  std::set<std::uint32_t> touched;
  const auto touch = [&](std::uint64_t crtc) {
    if (crtc != 0)
      touched.insert(static_cast<std::uint32_t>(crtc));
  };
  bool modeset = false;
  for (const auto& item : request.items) {
    const auto object = objects_.find(item.object);
    if (object == objects_.end() || !values_.contains({item.object, item.property}))
      return ENOENT;
    const auto& property = properties_.at(item.property);
    if ((property.flags & DRM_MODE_PROP_IMMUTABLE) != 0)
      return EINVAL;
    auto& slot = next[{item.object, item.property}];
    if (live_switch_error != 0 && (flags & DRM_MODE_ATOMIC_ALLOW_MODESET) == 0 && slot != item.value &&
        (property.name == "content type" || property.name == "VRR_ENABLED"))
      return live_switch_error;
    if (object->second.type != DRM_MODE_OBJECT_PLANE && slot != item.value &&
        (property.name == "CRTC_ID" || property.name == "MODE_ID" || property.name == "ACTIVE"))
      modeset = true;
    if ((property.flags & DRM_MODE_PROP_BLOB) != 0 && item.value != 0 && !blobs_.contains(item.value))
      return EINVAL;
    if (property.name == "IN_FENCE_FD") {
      UniqueFd held(::fcntl(static_cast<int>(item.value), F_DUPFD_CLOEXEC, 0));
      if (!held.valid())
        return EINVAL;
      fences.push_back(std::move(held));
      continue;
    }
    if (property.name == "OUT_FENCE_PTR") {
      touch(item.object);
      continue; // It reads as 0.
    }
    if (property.name == "CRTC_ID") {
      touch(slot);
      touch(item.value);
    } else if (object->second.type == DRM_MODE_OBJECT_CRTC) {
      touch(item.object);
    } else if (object->second.type == DRM_MODE_OBJECT_PLANE) {
      touch(value_in(next, item.object, "CRTC_ID"));
    }
    slot = item.value;
  }
  if (modeset && (flags & DRM_MODE_ATOMIC_ALLOW_MODESET) == 0)
    return EINVAL;
  if ((flags & DRM_MODE_PAGE_FLIP_ASYNC) != 0 && !may_be_async(request))
    return EINVAL;
  for (const auto plane : planes_)
    if (const int error = check_plane(next, plane); error != 0)
      return error;
  for (const auto crtc : touched) {
    if (const int error = check_crtc(next, crtc); error != 0)
      return error;
    // An event can be had from a CRTC that is on, or that goes off with this.
    if ((flags & DRM_MODE_PAGE_FLIP_EVENT) != 0 && value_in(next, crtc, "ACTIVE") == 0 && value(crtc, "ACTIVE") == 0)
      return EINVAL;
  }
  crtcs.assign(touched.begin(), touched.end());
  return 0;
}

int FakeCard::run_commit(const AtomicRequest& request, std::uint32_t flags, std::uint64_t cookie) {
  // As libdrm does: the kernel is not asked, and tells of no flip.
  if (request.items.empty())
    return 0;
  Asked record;
  record.flags = flags;
  for (const auto& item : request.items)
    if (const auto property = properties_.find(item.property); property != properties_.end())
      record.set[item.object][property->second.name] = item.value;
  auto pending = std::make_unique<Pending>();
  // What is under way counts as done already: the kernel checks against the newest state.
  pending->values = values_;
  for (const auto& earlier : pending_)
    for (const auto& [key, changed] : earlier->values)
      if (values_.at(key) != changed)
        pending->values[key] = changed;
  int error = check(request, flags, pending->values, pending->crtcs, pending->fences);
  const bool real = (flags & DRM_MODE_ATOMIC_TEST_ONLY) == 0;
  if (error == 0 && real)
    error = std::exchange(next_commit_error, 0);
  if (error == 0)
    error = fails(real ? "commit" : "test");
  if (error == 0 && real && !pending_.empty()) {
    const bool overlaps = std::any_of(pending_.begin(), pending_.end(), [&](const auto& other) {
      return std::any_of(other->crtcs.begin(), other->crtcs.end(), [&](std::uint32_t crtc) {
        return std::find(pending->crtcs.begin(), pending->crtcs.end(), crtc) != pending->crtcs.end();
      });
    });
    if (overlaps && (flags & DRM_MODE_ATOMIC_NONBLOCK) != 0)
      error = EBUSY;
    else if (overlaps) {
      ++commits_that_hang;
      error = EINTR;
    }
  }
  record.error = error;
  asked.push_back(std::move(record));
  if (error != 0 || !real)
    return error;
  for (const auto& item : request.items)
    if (properties_.at(item.property).name == "OUT_FENCE_PTR" && item.value != 0) {
      pending->out_fence.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
      *reinterpret_cast<std::int32_t*>(static_cast<std::uintptr_t>(item.value)) =
          ::fcntl(pending->out_fence.get(), F_DUPFD_CLOEXEC, 0);
    }
  pending->cookie = cookie;
  pending->event = (flags & DRM_MODE_PAGE_FLIP_EVENT) != 0;
  pending->late = late_blanks;
  pending->async = (flags & DRM_MODE_PAGE_FLIP_ASYNC) != 0;
  if ((flags & DRM_MODE_ATOMIC_NONBLOCK) == 0) {
    values_ = pending->values;
    drop_unused();
    return 0;
  }
  pending_.push_back(std::move(pending));
  arm(*pending_.back());
  return 0;
}

void FakeCard::arm(Pending& pending) {
  if (!pending.timer)
    pending.timer = *loop_.make_timer([this, raw = &pending] { blank(raw); });
  pending.timer->arm(pending.async ? loop_.now() + async_flip : TimePoint{(loop_.now().ns / blank_ns + 1) * blank_ns});
}

void FakeCard::blank(Pending* pending) {
  const bool ready = std::all_of(pending->fences.begin(), pending->fences.end(),
                                 [](const UniqueFd& fence) { return signalled(fence.get()); });
  if (!ready || pending->late-- > 0) {
    arm(*pending);
    return;
  }
  const auto found = std::find_if(pending_.begin(), pending_.end(), [&](const auto& p) { return p.get() == pending; });
  const auto done = std::move(*found);
  pending_.erase(found);
  // Only what this commit changes: another CRTC's may have gone by since.
  const Values before = values_;
  for (const auto& [key, value] : done->values) {
    const auto of_crtc = [&](std::uint64_t crtc) {
      return std::find(done->crtcs.begin(), done->crtcs.end(), crtc) != done->crtcs.end();
    };
    const auto& object = objects_.at(key.first);
    const auto bound =
        object.type == DRM_MODE_OBJECT_CRTC ? std::uint64_t{key.first} : value_in(done->values, key.first, "CRTC_ID");
    const auto was = object.type == DRM_MODE_OBJECT_CRTC ? bound : value_in(before, key.first, "CRTC_ID");
    if (of_crtc(bound) || of_crtc(was))
      values_[key] = value;
  }
  drop_unused();
  if (const std::uint64_t one = 1;
      done->out_fence.valid() && ::write(done->out_fence.get(), &one, sizeof one) != sizeof one)
    throw std::runtime_error("eventfd");
  if (done->event && !flips_lost)
    for (const auto crtc : done->crtcs)
      events_.push_back({.crtc = crtc,
                         .sequence = static_cast<std::uint32_t>(loop_.now().ns / blank_ns) + sequence_offset,
                         .cookie = done->cookie,
                         .time_ns = zero_timestamps ? 0
                                    : done->async   ? loop_.now().ns / blank_ns * blank_ns
                                                    : loop_.now().ns});
  wake_reader();
}

void FakeCard::wake_reader() {
  const std::uint64_t one = 1;
  if (!events_.empty() && ::write(event_fd_.get(), &one, sizeof one) != sizeof one)
    throw std::runtime_error("eventfd");
}

// Framebuffers that were closed go when no plane shows them any more.
void FakeCard::drop_unused() {
  std::erase_if(framebuffers_, [&](const auto& entry) {
    const auto holds = [&](const Values& values) {
      return std::any_of(planes_.begin(), planes_.end(),
                         [&](std::uint32_t plane) { return value_in(values, plane, "FB_ID") == entry.first; });
    };
    return entry.second.closed && !holds(values_) &&
           std::none_of(pending_.begin(), pending_.end(), [&](const auto& p) { return holds(p->values); });
  });
}

} // namespace fenceline::test
