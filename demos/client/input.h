#pragma once

#include <optional>

#include "demos/client/connection.h"
#include "demos/client/shm_buffer.h"
#include "demos/client/unique_fd.h"
#include "demos/client/window.h"

namespace fenceline::demos {

/// Which picture the pointer has over the window.
enum class CursorChoice {
  standard,   // leave it to the compositor
  own,        // the demos' own (demos/cursor_pattern.h)
  own_dmabuf, // the same, in a dma-buf
  hidden,
};

/// Keyboard and pointer: Escape or Q ends the demo, F turns fullscreen on and off, and the cursor is set on entering.
class Input {
 public:
  /// Works with no seat and with devices that come and go. `verbose` prints each event.
  Input(Connection& connection, Window& window, CursorChoice cursor, bool verbose);
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  ~Input();

 private:
  void draw_cursor(Connection& connection);
  void on_capabilities(std::uint32_t capabilities);
  void add_pointer();
  void add_keyboard();
  void on_enter(std::uint32_t serial);
  void on_key(std::uint32_t key, bool pressed);
  [[gnu::format(printf, 2, 3)]] void report(const char* format, ...) const;

  Window& window_;
  CursorChoice cursor_;
  bool verbose_;
  Proxy<wl_seat> seat_;
  Proxy<wl_pointer> pointer_;
  Proxy<wl_keyboard> keyboard_;
  std::optional<ShmBuffer> cursor_memory_;
  UniqueFd cursor_dmabuf_memory_;
  Proxy<wl_buffer> cursor_dmabuf_;
  wl_buffer* cursor_buffer_ = nullptr; // of one of the two
  Proxy<wl_surface> cursor_surface_;
};

} // namespace fenceline::demos
