#include "protocols/dmabuf_formats.h"

#include <drm_fourcc.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "compositor/frame/yuv_formats.h"

namespace fenceline {

namespace {

/// As the protocol lays an entry out (zwp_linux_dmabuf_feedback_v1.format_table).
struct TableEntry {
  std::uint32_t format = 0;
  std::uint32_t pad = 0;
  std::uint64_t modifier = 0;
};
static_assert(sizeof(TableEntry) == 16);

Result<UniqueFd> make_table(const std::vector<FormatModifier>& formats) {
  std::vector<TableEntry> entries;
  entries.reserve(formats.size());
  for (const FormatModifier& format : formats)
    entries.push_back({.format = format.fourcc, .pad = 0, .modifier = format.modifier});
  UniqueFd fd(::memfd_create("dmabuf-formats", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  const std::size_t bytes = entries.size() * sizeof(TableEntry);
  if (!fd.valid() || ::write(fd.get(), entries.data(), bytes) != static_cast<ssize_t>(bytes) ||
      ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
    return Error::from_errno("cannot make the table of dma-buf formats");
  return fd;
}

} // namespace

Result<DmabufFeedback> DmabufFeedback::create(const DmabufFormats& formats) {
  DmabufFeedback feedback;
  feedback.main_device_ = formats.main_device;
  // Indices on the wire have 16 bits.
  constexpr std::size_t most = std::numeric_limits<std::uint16_t>::max();
  for (const FormatModifier& format : formats.texture.empty() ? formats.scanout : formats.texture)
    if (feedback.formats_.size() < most && !feedback.offers(format))
      feedback.formats_.push_back(format);
  for (std::size_t i = 0; i < feedback.formats_.size(); ++i) {
    const auto index = static_cast<std::uint16_t>(i);
    if (!formats.texture.empty())
      feedback.texture_.push_back(index);
    if (std::find(formats.scanout.begin(), formats.scanout.end(), feedback.formats_[i]) != formats.scanout.end())
      feedback.scanout_.push_back(index);
  }
  auto table = make_table(feedback.formats_);
  if (!table)
    return table.error();
  feedback.table_ = std::move(*table);
  return feedback;
}

bool DmabufFeedback::offers(FormatModifier format) const {
  return std::find(formats_.begin(), formats_.end(), format) != formats_.end();
}

bool DmabufFeedback::offers(std::uint32_t fourcc) const {
  return std::any_of(formats_.begin(), formats_.end(), [fourcc](FormatModifier f) { return f.fourcc == fourcc; });
}

std::size_t plane_count(std::uint32_t fourcc) {
  if (bytes_per_pixel(fourcc) != 0)
    return 1;
  if (const YuvFormat* yuv = find_yuv_format(fourcc))
    return yuv->plane_count;
  switch (fourcc) {
  case DRM_FORMAT_YUV410:
  case DRM_FORMAT_YUV411:
  case DRM_FORMAT_YVU410:
  case DRM_FORMAT_YVU411:
    return 3;
  default:
    return 0;
  }
}

} // namespace fenceline
