#include "tests/fuzz/seats.h"

#include <algorithm>
#include <array>
#include <span>

namespace fenceline::fuzz {

namespace {

constexpr std::array<const char*, 3> kDevices = {"get_pointer", "get_keyboard", "get_touch"};
constexpr std::size_t kCursorsAtMost = 4;
constexpr std::array<const char*, 4> kTypes = {"text/plain", "text/plain;charset=utf-8", "UTF8_STRING", "image/png"};

} // namespace

void Seats::take_devices() {
  for (std::uint32_t which = 0; which < kDevices.size(); ++which)
    if ((maker_.world().seat_capabilities & (1u << which)) != 0)
      maker_.request(maker_.global("wl_seat"), kDevices[which]);
  (void)data_device();
}

void Seats::make_device() {
  auto& prng = maker_.prng();
  const auto which = prng.below(3);
  // Asking for a device that the seat never had is an error.
  const bool there = (maker_.world().seat_capabilities & (1u << which)) != 0;
  if (there || prng.chance(maker_.manners().odd_in_10k, 2000))
    maker_.request(maker_.global("wl_seat"), kDevices[which]);
  else if (prng.chance(1, 4))
    if (const auto* seat = maker_.world().global("wl_seat"))
      (void)maker_.bind(*seat, 1 + prng.below(seat->version));
}

std::uint32_t Seats::cursor() {
  auto& prng = maker_.prng();
  std::erase_if(cursors_, [this](const Cursor& cursor) {
    const auto* object = maker_.objects().find(cursor.surface);
    return object == nullptr || !object->alive || object->birth != cursor.birth;
  });
  if (!cursors_.empty() && (cursors_.size() >= kCursorsAtMost || prng.chance(2, 3)))
    return prng.pick(cursors_).surface;
  const auto surface = maker_.request(maker_.global("wl_compositor"), "create_surface");
  if (surface != 0)
    cursors_.push_back({surface, maker_.objects().find(surface)->birth});
  return surface;
}

std::uint32_t Seats::paint_cursor(std::uint32_t surface) {
  auto& prng = maker_.prng();
  std::uint32_t feedback = 0;
  if (prng.chance(1, 8)) { // A cursor that is hidden by having no picture.
    maker_.request(surface, "attach", {Value::of(0u), Value::of(0), Value::of(0)});
  } else {
    const auto buffer = prng.chance(1, 6) ? buffers_.dmabuf(false) : buffers_.any();
    maker_.request(surface, "attach", {Value::of(buffer.id), Value::of(0), Value::of(0)});
    maker_.request(surface, "damage_buffer");
    // The newer way of moving the hotspot.
    if (prng.chance(1, 6))
      maker_.request(surface, "offset", {Value::of(prng.between(-20, 20)), Value::of(prng.between(-20, 20))});
    feedback = maker_.request(maker_.global("wp_presentation"), "feedback", {Value::of(surface)});
    if (feedback != 0)
      evidence_.expect(feedback, accepted::set_cursor);
  }
  maker_.request(surface, "commit");
  return feedback;
}

void Seats::set_cursor() {
  auto& prng = maker_.prng();
  const auto pointer = maker_.living("wl_pointer");
  if (pointer == 0)
    return;
  const auto surface = prng.chance(1, 8) ? 0 : cursor();
  // A picture may come before the role, or after.
  const bool before = prng.chance(1, 2);
  std::uint32_t feedback = 0;
  if (surface != 0 && before)
    feedback = paint_cursor(surface);
  const auto serial =
      prng.chance(9, 10) ? maker_.values().serial_of(pointer, "enter") : maker_.values().known_serial(prng);
  maker_.request(pointer, "set_cursor",
                 {serial, Value::of(surface), Value::of(prng.between(-5, 70)), Value::of(prng.between(-5, 70))});
  if (surface != 0 && !before)
    feedback = paint_cursor(surface);
  // Most clients go on at once; some look how it turns out, where it may be seen.
  if (prng.chance(1, 2) && pointer_here_)
    awaited_ = feedback;
  if (prng.chance(1, 12))
    maker_.request(pointer, "release");
}

void Seats::change_cursor() {
  auto& prng = maker_.prng();
  const auto surface = cursor();
  if (surface == 0)
    return;
  if (prng.chance(1, 4)) // Perhaps while it is shown.
    maker_.request(surface, "destroy");
  else
    paint_cursor(surface);
}

std::uint32_t Seats::data_device() {
  const auto device = maker_.living("wl_data_device");
  const auto manager = maker_.global("wl_data_device_manager");
  const auto seat = maker_.global("wl_seat");
  if ((device != 0 && !maker_.prng().chance(1, 10)) || manager == 0 || seat == 0)
    return device;
  return maker_.request(manager, "get_data_device", {Value::of(seat)});
}

void Seats::make_source() {
  auto& prng = maker_.prng();
  const auto device = data_device();
  if (device == 0)
    return;
  const auto source = maker_.request(maker_.global("wl_data_device_manager"), "create_data_source");
  const auto types = prng.below(5);
  for (std::uint32_t i = 0; i < types; ++i)
    if (prng.chance(3, 4))
      maker_.request(source, "offer", {Value::string(prng.pick(kTypes))});
    else
      maker_.request(source, "offer");
  const auto serial = maker_.values().known_serial(prng);
  if (prng.chance(1, 4)) {
    maker_.request(source, "set_actions", {Value::of(prng.below(8))});
    const auto icon = prng.chance(1, 2) ? maker_.request(maker_.global("wl_compositor"), "create_surface") : 0;
    maker_.request(device, "start_drag",
                   {Value::of(source), Value::of(windows_.any_surface()), Value::of(icon), serial});
  } else {
    maker_.request(device, "set_selection", {Value::of(prng.chance(1, 6) ? 0 : source), serial});
  }
  // A selection whose source goes at once, later, or with its client.
  if (prng.chance(1, 5))
    maker_.request(source, "destroy");
  else if (prng.chance(1, 5))
    maker_.request(maker_.living("wl_data_source"), "destroy");
  if (prng.chance(1, 20))
    maker_.request(device, "release");
}

void Seats::offer_answer(std::uint32_t offer) {
  auto& prng = maker_.prng();
  const auto draw = prng.below(100);
  if (draw < 60) {
    const auto fd = prng.chance(1, 2) ? FdSpec{.kind = FdKind::PipeWrite} : maker_.values().any_fd(prng);
    maker_.request(offer, "receive", {Value::string(prng.pick(kTypes)), Value::of(fd)});
  } else if (draw < 80) {
    maker_.request(offer, "destroy");
  } else if (draw < 94) {
    maker_.request(offer, "accept");
  } else {
    maker_.random_request(offer); // Most of the others are for drags, and an error here.
  }
}

void Seats::step() {
  auto& prng = maker_.prng();
  if (const auto offer = maker_.living("wl_data_offer"); offer != 0 && prng.chance(1, 3)) {
    offer_answer(offer);
    return;
  }
  switch (prng.below(8)) {
  case 0:
    make_device();
    break;
  case 1:
  case 2:
  case 3:
    set_cursor();
    break;
  case 4:
    change_cursor();
    break;
  default:
    make_source();
    break;
  }
}

} // namespace fenceline::fuzz
