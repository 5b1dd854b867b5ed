#include "tests/fuzz/explicit_sync.h"

#include <algorithm>

namespace fenceline::fuzz {

namespace {

constexpr const char* kManager = "wp_linux_drm_syncobj_manager_v1";
constexpr std::size_t kTimelinesAtMost = 4;

} // namespace

std::uint32_t ExplicitSync::object_of(std::uint32_t surface) const {
  const auto* owner = maker_.objects().find(surface);
  if (owner == nullptr || !owner->alive)
    return 0;
  const auto found = objects_.find(owner->birth);
  const auto* interface = maker_.interface("wp_linux_drm_syncobj_surface_v1");
  return found != objects_.end() && maker_.objects().alive_as(found->second, interface) ? found->second : 0;
}

bool ExplicitSync::covers(std::uint32_t surface) const {
  return object_of(surface) != 0;
}

ExplicitSync::Timeline* ExplicitSync::timeline() {
  auto& prng = maker_.prng();
  const auto* interface = maker_.interface("wp_linux_drm_syncobj_timeline_v1");
  std::erase_if(timelines_, [&](const Timeline& t) { return !maker_.objects().alive_as(t.id, interface); });
  if (timelines_.empty() || (timelines_.size() < kTimelinesAtMost && prng.chance(1, 10))) {
    FdSpec spec{.kind = FdKind::SyncTimeline, .size = 4096, .key = maker_.new_file_key()};
    if (prng.chance(1, 60))
      spec.kind = maker_.values().any_fd(prng).kind;
    const auto id = maker_.request(maker_.global(kManager), "import_timeline", {Value::of(spec)});
    if (id == 0)
      return nullptr;
    timelines_.push_back({.id = id, .key = spec.key});
  }
  return &timelines_[prng.below(static_cast<std::uint32_t>(timelines_.size()))];
}

void ExplicitSync::set_point(std::uint32_t object, const char* request, const Timeline& timeline) {
  maker_.request(object, request,
                 {Value::of(timeline.id), Value::of(static_cast<std::uint32_t>(timeline.point >> 32)),
                  Value::of(static_cast<std::uint32_t>(timeline.point))});
}

void ExplicitSync::attach(std::uint32_t surface, bool fills_output) {
  auto& prng = maker_.prng();
  const auto object = object_of(surface);
  const auto buffer = buffers_.dmabuf(fills_output);
  if (buffer.id == 0) {
    maker_.request(surface, "attach", {Value::of(0u), Value::of(0), Value::of(0)});
    return;
  }
  auto* acquire = timeline();
  if (acquire == nullptr)
    return;
  maker_.request(surface, "attach", {Value::of(buffer.id), Value::of(0), Value::of(0)});
  acquire->point += prng.chance(1, 100) ? std::uint64_t{1} << 32 : 1;
  const Point awaited{acquire->key, acquire->point};
  set_point(object, "set_acquire_point", *acquire);
  auto* release = prng.chance(1, 4) ? timeline() : acquire;
  if (release != nullptr) {
    ++release->point;
    set_point(object, "set_release_point", *release);
  }
  const auto draw = prng.below(100);
  if (draw < 60)
    maker_.add({.verb = Verb::Signal, .key = awaited.key, .size = awaited.point});
  else if (draw < 96)
    later_.push_back(awaited);
  // Else it never comes, and what is committed to this surface waits for good.
  if (prng.chance(1, 2))
    if (const auto feedback = maker_.request(maker_.global("wp_presentation"), "feedback", {Value::of(surface)});
        feedback != 0)
      evidence_.expect(feedback, accepted::acquire_point);
}

void ExplicitSync::signal_some() {
  auto& prng = maker_.prng();
  while (!later_.empty() && prng.chance(1, 3)) {
    const auto at = static_cast<std::ptrdiff_t>(prng.below(static_cast<std::uint32_t>(later_.size())));
    maker_.add({.verb = Verb::Signal,
                .key = later_[static_cast<std::size_t>(at)].key,
                .size = later_[static_cast<std::size_t>(at)].point});
    later_.erase(later_.begin() + at);
  }
}

void ExplicitSync::step(std::uint32_t surface) {
  auto& prng = maker_.prng();
  const auto* owner = maker_.objects().find(surface);
  const auto manager = maker_.global(kManager);
  if (manager == 0 || owner == nullptr)
    return;
  const auto object = object_of(surface);
  const auto birth = owner->birth;
  // A second object for one surface is an error: made only now and then.
  if (object == 0 || prng.chance(maker_.manners().odd_in_10k, 10'000)) {
    objects_[birth] = maker_.request(manager, "get_surface", {Value::of(surface)});
    return;
  }
  switch (prng.below(12)) {
  case 0: // Points that were set and not committed go with it, or stay behind.
    maker_.request(object, "destroy");
    break;
  case 1: // Commits that wait for its points go on waiting.
    if (auto* old = timeline())
      maker_.request(old->id, "destroy");
    break;
  case 2: // Points for no buffer, taken back by the object's end before anybody commits them.
    if (auto* any = timeline()) {
      ++any->point;
      set_point(object, prng.chance(1, 2) ? "set_acquire_point" : "set_release_point", *any);
      maker_.request(object, "destroy");
    }
    break;
  case 3: // The surface goes first: what is left of it is inert.
    if (prng.chance(1, 8)) {
      maker_.request(surface, "destroy");
      maker_.request(object, "destroy");
    }
    break;
  default:
    break;
  }
}

} // namespace fenceline::fuzz
