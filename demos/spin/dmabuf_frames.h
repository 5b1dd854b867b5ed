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
#include "demos/spin/pixel_format.h"

namespace fenceline::demos {

/// Shows frames through a ring of dma-bufs of its own. A buffer is drawn into only after the compositor has given it
/// back: by its release point with explicit sync, else by wl_buffer.release and the fences in the dma-buf.
/// When the compositor tells of other formats and modifiers, the ring is of those from the next frame on.
class DmabufFrames final : public FrameSource {
 public:
  struct Choice {
    int buffers = 2;
    const PixelFormat* format = &usual_format(false); // that is liked best, or the only one
    bool follow = false; // any other one of its kind, where the compositor likes that better
    bool verbose = false;
  };

  /// `sync` is null for implicit sync. Throws where the compositor and the device have no modifier in common.
  DmabufFrames(Connection& connection, EventLoop& loop, const DmabufFeedback& feedback, const Gpu& gpu,
               FrameRenderer& renderer, ExplicitSync* sync, Choice choice);
  DmabufFrames(const DmabufFrames&) = delete;
  DmabufFrames& operator=(const DmabufFrames&) = delete;
  ~DmabufFrames() override;

  /// Whether there is a format that may be drawn and shown.
  static bool usable(const DmabufFeedback& feedback, const Gpu& gpu, const Choice& choice);

  void resize(Size size) override;
  [[nodiscard]] bool ready() const override;
  void draw(std::uint32_t frame, wl_surface* surface) override;
  [[nodiscard]] Facts facts() const override;
  /// One line for a person.
  [[nodiscard]] std::string description() const;

 private:
  struct Slot;

  void follow_feedback(std::uint32_t frame);
  [[nodiscard]] const PixelFormat& format() const { return *formats_[chosen_.format]; }
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
  std::vector<const PixelFormat*> formats_; // the best liked first
  std::vector<DrawableFormat> drawable_;    // of each of them
  FormatChoice chosen_;
  unsigned feedback_seen_ = 0;
  Size size_;
  std::uint64_t acquire_point_ = 0;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::optional<CompletionWaiter> waiter_;
};

} // namespace fenceline::demos
