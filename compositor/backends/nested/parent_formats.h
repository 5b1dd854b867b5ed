#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "compositor/backends/nested/parent_connection.h"
#include "compositor/base/fd.h"
#include "compositor/frame/dmabuf.h"

namespace fenceline {

/// What the parent's linux-dmabuf says of buffers for our window: asked once, at the start.
class ParentFormats {
 public:
  /// Asks, when the parent has it.
  ParentFormats(ParentConnection& connection, wl_surface* window);
  ParentFormats(const ParentFormats&) = delete;
  ParentFormats& operator=(const ParentFormats&) = delete;

  /// Whether the answer is there, or none is to come.
  [[nodiscard]] bool answered() const { return answered_; }
  /// In the parent's order: what it would scan out comes first.
  [[nodiscard]] const std::vector<FormatModifier>& formats() const { return formats_; }
  /// The device to allocate on.
  [[nodiscard]] std::optional<dev_t> main_device() const { return main_device_; }

 private:
  void format_table(std::int32_t fd, std::uint32_t size);
  void device(wl_array* device);
  void tranche_formats(wl_array* indices);
  void done();

  ParentPtr<zwp_linux_dmabuf_feedback_v1> feedback_;
  std::vector<FormatModifier> table_, formats_;
  std::optional<dev_t> main_device_;
  bool answered_ = false;
};

} // namespace fenceline
