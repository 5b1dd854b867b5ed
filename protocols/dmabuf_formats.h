#pragma once
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "compositor/base/fd.h"
#include "compositor/base/result.h"
#include "compositor/frame/dmabuf.h"

namespace fenceline {

/// What clients' dma-bufs may look like.
struct DmabufFormats {
  dev_t main_device = 0;               ///< A DRM node: where clients allocate, and make their sync objects.
  std::vector<FormatModifier> texture; ///< What the composer reads; empty without one.
  std::vector<FormatModifier> scanout; ///< What the primary plane shows.
};

/// The same, as zwp_linux_dmabuf_feedback_v1 tells it. Fixed once it is made.
class DmabufFeedback {
 public:
  /// An error when the table can't be made.
  [[nodiscard]] static Result<DmabufFeedback> create(const DmabufFormats& formats);

  /// The format table, 16 bytes an entry, in a sealed memfd.
  [[nodiscard]] int table() const { return table_.get(); }
  [[nodiscard]] std::uint32_t table_size() const { return static_cast<std::uint32_t>(formats_.size() * 16); }
  /// What a buffer may have: the composer's, or the display's where there is no composer. In the table's order.
  [[nodiscard]] const std::vector<FormatModifier>& formats() const { return formats_; }
  [[nodiscard]] bool offers(FormatModifier format) const;
  [[nodiscard]] bool offers(std::uint32_t fourcc) const;
  [[nodiscard]] dev_t main_device() const { return main_device_; }
  /// Indices into the table of what can be scanned out, and composed too where there is a composer.
  [[nodiscard]] const std::vector<std::uint16_t>& scanout() const { return scanout_; }
  /// Indices of what can be composed; empty without a composer.
  [[nodiscard]] const std::vector<std::uint16_t>& texture() const { return texture_; }

 private:
  DmabufFeedback() = default;
  UniqueFd table_;
  dev_t main_device_ = 0;
  std::vector<FormatModifier> formats_;
  std::vector<std::uint16_t> scanout_, texture_;
};

/// Memory planes of a format when it is laid out linearly; 0 for formats that are not known here.
[[nodiscard]] std::size_t plane_count(std::uint32_t fourcc);

} // namespace fenceline
