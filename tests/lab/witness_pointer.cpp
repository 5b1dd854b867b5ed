#include "tests/lab/witness_pointer.h"

#include <fcntl.h>
#include <linux/uinput.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

namespace fenceline::lab {

AbsolutePointer::AbsolutePointer(Size screen, bool keys) : device_(::open("/dev/uinput", O_WRONLY | O_CLOEXEC)) {
  const auto set = [this](unsigned long request, const auto value) {
    if (::ioctl(device_.get(), request, value) != 0)
      throw std::runtime_error(std::string("no input device: ") + std::strerror(errno));
  };
  set(UI_SET_EVBIT, EV_KEY);
  set(UI_SET_KEYBIT, BTN_LEFT); // With a mouse's button and absolute axes udev takes it for a mouse.
  for (unsigned key = KEY_ESC; keys && key < KEY_STOP; ++key)
    set(UI_SET_KEYBIT, key);
  set(UI_SET_EVBIT, EV_ABS);
  for (const bool vertical : {false, true}) {
    uinput_abs_setup axis{};
    axis.code = vertical ? ABS_Y : ABS_X;
    axis.absinfo.maximum = (vertical ? screen.height : screen.width) - 1;
    set(UI_ABS_SETUP, &axis);
  }
  uinput_setup setup{};
  setup.id = {.bustype = BUS_VIRTUAL, .vendor = 0xf3, .product = 2, .version = 1};
  std::strcpy(setup.name, "witness pointer");
  set(UI_DEV_SETUP, &setup);
  set(UI_DEV_CREATE, 0);
  if (std::system("udevadm settle --timeout=30") != 0)
    throw std::runtime_error("udev does not settle");
}

void AbsolutePointer::move_to(Point place) const {
  event(EV_ABS, ABS_X, place.x);
  event(EV_ABS, ABS_Y, place.y);
  event(EV_SYN, SYN_REPORT, 0);
}

void AbsolutePointer::press(unsigned code, bool down) const {
  event(EV_KEY, code, down ? 1 : 0);
  event(EV_SYN, SYN_REPORT, 0);
}

void AbsolutePointer::event(unsigned type, unsigned code, int value) const {
  input_event event{};
  event.type = static_cast<__u16>(type);
  event.code = static_cast<__u16>(code);
  event.value = value;
  if (::write(device_.get(), &event, sizeof event) != sizeof event)
    throw std::runtime_error(std::string("the input device takes nothing: ") + std::strerror(errno));
}

} // namespace fenceline::lab
