#include "tests/fuzz/input_devices.h"

#include <fcntl.h>
#include <linux/uinput.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace fenceline::fuzz {

namespace {

constexpr std::size_t kMouse = 0;
constexpr std::size_t kKeyboard = 1;
constexpr int kAxisMaximum = 65535;

} // namespace

Result<InputDevices> InputDevices::create() {
  InputDevices devices;
  for (const std::size_t device : {kMouse, kKeyboard})
    if (auto plugged = devices.plug(device); !plugged)
      return plugged.error();
  if (std::system("udevadm settle --timeout=30") != 0)
    return Error{"udev does not settle", 0};
  return devices;
}

Result<void> InputDevices::plug(std::size_t device) {
  UniqueFd fd(open("/dev/uinput", O_WRONLY | O_CLOEXEC));
  if (!fd.valid())
    return Error::from_errno("make an input device with /dev/uinput");
  bool good = true;
  const auto set = [&](unsigned long request, const auto value) {
    good = good && ioctl(fd.get(), request, value) == 0;
  };
  set(UI_SET_EVBIT, EV_KEY);
  if (device == kMouse) { // With buttons and absolute axes udev takes it for a mouse.
    for (const int button : {BTN_LEFT, BTN_RIGHT})
      set(UI_SET_KEYBIT, button);
    set(UI_SET_EVBIT, EV_REL);
    set(UI_SET_RELBIT, REL_WHEEL);
    set(UI_SET_EVBIT, EV_ABS);
    for (const int code : {ABS_X, ABS_Y}) {
      uinput_abs_setup axis{};
      axis.code = static_cast<__u16>(code);
      axis.absinfo.maximum = kAxisMaximum;
      set(UI_ABS_SETUP, &axis);
    }
  } else { // All the letters make it a keyboard.
    for (int key = KEY_ESC; key <= KEY_COMPOSE; ++key)
      set(UI_SET_KEYBIT, key);
  }
  uinput_setup setup{};
  setup.id = {.bustype = BUS_VIRTUAL, .vendor = 0xf3, .product = static_cast<__u16>(3 + device), .version = 1};
  std::strcpy(setup.name, device == kMouse ? "wire-fuzz mouse" : "wire-fuzz keyboard");
  set(UI_DEV_SETUP, &setup);
  set(UI_DEV_CREATE, 0);
  if (!good)
    return Error::from_errno("make an input device with /dev/uinput");
  devices_[device] = std::move(fd);
  return {};
}

void InputDevices::event(std::size_t device, int type, int code, int value) const {
  input_event event{};
  event.type = static_cast<__u16>(type);
  event.code = static_cast<__u16>(code);
  event.value = value;
  // A device whose queue is full loses it, as a real one does.
  if (devices_[device].valid()) [[maybe_unused]]
    const auto written = write(devices_[device].get(), &event, sizeof event);
}

void InputDevices::perform(const InputStep& step) {
  switch (step.kind) {
  case InputKind::Move:
    event(kMouse, EV_ABS, ABS_X, step.a);
    event(kMouse, EV_ABS, ABS_Y, step.b);
    event(kMouse, EV_SYN, SYN_REPORT, 0);
    break;
  case InputKind::Button:
    event(kMouse, EV_KEY, step.a, step.b);
    event(kMouse, EV_SYN, SYN_REPORT, 0);
    break;
  case InputKind::Wheel:
    event(kMouse, EV_REL, REL_WHEEL, step.a);
    event(kMouse, EV_SYN, SYN_REPORT, 0);
    break;
  case InputKind::Key:
    event(kKeyboard, EV_KEY, step.a, step.b);
    event(kKeyboard, EV_SYN, SYN_REPORT, 0);
    break;
  case InputKind::Plug:
    if (step.a != static_cast<std::int32_t>(kMouse) && step.a != static_cast<std::int32_t>(kKeyboard))
      break;
    if (const auto device = static_cast<std::size_t>(step.a); step.b == 0)
      devices_[device].reset();
    else if (!devices_[device].valid())
      (void)plug(device); // It worked before; one device less is no reason to end.
    break;
  case InputKind::kCount:
    break;
  }
}

} // namespace fenceline::fuzz
