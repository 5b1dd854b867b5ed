#pragma once
#include <cstdint>
#include <map>

#include "compositor/input/pointer_constraint.h"
#include "compositor/input/seat_sink.h"

namespace fenceline {

/// The fingers on the seat's touch screens. Each is the surface's that it came down on until it goes up, wherever it
/// moves (wl_touch).
class TouchContacts {
 public:
  explicit TouchContacts(SeatPolicy& policy) : policy_(policy) {}

  /// `id`: unique among the contacts that are down now. Global coordinates, px.
  void down(SeatSink* sink, TimePoint time, std::int32_t id, double x, double y);
  void motion(SeatSink* sink, TimePoint time, std::int32_t id, double x, double y);
  void up(SeatSink* sink, TimePoint time, std::int32_t id);
  /// All that the screen has told belongs together up to here.
  void frame(SeatSink* sink);
  /// The contact's moves go to the grab, and its up ends it; to its client it stands still. False: it is not down.
  [[nodiscard]] bool start_grab(std::int32_t id, PointerGrab& grab);
  /// Where it is; 0,0 when it is not down.
  [[nodiscard]] SurfacePosition position(std::int32_t id) const;
  /// Ends it, if it has a contact.
  void end_grab(const PointerGrab& grab);
  /// They are nobody's from here on: whoever has some is told that they mean nothing.
  void cancel(SeatSink* sink);
  /// Its contacts do not move any more; its client hears of their going up, and gets no more.
  void surface_gone(SurfaceId surface);
  [[nodiscard]] bool any() const { return !contacts_.empty(); }

 private:
  struct Contact {
    SurfaceId surface{}; ///< 0: it came down on nothing, or that has gone.
    double x = 0, y = 0; ///< Global.
    bool told = false;   ///< Its down was: its up is too, whatever becomes of the surface.
    PointerGrab* grab = nullptr;
  };
  SeatPolicy& policy_;
  std::map<std::int32_t, Contact> contacts_;
  bool frame_open_ = false;
};

} // namespace fenceline
