#include "tests/fuzz/surface_extras.h"

#include <array>
#include <span>

namespace fenceline::fuzz {

std::uint32_t SurfaceExtras::object_of(std::uint32_t surface, std::string_view manager, std::string_view request) {
  const auto factory = maker_.global(manager);
  if (factory == 0)
    return 0;
  const auto* owner = maker_.objects().find(surface);
  auto& object = made_[{owner->birth, std::string(request)}];
  // A second object for one surface is an error: made only now and then.
  if (!maker_.objects().alive(object) || maker_.prng().chance(maker_.manners().odd_in_10k, 10'000))
    object = maker_.request(factory, request, {Value::of(surface)});
  return object == factory ? 0 : object;
}

void SurfaceExtras::viewport(std::uint32_t surface) {
  auto& prng = maker_.prng();
  const auto viewport = object_of(surface, "wp_viewporter", "get_viewport");
  if (prng.chance(1, 8)) {
    maker_.request(viewport, "destroy");
    return;
  }
  if (prng.chance(1, 4))
    maker_.request(viewport, "set_source", {Value::fixed(-1), Value::fixed(-1), Value::fixed(-1), Value::fixed(-1)});
  else if (prng.chance(1, 2)) // inside of the smallest buffer there is
    maker_.request(viewport, "set_source",
                   {Value::fixed(0), Value::fixed(0), Value::fixed(prng.between(1, 4)), Value::fixed(1)});
  if (prng.chance(1, 4))
    maker_.request(viewport, "set_destination", {Value::of(-1), Value::of(-1)});
  else
    maker_.request(viewport, "set_destination", {Value::of(prng.between(1, 600)), Value::of(prng.between(1, 600))});
  if (prng.chance(3, 4))
    maker_.request(surface, "commit");
}

void SurfaceExtras::feedback(std::uint32_t surface) {
  maker_.request(maker_.global("wp_presentation"), "feedback", {Value::of(surface)});
  maker_.request(surface, "commit");
}

void SurfaceExtras::explicit_sync(std::uint32_t surface) {
  sync_.step(surface);
  if (maker_.objects().alive_as(surface, maker_.interface("wl_surface")) && sync_.covers(surface))
    windows_.paint(surface);
}

void SurfaceExtras::single_object(std::uint32_t surface) {
  auto& prng = maker_.prng();
  struct Kind {
    const char* manager;
    const char* request;
  };
  constexpr std::array<Kind, 9> kKinds = {{{"wp_fractional_scale_manager_v1", "get_fractional_scale"},
                                           {"wp_tearing_control_manager_v1", "get_tearing_control"},
                                           {"wp_content_type_manager_v1", "get_surface_content_type"},
                                           {"wp_alpha_modifier_v1", "get_surface"},
                                           {"wp_fifo_manager_v1", "get_fifo"},
                                           {"wp_commit_timing_manager_v1", "get_timer"},
                                           {"wp_color_manager_v1", "get_surface"},
                                           {"wp_color_manager_v1", "get_surface_feedback"},
                                           {"zwp_idle_inhibit_manager_v1", "create_inhibitor"}}};
  const auto& kind = prng.pick(kKinds);
  if (const auto object = object_of(surface, kind.manager, kind.request); object != 0) {
    maker_.random_request(object);
    if (prng.chance(1, 2))
      maker_.request(surface, "commit");
  }
}

void SurfaceExtras::step() {
  const auto surface = windows_.any_surface();
  if (surface == 0)
    return;
  switch (maker_.prng().below(6)) {
  case 0:
  case 1:
    viewport(surface);
    break;
  case 2:
    feedback(surface);
    break;
  case 3:
    explicit_sync(surface);
    break;
  default:
    single_object(surface);
    break;
  }
}

} // namespace fenceline::fuzz
