// What WLCS, the Wayland conformance suite, loads to have a compositor to test: its C interface over a
// ConformanceSession. Contracts of the functions: /usr/include/wlcs.
#include <wayland-client.h>
#include <wlcs/display_server.h>
#include <wlcs/pointer.h>
#include <wlcs/touch.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "tests/conformance/conformance_session.h"

namespace {

using fenceline::Seat;
using fenceline::TimePoint;
using fenceline::test::ConformanceSession;

/// The suite has no way to be told.
template <class T>
T value_or_end(fenceline::Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "fenceline_wlcs: %s\n", result.error().text().c_str());
    std::abort();
  }
  if constexpr (!std::is_void_v<T>)
    return std::move(*result);
}

struct Mouse final : WlcsPointer {
  explicit Mouse(ConformanceSession& s) : WlcsPointer{}, session(s) {
    version = 1;
    move_absolute = [](WlcsPointer* self, wl_fixed_t x, wl_fixed_t y) {
      of(self).play(
          [x, y](Seat& seat, TimePoint now) { seat.move_to(now, wl_fixed_to_double(x), wl_fixed_to_double(y)); });
    };
    move_relative = [](WlcsPointer* self, wl_fixed_t dx, wl_fixed_t dy) {
      of(self).play(
          [dx, dy](Seat& seat, TimePoint now) { seat.move_by(now, wl_fixed_to_double(dx), wl_fixed_to_double(dy)); });
    };
    button_up = [](WlcsPointer* self, int button) { press(self, button, false); };
    button_down = [](WlcsPointer* self, int button) { press(self, button, true); };
    destroy = [](WlcsPointer* self) {
      of(self).play([](Seat& seat, TimePoint) { seat.pointer_removed(); });
      delete static_cast<Mouse*>(self);
    };
    session.play([](Seat& seat, TimePoint) { seat.pointer_added(); });
  }
  static ConformanceSession& of(WlcsPointer* self) { return static_cast<Mouse*>(self)->session; }
  static void press(WlcsPointer* self, int button, bool pressed) {
    of(self).play([button, pressed](Seat& seat, TimePoint now) {
      seat.button(now, static_cast<std::uint32_t>(button), pressed);
    });
  }
  ConformanceSession& session;
};

/// One finger on a touch screen.
struct Finger final : WlcsTouch {
  Finger(ConformanceSession& s, std::int32_t contact) : WlcsTouch{}, session(s), id(contact) {
    version = 1;
    // The header says wl_fixed_t; what the suite sends are whole pixels.
    touch_down = [](WlcsTouch* self, wl_fixed_t x, wl_fixed_t y) {
      of(self).session.play([x, y, id = of(self).id](Seat& seat, TimePoint now) {
        seat.touch_down(now, id, x, y);
        seat.touch_frame();
      });
    };
    touch_move = [](WlcsTouch* self, wl_fixed_t x, wl_fixed_t y) {
      of(self).session.play([x, y, id = of(self).id](Seat& seat, TimePoint now) {
        seat.touch_motion(now, id, x, y);
        seat.touch_frame();
      });
    };
    touch_up = [](WlcsTouch* self) {
      of(self).session.play([id = of(self).id](Seat& seat, TimePoint now) {
        seat.touch_up(now, id);
        seat.touch_frame();
      });
    };
    destroy = [](WlcsTouch* self) {
      of(self).session.play([](Seat& seat, TimePoint) { seat.touch_removed(); });
      delete &of(self);
    };
    session.play([](Seat& seat, TimePoint) { seat.touch_added(); });
  }
  static Finger& of(WlcsTouch* self) { return *static_cast<Finger*>(self); }
  ConformanceSession& session;
  std::int32_t id;
};

struct DisplayServer final : WlcsDisplayServer {
  DisplayServer() : WlcsDisplayServer{}, session(value_or_end(ConformanceSession::create())) {
    // What this file fills in, whatever the header that it is built with knows of.
    version = 3;
    start = [](WlcsDisplayServer* self) { value_or_end(of(self).start()); };
    stop = [](WlcsDisplayServer* self) { of(self).stop(); };
    create_client_socket = [](WlcsDisplayServer* self) { return of(self).connect(); };
    position_window_absolute = [](WlcsDisplayServer* self, wl_display* client, wl_surface* surface, int x, int y) {
      const std::uint32_t number = wl_proxy_get_id(reinterpret_cast<wl_proxy*>(surface));
      of(self).place(wl_display_get_fd(client), number, {x, y});
    };
    create_pointer = [](WlcsDisplayServer* self) -> WlcsPointer* { return new Mouse(of(self)); };
    create_touch = [](WlcsDisplayServer* self) -> WlcsTouch* {
      return new Finger(of(self), static_cast<DisplayServer*>(self)->fingers++);
    };
    get_descriptor = [](const WlcsDisplayServer* self) -> const WlcsIntegrationDescriptor* {
      return &static_cast<const DisplayServer*>(self)->descriptor;
    };
    for (const auto& [name, newest] : session->globals())
      extensions.push_back({.name = name.c_str(), .version = newest});
    descriptor.version = 1;
    descriptor.num_extensions = extensions.size();
    descriptor.supported_extensions = extensions.data();
  }
  static ConformanceSession& of(WlcsDisplayServer* self) { return *static_cast<DisplayServer*>(self)->session; }

  std::unique_ptr<ConformanceSession> session;
  std::vector<WlcsExtensionDescriptor> extensions;
  WlcsIntegrationDescriptor descriptor{};
  std::int32_t fingers = 0;
};

} // namespace

extern "C" __attribute__((visibility("default"))) const WlcsServerIntegration wlcs_server_integration{
    .version = 1,
    .create_server = [](int, const char**) -> WlcsDisplayServer* { return new DisplayServer; },
    .destroy_server = [](WlcsDisplayServer* server) { delete static_cast<DisplayServer*>(server); },
};
