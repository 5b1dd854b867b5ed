#pragma once

// Just enough of a compositor for spin to run against, with the test in charge of every answer: it shows nothing, reads
// each committed dma-buf when its acquire point says so, and gives frames and buffers back when it is told to.

#include <wayland-server.h>

#include "linux-dmabuf-v1-server-protocol.h"
#include "linux-drm-syncobj-v1-server-protocol.h"
#include "xdg-shell-server-protocol.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include "demos/client/geometry.h"
#include "demos/client/unique_fd.h"

namespace fenceline::demos::toy {

struct Buffer {
  wl_resource* resource = nullptr; // null when the client has destroyed it
  UniqueFd dmabuf;
  Size size;
  std::uint32_t offset = 0;
  std::uint32_t pitch = 0;
  std::uint32_t format = 0;
  std::uint64_t modifier = 0;

  /// Copies the pixels out, rows without gaps.
  [[nodiscard]] std::vector<std::uint32_t> read() const;
};

struct Point {
  std::uint32_t timeline = 0; // a handle on the compositor's DRM node; 0: none
  std::uint64_t value = 0;
};

struct Commit {
  Buffer* buffer = nullptr;
  Point acquire;
  Point release;
};

class Compositor {
 public:
  struct Choice {
    bool explicit_sync = true;
    Size fullscreen{256, 160};
  };

  explicit Compositor(Choice choice);
  Compositor(const Compositor&) = delete;
  Compositor& operator=(const Compositor&) = delete;
  ~Compositor();

  /// Starts a program that is connected to this compositor and to no other.
  void start(std::vector<std::string> command);
  /// Dispatches until `enough` or until so many ms have gone by. Says which.
  bool run_until(const std::function<bool()>& enough, int limit_ms);
  /// Dispatches until the program has ended; its exit status, or -1 where it did not end by itself.
  int wait_for_exit(int limit_ms);

  [[nodiscard]] const std::vector<Commit>& commits() const { return commits_; }
  /// Waits for the commit's acquire point; at once true where it has none.
  [[nodiscard]] bool wait_acquire(const Commit& commit) const;
  /// By the release point, or by wl_buffer.release.
  void release(const Commit& commit);
  /// Answers all frame callbacks that are due.
  void send_frame();
  /// The size and the fullscreen state that the next configure tells, sent now.
  void configure(Size size);
  /// Tells the surface's dma-buf feedback anew: with a scanout tranche of linear XRGB8888 alone, or without one.
  void tell_feedback(bool scanout);

 private:
  friend struct Requests;

  Choice choice_;
  wl_display* display_;
  UniqueFd node_;
  dev_t device_ = 0;
  UniqueFd format_table_;
  wl_resource* feedback_ = nullptr;
  pid_t child_ = -1;
  wl_resource* xdg_surface_ = nullptr;
  wl_resource* toplevel_ = nullptr;
  std::uint32_t serial_ = 0;
  std::uint32_t acked_ = 0;
  Buffer* attached_ = nullptr;
  Point acquire_;
  Point release_;
  std::vector<wl_resource*> pending_callbacks_;
  std::vector<wl_resource*> callbacks_;
  std::vector<std::unique_ptr<Buffer>> buffers_;
  std::vector<Commit> commits_;
};

} // namespace fenceline::demos::toy
