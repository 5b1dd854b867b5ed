#pragma once
#include <wayland-server-protocol.h>

#include <map>
#include <optional>
#include <vector>

#include "compositor/base/clock.h"
#include "compositor/wl/display.h"
#include "protocols/compositor_global.h"
#include "protocols/sent_input.h"

namespace fenceline {

class SeatTouch;

/// wl_touch.
class TouchResource final : public wl::Resource<TouchResource> {
 public:
  TouchResource(wl_client* client, std::uint32_t version, wl::NewId id, SeatTouch& touch);
  ~TouchResource() override;
  static const wl_interface& interface() { return wl_touch_interface; }
  static const void* implementation();

 private:
  friend class SeatTouch;
  SeatTouch& touch_;
  std::uint32_t owner_;
  std::uint64_t number_; ///< It hears of the contacts that came after it.
  bool frame_open_ = false;
};

/// The touch part of a wl_seat: tells each contact to the client whose surface it came down on, until it goes up.
class SeatTouch {
 public:
  struct Contact {
    std::int32_t id = 0;
    SurfaceId surface{};
    std::uint32_t owner = 0; ///< Client number.
    std::uint32_t serial = 0;
    std::uint64_t number = 0;
  };

  SeatTouch(wl::Display& display, CompositorGlobal& compositor, SentInput& sent)
      : display_(display), compositor_(compositor), sent_(sent) {}
  SeatTouch(const SeatTouch&) = delete;
  SeatTouch& operator=(const SeatTouch&) = delete;

  /// Whether the seat can touch now. A wl_touch from before it could not hears nothing any more.
  void available(bool now);
  /// The serial of the event; none when the surface's client is gone.
  std::optional<std::uint32_t> down(TimePoint time, SurfaceId surface, std::int32_t id, double x, double y);
  void motion(TimePoint time, std::int32_t id, double x, double y);
  /// Its client hears of it also when the surface has gone meanwhile: the id is free again.
  void up(TimePoint time, std::int32_t id);
  void frame();
  void cancel();
  /// The contact on one of the client's surfaces whose down had this serial.
  [[nodiscard]] std::optional<Contact> contact_of(wl_client* client, std::uint32_t serial) const;

 private:
  friend class TouchResource;
  template <class Send>
  void to_touches(const Contact& contact, TimePoint time, Send&& send);

  wl::Display& display_;
  CompositorGlobal& compositor_;
  SentInput& sent_;
  std::vector<TouchResource*> touches_;
  std::map<std::int32_t, Contact> contacts_;
  std::uint64_t last_number_ = 0;
  bool available_ = false;
};

} // namespace fenceline
