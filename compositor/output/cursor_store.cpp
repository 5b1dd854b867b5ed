#include "compositor/output/cursor_store.h"

#include <drm_fourcc.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace fenceline {

namespace {

/// How a pixel of the format becomes ARGB8888. Bits of the little-endian word.
struct Channels {
  unsigned red, green, blue;
  std::optional<unsigned> alpha;
};

std::optional<Channels> channels(std::uint32_t fourcc) {
  switch (fourcc) {
  case DRM_FORMAT_ARGB8888:
    return Channels{16, 8, 0, 24};
  case DRM_FORMAT_XRGB8888:
    return Channels{16, 8, 0, std::nullopt};
  case DRM_FORMAT_ABGR8888:
    return Channels{0, 8, 16, 24};
  case DRM_FORMAT_XBGR8888:
    return Channels{0, 8, 16, std::nullopt};
  case DRM_FORMAT_RGBA8888:
    return Channels{24, 16, 8, 0};
  case DRM_FORMAT_RGBX8888:
    return Channels{24, 16, 8, std::nullopt};
  case DRM_FORMAT_BGRA8888:
    return Channels{8, 16, 24, 0};
  case DRM_FORMAT_BGRX8888:
    return Channels{8, 16, 24, std::nullopt};
  default:
    return std::nullopt;
  }
}

std::uint32_t convert(std::uint32_t pixel, const Channels& c) {
  const auto channel = [pixel](unsigned shift) { return (pixel >> shift) & 0xffU; };
  const std::uint32_t alpha = c.alpha ? channel(*c.alpha) : 0xffU;
  return alpha << 24U | channel(c.red) << 16U | channel(c.green) << 8U | channel(c.blue);
}

} // namespace

std::uint32_t CursorStore::Picture::fourcc() const {
  return DRM_FORMAT_ARGB8888;
}

bool CursorStore::Picture::read_rows(std::uint32_t first, std::uint32_t count, std::span<std::byte> out) const {
  const std::size_t bytes = std::min(std::size_t{count} * stride(), out.size());
  if (std::size_t{first} + count > static_cast<std::size_t>(size_.height)) {
    std::fill_n(out.data(), bytes, std::byte{});
    return false;
  }
  std::memcpy(out.data(), std::as_bytes(std::span(pixels_)).data() + std::size_t{first} * stride(), bytes);
  return true;
}

bool CursorStore::full(SurfaceId surface, ClientId client) const {
  if (client == ClientId{})
    return false;
  const auto count = std::count_if(pictures_.begin(), pictures_.end(), [surface, client](const Picture& p) {
    return p.client_ == client && p.surface_ != surface;
  });
  return static_cast<std::size_t>(count) >= max_pictures;
}

bool CursorStore::shown(SurfaceId surface) const {
  return std::any_of(shown_.begin(), shown_.end(), [surface](const auto& output) {
    return std::find(output.second.begin(), output.second.end(), surface) != output.second.end();
  });
}

CursorStore::Picture* CursorStore::victim(SurfaceId surface, ClientId client) {
  if (!full(surface, client))
    return nullptr;
  const auto found = std::find_if(pictures_.rbegin(), pictures_.rend(), [this, surface, client](const Picture& p) {
    return p.client_ == client && p.surface_ != surface && !shown(p.surface_);
  });
  return found == pictures_.rend() ? nullptr : &*found;
}

void CursorStore::show(OutputId output, std::vector<SurfaceId> cursors) {
  if (cursors.empty())
    shown_.erase(output);
  else
    shown_[output] = std::move(cursors);
}

bool CursorStore::keep(SurfaceId surface, ClientId client, const PixelSource& source) {
  const auto format = channels(source.fourcc());
  const Size size = source.size();
  if (!format || size.empty() || size.width > max_side || size.height > max_side ||
      source.stride() < static_cast<std::uint32_t>(size.width) * 4U) {
    forget(surface);
    return false;
  }
  if (const Picture* unused = victim(surface, client))
    forget(unused->surface_);
  if (full(surface, client)) {
    forget(surface);
    return false;
  }
  Picture picture;
  if (const auto old = std::find_if(pictures_.begin(), pictures_.end(),
                                    [surface](const Picture& p) { return p.surface_ == surface; });
      old != pictures_.end()) {
    picture = std::move(*old);
    pictures_.erase(old);
  }
  const auto width = static_cast<std::size_t>(size.width);
  picture.surface_ = surface;
  picture.client_ = client;
  picture.size_ = size;
  picture.version_ = ++last_version_;
  picture.uploaded = false;
  picture.pixels_.resize(width * static_cast<std::size_t>(size.height));
  // The row's pixels, not its stride: that is whatever the client says.
  std::vector<std::byte> row(width * 4);
  for (std::uint32_t y = 0; y < static_cast<std::uint32_t>(size.height); ++y) {
    // What the client took away reads as zeros, which is what is shown of it.
    source.read_rows(y, 1, row);
    for (std::size_t x = 0; x < width; ++x) {
      std::uint32_t pixel = 0;
      std::memcpy(&pixel, row.data() + x * 4, 4);
      picture.pixels_[y * width + x] = convert(pixel, *format);
    }
  }
  pictures_.push_front(std::move(picture));
  return true;
}

CursorStore::Picture* CursorStore::find(SurfaceId surface) {
  const auto found =
      std::find_if(pictures_.begin(), pictures_.end(), [surface](const Picture& p) { return p.surface_ == surface; });
  if (found == pictures_.end())
    return nullptr;
  pictures_.splice(pictures_.begin(), pictures_, found);
  return &pictures_.front();
}

void CursorStore::uploads_lost() {
  for (Picture& picture : pictures_)
    picture.uploaded = false;
}

void CursorStore::forget(SurfaceId surface) {
  pictures_.remove_if([surface](const Picture& p) { return p.surface_ == surface; });
}

} // namespace fenceline
