#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "demos/client/dmabuf_feedback.h"
#include "demos/client/frame_loop.h"
#include "demos/spin/completion_waiter.h"
#include "demos/spin/explicit_sync.h"
#include "demos/spin/frame_renderer.h"

namespace fenceline::demos {

/// Shows frames through a ring of dma-bufs of its own. A buffer is drawn into only after the compositor has given it
/// back: by its release point with explicit sync, else by wl_buffer.release and the fences in the dma-buf.
class DmabufFrames final : public FrameSource {
 public:
  struct Choice {
    int buffers = 2;
    bool alpha = false;
    bool verbose = false;
  };

  /// `sync` is null for implicit sync. Throws where the compositor and the device have no modifier in common.
  DmabufFrames(Connection& connection, EventLoop& loop, const DmabufFeedback& feedback, const Gpu& gpu,
               FrameRenderer& renderer, ExplicitSync* sync, Choice choice);
  DmabufFrames(const DmabufFrames&) = delete;
  DmabufFrames& operator=(const DmabufFrames&) = delete;
  ~DmabufFrames() override;

  /// What may be drawn and shown; its list is empty where dma-bufs cannot be used.
  static ModifierChoice choose(const DmabufFeedback& feedback, const Gpu& gpu, bool alpha);

  void resize(Size size) override;
  [[nodiscard]] bool ready() const override;
  void draw(std::uint32_t frame, wl_surface* surface) override;
  [[nodiscard]] Facts facts() const override;
  /// One line for a person.
  [[nodiscard]] std::string description() const;

 private:
  struct Slot;

  void make_ring();
  void make_buffer(Slot& slot);
  void draw_explicit(Slot& slot, int index, std::uint32_t frame);
  void draw_implicit(Slot& slot, int index, std::uint32_t frame);

  Connection& connection_;
  EventLoop& loop_;
  const DmabufFeedback& feedback_;
  const Gpu& gpu_;
  FrameRenderer& renderer_;
  ExplicitSync* sync_;
  Choice choice_;
  ModifierChoice modifiers_;
  unsigned feedback_seen_ = 0;
  Size size_;
  std::uint64_t acquire_point_ = 0;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::optional<CompletionWaiter> waiter_;
};

} // namespace fenceline::demos
