#include "tests/integration/seat_client.h"

#include <fmt/format.h>

#include <algorithm>

namespace fenceline::test {

namespace {

const char* axis_name(std::uint32_t axis) {
  return axis == WL_POINTER_AXIS_VERTICAL_SCROLL ? "v" : axis == WL_POINTER_AXIS_HORIZONTAL_SCROLL ? "h" : "?";
}

PointerObject& pointer_of(void* data) {
  return *static_cast<PointerObject*>(data);
}

constexpr wl_pointer_listener pointer_listener = {
    .enter =
        [](void* data, wl_pointer*, std::uint32_t serial, wl_surface* surface, wl_fixed_t x, wl_fixed_t y) {
          PointerObject& p = pointer_of(data);
          p.enter_serial = serial;
          p.add(fmt::format("enter {} {},{}", p.name(surface), wl_fixed_to_double(x), wl_fixed_to_double(y)));
        },
    .leave =
        [](void* data, wl_pointer*, std::uint32_t serial, wl_surface* surface) {
          PointerObject& p = pointer_of(data);
          p.leave_serial = serial;
          p.add("leave " + p.name(surface));
        },
    .motion =
        [](void* data, wl_pointer*, std::uint32_t time, wl_fixed_t x, wl_fixed_t y) {
          PointerObject& p = pointer_of(data);
          p.time = time;
          p.add(fmt::format("motion {},{}", wl_fixed_to_double(x), wl_fixed_to_double(y)));
        },
    .button =
        [](void* data, wl_pointer*, std::uint32_t serial, std::uint32_t time, std::uint32_t button,
           std::uint32_t state) {
          PointerObject& p = pointer_of(data);
          p.button_serial = serial;
          p.time = time;
          p.add(fmt::format("{} {:#x}", state == WL_POINTER_BUTTON_STATE_PRESSED ? "press" : "release", button));
        },
    .axis =
        [](void* data, wl_pointer*, std::uint32_t time, std::uint32_t axis, wl_fixed_t value) {
          PointerObject& p = pointer_of(data);
          p.time = time;
          p.add(fmt::format("axis {} {}", axis_name(axis), wl_fixed_to_double(value)));
        },
    .frame = [](void* data, wl_pointer*) { pointer_of(data).add("frame"); },
    .axis_source = [](void* data, wl_pointer*,
                      std::uint32_t source) { pointer_of(data).add(fmt::format("source {}", source)); },
    .axis_stop =
        [](void* data, wl_pointer*, std::uint32_t time, std::uint32_t axis) {
          pointer_of(data).time = time;
          pointer_of(data).add(fmt::format("stop {}", axis_name(axis)));
        },
    .axis_discrete =
        [](void* data, wl_pointer*, std::uint32_t axis, std::int32_t steps) {
          pointer_of(data).add(fmt::format("discrete {} {}", axis_name(axis), steps));
        },
    .axis_value120 =
        [](void* data, wl_pointer*, std::uint32_t axis, std::int32_t steps) {
          pointer_of(data).add(fmt::format("value120 {} {}", axis_name(axis), steps));
        },
    .axis_relative_direction =
        [](void* data, wl_pointer*, std::uint32_t axis, std::uint32_t direction) {
          pointer_of(data).add(fmt::format("direction {} {}", axis_name(axis), direction));
        },
};

KeyboardObject& keyboard_of(void* data) {
  return *static_cast<KeyboardObject*>(data);
}

constexpr wl_keyboard_listener keyboard_listener = {
    .keymap =
        [](void* data, wl_keyboard*, std::uint32_t format, std::int32_t fd, std::uint32_t size) {
          KeyboardObject& k = keyboard_of(data);
          k.keymap = UniqueFd(fd);
          k.keymap_size = size;
          k.add(fmt::format("keymap {}", format));
        },
    .enter =
        [](void* data, wl_keyboard*, std::uint32_t serial, wl_surface* surface, wl_array* keys) {
          KeyboardObject& k = keyboard_of(data);
          k.enter_serial = serial;
          const auto* first = static_cast<const std::uint32_t*>(keys->data);
          std::vector<std::uint32_t> held(first, first + keys->size / sizeof(std::uint32_t));
          k.add(fmt::format("enter {} [{}]", k.name(surface), fmt::join(held, " ")));
        },
    .leave =
        [](void* data, wl_keyboard*, std::uint32_t serial, wl_surface* surface) {
          KeyboardObject& k = keyboard_of(data);
          k.leave_serial = serial;
          k.add("leave " + k.name(surface));
        },
    .key =
        [](void* data, wl_keyboard*, std::uint32_t serial, std::uint32_t time, std::uint32_t key, std::uint32_t state) {
          KeyboardObject& k = keyboard_of(data);
          k.key_serial = serial;
          k.time = time;
          k.add(fmt::format("{}{}", state == WL_KEYBOARD_KEY_STATE_PRESSED ? "+" : "-", key));
        },
    .modifiers =
        [](void* data, wl_keyboard*, std::uint32_t serial, std::uint32_t depressed, std::uint32_t latched,
           std::uint32_t locked, std::uint32_t group) {
          KeyboardObject& k = keyboard_of(data);
          k.modifiers_serial = serial;
          k.add(fmt::format("mods {},{},{},{}", depressed, latched, locked, group));
        },
    .repeat_info = [](void* data, wl_keyboard*, std::int32_t rate,
                      std::int32_t delay) { keyboard_of(data).add(fmt::format("repeat {}/{}", rate, delay)); },
};

TouchObject& touch_of(void* data) {
  return *static_cast<TouchObject*>(data);
}

constexpr wl_touch_listener touch_listener = {
    .down =
        [](void* data, wl_touch*, std::uint32_t serial, std::uint32_t time, wl_surface* surface, std::int32_t id,
           wl_fixed_t x, wl_fixed_t y) {
          TouchObject& t = touch_of(data);
          t.down_serial = serial;
          t.time = time;
          t.add(fmt::format("down {} {} {},{}", id, t.name(surface), wl_fixed_to_double(x), wl_fixed_to_double(y)));
        },
    .up =
        [](void* data, wl_touch*, std::uint32_t serial, std::uint32_t time, std::int32_t id) {
          TouchObject& t = touch_of(data);
          t.up_serial = serial;
          t.time = time;
          t.add(fmt::format("up {}", id));
        },
    .motion =
        [](void* data, wl_touch*, std::uint32_t time, std::int32_t id, wl_fixed_t x, wl_fixed_t y) {
          TouchObject& t = touch_of(data);
          t.time = time;
          t.add(fmt::format("motion {} {},{}", id, wl_fixed_to_double(x), wl_fixed_to_double(y)));
        },
    .frame = [](void* data, wl_touch*) { touch_of(data).add("frame"); },
    .cancel = [](void* data, wl_touch*) { touch_of(data).add("cancel"); },
    .shape = [](void* data, wl_touch*, std::int32_t, wl_fixed_t, wl_fixed_t) { touch_of(data).add("shape"); },
    .orientation = [](void* data, wl_touch*, std::int32_t, wl_fixed_t) { touch_of(data).add("orientation"); },
};

constexpr wl_seat_listener seat_listener = {
    .capabilities = [](void* data, wl_seat*,
                       std::uint32_t bits) { static_cast<SeatObject*>(data)->add(fmt::format("caps {}", bits)); },
    .name = [](void* data, wl_seat*,
               const char* name) { static_cast<SeatObject*>(data)->add(fmt::format("name {}", name)); },
};

constexpr wl_data_source_listener source_listener = {
    .target =
        [](void* data, wl_data_source*, const char* type) {
          static_cast<SourceObject*>(data)->add(fmt::format("target {}", type ? type : "none"));
        },
    .send =
        [](void* data, wl_data_source*, const char* type, std::int32_t fd) {
          auto* source = static_cast<SourceObject*>(data);
          source->sent = UniqueFd(fd);
          source->add(fmt::format("send {}", type));
        },
    .cancelled = [](void* data, wl_data_source*) { static_cast<SourceObject*>(data)->add("cancelled"); },
    .dnd_drop_performed = [](void* data, wl_data_source*) { static_cast<SourceObject*>(data)->add("drop performed"); },
    .dnd_finished = [](void* data, wl_data_source*) { static_cast<SourceObject*>(data)->add("finished"); },
    .action = [](void* data, wl_data_source*,
                 std::uint32_t action) { static_cast<SourceObject*>(data)->add(fmt::format("action {}", action)); },
};

constexpr wl_data_offer_listener offer_listener = {
    .offer = [](void* data, wl_data_offer*,
                const char* type) { static_cast<OfferObject*>(data)->types.emplace_back(type); },
    .source_actions =
        [](void* data, wl_data_offer*, std::uint32_t actions) {
          static_cast<OfferObject*>(data)->add(fmt::format("source actions {}", actions));
        },
    .action = [](void* data, wl_data_offer*,
                 std::uint32_t action) { static_cast<OfferObject*>(data)->add(fmt::format("action {}", action)); },
};

constexpr wl_data_device_listener device_listener = {
    .data_offer =
        [](void* data, wl_data_device*, wl_data_offer* proxy) {
          auto* device = static_cast<DeviceObject*>(data);
          device->owner().own(proxy);
          OfferObject& offer = *device->offers.emplace_back(std::make_unique<OfferObject>(device->owner()));
          offer.proxy = proxy;
          wl_data_offer_add_listener(proxy, &offer_listener, &offer);
          device->add("offer");
        },
    .enter =
        [](void* data, wl_data_device*, std::uint32_t serial, wl_surface* surface, wl_fixed_t x, wl_fixed_t y,
           wl_data_offer* proxy) {
          auto* device = static_cast<DeviceObject*>(data);
          const auto it = std::find_if(device->offers.begin(), device->offers.end(),
                                       [proxy](const auto& offer) { return offer->proxy == proxy; });
          device->dragged = it == device->offers.end() ? nullptr : it->get();
          device->enter_serial = serial;
          device->add(fmt::format("enter {} {},{} [{}]", device->name(surface), wl_fixed_to_double(x),
                                  wl_fixed_to_double(y),
                                  device->dragged ? fmt::format("{}", fmt::join(device->dragged->types, " ")) : "-"));
        },
    .leave = [](void* data, wl_data_device*) { static_cast<DeviceObject*>(data)->add("leave"); },
    .motion =
        [](void* data, wl_data_device*, std::uint32_t, wl_fixed_t x, wl_fixed_t y) {
          static_cast<DeviceObject*>(data)->add(
              fmt::format("motion {},{}", wl_fixed_to_double(x), wl_fixed_to_double(y)));
        },
    .drop = [](void* data, wl_data_device*) { static_cast<DeviceObject*>(data)->add("drop"); },
    .selection =
        [](void* data, wl_data_device*, wl_data_offer* proxy) {
          auto* device = static_cast<DeviceObject*>(data);
          const auto it = std::find_if(device->offers.begin(), device->offers.end(),
                                       [proxy](const auto& offer) { return offer->proxy == proxy; });
          device->selection = it == device->offers.end() ? nullptr : it->get();
          device->add(device->selection ? fmt::format("selection [{}]", fmt::join(device->selection->types, " "))
                                        : "no selection");
        },
};

} // namespace

void Heard::add(const std::string& event) {
  text_ += event + "; ";
  owner_.journal += event + "; ";
}

std::string Heard::name(wl_surface* surface) const {
  const auto it = owner_.names_.find(surface);
  return it == owner_.names_.end() ? "gone" : it->second;
}

SeatObject& SeatClient::bind_seat(std::uint32_t version) {
  SeatObject& object = *seats_.emplace_back(std::make_unique<SeatObject>(*this));
  object.proxy = bind<wl_seat>(wl_seat_interface, version);
  wl_seat_add_listener(object.proxy, &seat_listener, &object);
  return object;
}

PointerObject& SeatClient::pointer(std::uint32_t version) {
  PointerObject& object = *pointers_.emplace_back(std::make_unique<PointerObject>(*this));
  object.proxy = own(wl_seat_get_pointer(version == 0 ? seat : bind<wl_seat>(wl_seat_interface, version)));
  wl_pointer_add_listener(object.proxy, &pointer_listener, &object);
  return object;
}

KeyboardObject& SeatClient::keyboard(std::uint32_t version) {
  KeyboardObject& object = *keyboards_.emplace_back(std::make_unique<KeyboardObject>(*this));
  object.proxy = own(wl_seat_get_keyboard(version == 0 ? seat : bind<wl_seat>(wl_seat_interface, version)));
  wl_keyboard_add_listener(object.proxy, &keyboard_listener, &object);
  return object;
}

TouchObject& SeatClient::touch(std::uint32_t version) {
  TouchObject& object = *touches_.emplace_back(std::make_unique<TouchObject>(*this));
  object.proxy = own(wl_seat_get_touch(version == 0 ? seat : bind<wl_seat>(wl_seat_interface, version)));
  wl_touch_add_listener(object.proxy, &touch_listener, &object);
  return object;
}

wl_data_device_manager* SeatClient::manager(std::uint32_t version) {
  return version == 0 ? data_devices : bind<wl_data_device_manager>(wl_data_device_manager_interface, version);
}

DeviceObject& SeatClient::device(std::uint32_t version) {
  DeviceObject& object = *devices_.emplace_back(std::make_unique<DeviceObject>(*this));
  object.proxy = own(wl_data_device_manager_get_data_device(manager(version), seat));
  wl_data_device_add_listener(object.proxy, &device_listener, &object);
  return object;
}

SourceObject& SeatClient::source(const std::vector<std::string>& types, std::uint32_t version) {
  SourceObject& object = *sources_.emplace_back(std::make_unique<SourceObject>(*this));
  object.proxy = own(wl_data_device_manager_create_data_source(manager(version)));
  wl_data_source_add_listener(object.proxy, &source_listener, &object);
  for (const std::string& type : types)
    wl_data_source_offer(object.proxy, type.c_str());
  return object;
}

ShownWindow& SeatClient::window(const std::string& text, Size size) {
  ShownWindow& w = *windows_.emplace_back(std::make_unique<ShownWindow>());
  w.surface = surface();
  name(w.surface, text);
  w.xdg = own(xdg_wm_base_get_xdg_surface(wm_base, w.surface));
  static constexpr xdg_surface_listener listener{.configure = [](void* data, xdg_surface* xdg, std::uint32_t serial) {
    static_cast<ShownWindow*>(data)->serial = serial;
    xdg_surface_ack_configure(xdg, serial);
  }};
  xdg_surface_add_listener(w.xdg, &listener, &w);
  w.toplevel = own(xdg_surface_get_toplevel(w.xdg));
  wl_surface_commit(w.surface);
  pump();
  show(w.surface, shm_buffer(size.width, size.height));
  pump();
  return w;
}

void SeatClient::destroy(ShownWindow& w) {
  drop(std::exchange(w.toplevel, nullptr), xdg_toplevel_destroy);
  drop(std::exchange(w.xdg, nullptr), xdg_surface_destroy);
  destroy(std::exchange(w.surface, nullptr));
}

} // namespace fenceline::test
