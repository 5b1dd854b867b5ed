#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "demos/client/connection.h"
#include "demos/client/frame_loop.h"
#include "demos/client/shm_buffer.h"
#include "demos/spin/frame_renderer.h"

namespace fenceline::demos {

/// For compositors without dma-bufs: draws as ever, waits, and copies the picture into shared memory.
class ShmFrames final : public FrameSource {
 public:
  ShmFrames(Connection& connection, const Gpu& gpu, FrameRenderer& renderer, int buffers, bool alpha);

  void resize(Size size) override;
  [[nodiscard]] bool ready() const override;
  void draw(std::uint32_t frame, wl_surface* surface) override;
  [[nodiscard]] Facts facts() const override;
  [[nodiscard]] std::string description() const;

 private:
  Connection& connection_;
  const Gpu& gpu_;
  FrameRenderer& renderer_;
  int count_;
  bool alpha_;
  Size size_;
  std::optional<TargetImage> target_;
  std::vector<std::unique_ptr<ShmBuffer>> buffers_;
};

} // namespace fenceline::demos
