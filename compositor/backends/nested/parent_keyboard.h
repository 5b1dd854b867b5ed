#pragma once
#include <cstdint>
#include <vector>

#include "compositor/backends/nested/parent_ptr.h"
#include "compositor/input/seat.h"

namespace fenceline {

/// The parent's keyboard while our window has it. Keys come as evdev codes, and the seat's own keymap says what they
/// mean, as on any other display: the layout is the session's setting, not the parent's.
class ParentKeyboard {
 public:
  ParentKeyboard(wl_seat* parent, Seat& seat, const Clock& clock);
  ParentKeyboard(const ParentKeyboard&) = delete;
  ParentKeyboard& operator=(const ParentKeyboard&) = delete;
  ~ParentKeyboard();

 private:
  void keymap(std::uint32_t format, std::int32_t fd, std::uint32_t size);
  void leave(std::uint32_t serial, wl_surface* surface);
  void key(std::uint32_t serial, std::uint32_t time, std::uint32_t key, std::uint32_t state);

  Seat& seat_;
  const Clock& clock_;
  ParentPtr<wl_keyboard> keyboard_;
  std::vector<std::uint32_t> pressed_;
};

} // namespace fenceline
