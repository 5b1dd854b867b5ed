#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "demos/client/connection.h"

namespace fenceline::demos {

/// The seat's pointer: where it is, and when it got there.
class PointerEvents {
 public:
  /// Events that belong together (wl_pointer.frame).
  struct Group {
    int x = 0, y = 0;                 // the pixel that the pointer is on, in the surface's coordinates
    std::optional<std::int64_t> time; // ns, on the compositor's clock of input; none: it has only entered
    bool exact = false;               // to the microsecond (relative-pointer), else to the millisecond
  };

  /// `now`: ns on the clock that input is stamped with. `done` is called for each group with a place in it.
  PointerEvents(Connection& connection, std::function<std::int64_t()> now, std::function<void(const Group&)> done);
  PointerEvents(const PointerEvents&) = delete;
  PointerEvents& operator=(const PointerEvents&) = delete;
  ~PointerEvents();

 private:
  void on_capabilities(std::uint32_t capabilities);
  void on_place(wl_fixed_t x, wl_fixed_t y);
  void on_frame();

  Proxy<wl_seat> seat_;
  Proxy<wl_pointer> pointer_;
  Proxy<zwp_relative_pointer_manager_v1> relative_pointers_; // null: times are in ms
  Proxy<zwp_relative_pointer_v1> relative_;
  std::function<std::int64_t()> now_;
  std::function<void(const Group&)> done_;
  Group group_;
  bool placed_ = false; // in this group
};

} // namespace fenceline::demos
