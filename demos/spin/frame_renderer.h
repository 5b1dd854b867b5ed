#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "demos/client/unique_fd.h"
#include "demos/spin/scene_renderer.h"
#include "demos/spin/target_image.h"

namespace fenceline::demos {

/// Submits frames. Each submission counts a timeline semaphore up by one, and is done when it has that value.
class FrameRenderer {
 public:
  FrameRenderer(const Gpu& gpu, SceneRenderer::Choice choice, int slots);
  FrameRenderer(const FrameRenderer&) = delete;
  FrameRenderer& operator=(const FrameRenderer&) = delete;
  ~FrameRenderer();

  struct Drawing {
    std::uint64_t value = 0; // of the timeline semaphore, when it is done
    UniqueFd fence;          // a sync file, where one was wanted and it is not done already
  };

  /// Draws into a shared image and hands it to the world outside Vulkan, when the slot's last frame is done and the
  /// sync file `not_before` (if there is one) has signalled. Fences in and out need Gpu::has_sync_files().
  Drawing draw(const TargetImage& target, int slot, std::uint32_t frame, UniqueFd not_before, bool want_fence);
  /// Draws into an image for reading, waits, and calls row(y, pixels) for each row of the picture.
  template <typename Row>
  void draw_and_read(const TargetImage& target, std::uint32_t frame, Row&& row);

  /// Blocks until a submission is done. May be called on any thread.
  void wait(std::uint64_t value) const;

 private:
  struct Slot {
    VkCommandBuffer commands = VK_NULL_HANDLE;
    OwnedSemaphore wait; // a sync file is imported here
    OwnedSemaphore done; // and exported from here
    std::uint64_t last = 0;
  };

  [[nodiscard]] OwnedSemaphore make_semaphore(const void* next) const;
  VkCommandBuffer begin(Slot& slot) const;
  void submit(Slot& slot, bool wait, bool signal);
  [[nodiscard]] UniqueFd take_fence(const Slot& slot) const;
  const std::uint32_t* read(const TargetImage& target, std::uint32_t frame);

  const Gpu& gpu_;
  SceneRenderer scene_;
  OwnedCommandPool pool_;
  OwnedSemaphore timeline_;
  std::uint64_t submitted_ = 0;
  std::vector<Slot> slots_;
  std::optional<HostBuffer> read_buffer_; // large enough for read_size_
  Size read_size_;
};

template <typename Row>
void FrameRenderer::draw_and_read(const TargetImage& target, std::uint32_t frame, Row&& row) {
  const std::uint32_t* pixels = read(target, frame);
  for (int y = 0; y < target.size().height; ++y)
    row(y, pixels + static_cast<std::size_t>(y) * static_cast<std::size_t>(target.size().width));
}

} // namespace fenceline::demos
