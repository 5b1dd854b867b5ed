#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "compositor/output/composer.h"
#include "compositor/output/cursor_images.h"

namespace fenceline {

/// What one screen shows, in the pieces that the display lays over each other.
struct Capture {
  ReadBack image; ///< Of the primary plane. Its fence has signalled, as those of the others.
  struct Overlay {
    ReadBack image;
    FRect source;       ///< What of it is shown, in its pixels.
    Rect dest;          ///< Where, in those of the primary plane.
    bool alpha = false; ///< Its fourth byte is its (premultiplied) alpha.
  };
  std::vector<Overlay> overlays; ///< Bottom to top.
  struct Cursor {
    CursorImages::Pixels picture;
    Point at;
  };
  std::optional<Cursor> cursor; ///< On the cursor plane.
};

/// The picture in one: opaque ARGB8888 of the image's size. It takes its time; any thread.
[[nodiscard]] std::vector<std::uint32_t> flatten(const Capture& capture);

} // namespace fenceline
