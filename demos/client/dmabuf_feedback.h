#pragma once

#include "demos/client/connection.h"
#include "demos/client/dmabuf_formats.h"

namespace fenceline::demos {

/// The linux-dmabuf feedback of one surface, kept up to date for as long as it lives.
class DmabufFeedback {
 public:
  /// Returns when the compositor has told everything once.
  DmabufFeedback(Connection& connection, wl_surface* surface);
  DmabufFeedback(const DmabufFeedback&) = delete;
  DmabufFeedback& operator=(const DmabufFeedback&) = delete;
  ~DmabufFeedback();

  [[nodiscard]] const DmabufPreferences& preferences() const { return *state_.current(); }
  /// Counts the times that the compositor has told anew.
  [[nodiscard]] unsigned generation() const { return generation_; }

 private:
  void on_format_table(int fd, std::uint32_t size);

  DmabufFeedbackState state_;
  unsigned generation_ = 0;
  Proxy<zwp_linux_dmabuf_feedback_v1> feedback_;
};

} // namespace fenceline::demos
