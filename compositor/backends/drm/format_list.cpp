#include "compositor/backends/drm/format_list.h"

#include <drm_fourcc.h>
#include <drm_mode.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

namespace fenceline {
namespace {

template <class T>
std::optional<T> read_at(std::span<const std::byte> bytes, std::uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T))
    return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

} // namespace

Result<std::vector<FormatModifier>> parse_in_formats(std::span<const std::byte> blob) {
  const Error broken{"the plane's IN_FORMATS blob is broken", EINVAL};
  const auto header = read_at<drm_format_modifier_blob>(blob, 0);
  if (!header || header->version != 1)
    return broken;
  if (std::uint64_t{header->count_formats} * sizeof(std::uint32_t) > blob.size() ||
      std::uint64_t{header->count_modifiers} * sizeof(drm_format_modifier) > blob.size())
    return broken;
  // One list of pairs a format, so that the driver's order of formats stays.
  std::vector<std::vector<FormatModifier>> pairs(header->count_formats);
  for (std::uint64_t m = 0; m < header->count_modifiers; ++m) {
    const auto entry = read_at<drm_format_modifier>(blob, header->modifiers_offset + m * sizeof(drm_format_modifier));
    if (!entry)
      return broken;
    for (std::uint64_t bit = 0; bit < 64; ++bit) {
      if ((entry->formats >> bit & 1) == 0)
        continue;
      // Bit n stands for format offset + n.
      const std::uint64_t index = entry->offset + bit;
      const auto fourcc =
          read_at<std::uint32_t>(blob, header->formats_offset + index * std::uint64_t{sizeof(std::uint32_t)});
      if (index >= pairs.size() || !fourcc)
        return broken;
      pairs[index].push_back({*fourcc, entry->modifier});
    }
  }
  std::vector<FormatModifier> all;
  for (const auto& of_format : pairs)
    all.insert(all.end(), of_format.begin(), of_format.end());
  return all;
}

std::vector<FormatModifier> formats_without_modifiers(std::span<const std::uint32_t> fourccs) {
  std::vector<FormatModifier> all;
  for (const auto fourcc : fourccs) {
    all.push_back({fourcc, DRM_FORMAT_MOD_LINEAR});
    all.push_back({fourcc, DRM_FORMAT_MOD_INVALID});
  }
  return all;
}

} // namespace fenceline
