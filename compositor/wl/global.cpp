#include "compositor/wl/global.h"

#include <new>

#include "compositor/wl/display.h"
#include "compositor/wl/thunk.h"

namespace fenceline::wl {

Global::Global(Display& display, const wl_interface& interface, std::uint32_t version, Bind bind)
    : global_(wl_global_create(display.get(), &interface, static_cast<int>(version), this, bound)),
      bind_(std::move(bind)), display_gone_([this](wl_display*) { global_ = nullptr; }) {
  if (!global_)
    throw std::bad_alloc();
  display_gone_.on_destroy(display.get());
}

Global::~Global() {
  if (global_)
    wl_global_destroy(global_);
}

void Global::remove(Bind inert) {
  bind_ = std::move(inert);
  if (global_ && !removed_)
    wl_global_remove(global_);
  removed_ = true;
}

void Global::bound(wl_client* client, void* data, std::uint32_t version, std::uint32_t id) {
  detail::guarded(client, [&] { static_cast<Global*>(data)->bind_(client, version, NewId{id}); });
}

} // namespace fenceline::wl
