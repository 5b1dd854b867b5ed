#include "tests/fuzz/seats.h"

#include <array>
#include <span>

namespace fenceline::fuzz {

void Seats::make_device() {
  auto& prng = maker_.prng();
  constexpr std::array<const char*, 3> kRequests = {"get_pointer", "get_keyboard", "get_touch"};
  const auto which = prng.below(3);
  // Asking for a device that the seat never had is an error.
  const bool there = (maker_.world().seat_capabilities & (1u << which)) != 0;
  if (there || prng.chance(maker_.manners().odd_in_10k, 2000))
    maker_.request(maker_.global("wl_seat"), kRequests[which]);
  else if (prng.chance(1, 4))
    if (const auto* seat = maker_.world().global("wl_seat"))
      (void)maker_.bind(*seat, 1 + prng.below(seat->version));
}

void Seats::set_cursor() {
  auto& prng = maker_.prng();
  const auto pointer = maker_.living("wl_pointer");
  if (pointer == 0)
    return;
  const auto surface = prng.chance(1, 4) ? 0 : maker_.request(maker_.global("wl_compositor"), "create_surface");
  maker_.request(
      pointer, "set_cursor",
      {Value::serial(pointer), Value::of(surface), Value::of(prng.between(0, 20)), Value::of(prng.between(0, 20))});
  if (surface != 0) {
    maker_.request(surface, "commit");
    if (prng.chance(1, 2))
      maker_.request(surface, "destroy");
  }
  if (prng.chance(1, 6))
    maker_.request(pointer, "release");
}

void Seats::make_source() {
  auto& prng = maker_.prng();
  const auto manager = maker_.global("wl_data_device_manager");
  const auto seat = maker_.global("wl_seat");
  if (manager == 0 || seat == 0)
    return;
  auto device = maker_.living("wl_data_device");
  if (device == 0 || prng.chance(1, 10))
    device = maker_.request(manager, "get_data_device", {Value::of(seat)});
  const auto source = maker_.request(manager, "create_data_source");
  const auto types = prng.below(5);
  for (std::uint32_t i = 0; i < types; ++i)
    maker_.request(source, "offer");
  const auto serial = Value::serial(maker_.values().serial_source(prng));
  if (prng.chance(1, 3)) {
    maker_.request(source, "set_actions", {Value::of(prng.below(8))});
    const auto icon = prng.chance(1, 2) ? maker_.request(maker_.global("wl_compositor"), "create_surface") : 0;
    maker_.request(device, "start_drag",
                   {Value::of(source), Value::of(windows_.any_surface()), Value::of(icon), serial});
  } else {
    maker_.request(device, "set_selection", {Value::of(prng.chance(1, 6) ? 0 : source), serial});
  }
  if (prng.chance(1, 3))
    maker_.request(source, "destroy");
  if (prng.chance(1, 10))
    maker_.request(device, "release");
}

void Seats::offer_answer(std::uint32_t offer) {
  auto& prng = maker_.prng();
  switch (prng.below(4)) {
  case 0:
    maker_.request(offer, "receive", {Value::string("text/plain"), Value::of(maker_.values().any_fd(prng))});
    break;
  case 1:
    maker_.request(offer, "destroy");
    break;
  default:
    maker_.random_request(offer);
    break;
  }
}

void Seats::step() {
  auto& prng = maker_.prng();
  const auto offers = maker_.objects().server_objects();
  if (!offers.empty() && prng.chance(1, 3)) {
    offer_answer(prng.pick(offers));
    return;
  }
  switch (prng.below(4)) {
  case 0:
    make_device();
    break;
  case 1:
    set_cursor();
    break;
  default:
    make_source();
    break;
  }
}

} // namespace fenceline::fuzz
