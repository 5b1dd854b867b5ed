#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "demos/client/connection.h"
#include "demos/client/frame_loop.h"
#include "demos/client/shm_buffer.h"
#include "demos/paint/artwork.h"

namespace fenceline::demos {

/// Shows an artwork through a ring of shm buffers. Only what changed since a buffer was last drawn is drawn into it,
/// and only what changed since the last commit is damage.
class PaintFrames final : public FrameSource {
 public:
  struct Choice {
    int buffers = 2;
    bool alpha = false;
    bool whole_damage = false; // draw and damage everything, every time
  };

  PaintFrames(Connection& connection, Artwork& artwork, Choice choice);

  void resize(Size size) override;
  [[nodiscard]] bool ready() const override;
  void draw(std::uint32_t frame, wl_surface* surface) override;
  [[nodiscard]] Facts facts() const override;

 private:
  struct Slot {
    std::unique_ptr<ShmBuffer> buffer;
    std::optional<std::uint64_t> drawn; // number of the draw that it holds
  };

  Connection& connection_;
  Artwork& artwork_;
  Choice choice_;
  Size size_;
  std::vector<Slot> slots_;
  std::uint64_t draws_ = 0;
  std::deque<std::vector<Rect>> history_; // changes of the last draws, the newest last
  std::uint64_t damaged_pixels_ = 0;
};

} // namespace fenceline::demos
