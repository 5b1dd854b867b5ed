#pragma once
#include <functional>
#include <memory>

#include "compositor/backends/nested/parent_connection.h"
#include "compositor/backends/nested/parent_image.h"
#include "compositor/base/event_loop.h"
#include "compositor/base/fd.h"
#include "compositor/frame/dmabuf.h"

namespace fenceline {

/// A dma-buf that the parent was given. It says whether it takes it: a parent that is asked to take one at once may end
/// the connection over a buffer that it can't import (zwp_linux_buffer_params_v1.create_immed).
///
/// A parent that synchronises implicitly may say that it is done with a buffer while its GPU still reads it. Our own
/// clients may be told no earlier than that: the fences in the dma-buf are asked for.
class DmabufImage final : public ParentImage {
 public:
  /// `fourcc`: what the parent is to take the buffer for. The connection and the loop outlive the image.
  DmabufImage(EventLoop& loop, ParentConnection& connection, const DmabufAttributes& attributes, std::uint32_t fourcc);
  ~DmabufImage() override;

  [[nodiscard]] bool refused() const override { return refused_; }
  /// Called when the parent has answered.
  void on_answered(std::function<void()> callback) { on_answered_ = std::move(callback); }
  /// The parent is to read the buffer only when the fence, a sync file, has signalled. False: the kernel can't tell it
  /// that, and the fence has to be waited for.
  [[nodiscard]] bool add_fence(const UniqueFd& fence) const;

 private:
  void created(wl_buffer* buffer);
  void failed();
  void release() override;

  EventLoop& loop_;
  ParentPtr<zwp_linux_buffer_params_v1> params_;
  UniqueFd memory_; ///< Of its first plane.
  UniqueFd readers_;
  std::unique_ptr<EventSource> readers_done_;
  bool refused_ = false;
  std::function<void()> on_answered_;
};

} // namespace fenceline
