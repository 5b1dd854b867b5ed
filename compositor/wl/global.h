#pragma once
#include <wayland-server-core.h>

#include <cstdint>
#include <functional>

#include "compositor/wl/listener.h"
#include "compositor/wl/resource.h"

namespace fenceline::wl {

class Display;

/// One entry of the registry. Gone when it dies; a client that binds it at that moment gets an error, so globals that
/// come and go are handed to Display::retire.
class Global {
 public:
  /// `version` is what the client has bound, from 1 to the global's.
  using Bind = std::function<void(wl_client* client, std::uint32_t version, NewId id)>;

  /// std::bad_alloc when libwayland can't. `version`: the newest that is offered.
  Global(Display& display, const wl_interface& interface, std::uint32_t version, Bind bind);
  ~Global();
  Global(const Global&) = delete;
  Global& operator=(const Global&) = delete;

  /// Takes it off the registry. Clients that have not heard of it yet may still bind it: `inert` makes resources
  /// without an object.
  void remove(Bind inert);

 private:
  static void bound(wl_client* client, void* data, std::uint32_t version, std::uint32_t id);

  wl_global* global_;
  Bind bind_;
  bool removed_ = false;
  Listener<wl_display> display_gone_;
};

/// The usual bind of a manager: makes a T with `arguments` (kept by reference) after client, version and id.
template <class T, class... Arguments>
[[nodiscard]] Global::Bind binds(Arguments&... arguments) {
  return
      [&arguments...](wl_client* client, std::uint32_t version, NewId id) { new T(client, version, id, arguments...); };
}

} // namespace fenceline::wl
