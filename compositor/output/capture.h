#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "compositor/frame/color.h"
#include "compositor/output/composer.h"
#include "compositor/output/cursor_images.h"

namespace fenceline {

/// What one screen shows, in the pieces that the display lays over each other.
struct Capture {
  Size size;                ///< Of the screen.
  Color background = black; ///< Where there is no piece.
  /// One plane's picture.
  struct Piece {
    ReadBack image;                          ///< Its fence has signalled.
    FRect source;                            ///< What of it is shown, in its pixels.
    Rect dest;                               ///< Where, in the screen's.
    bool alpha = false;                      ///< Its fourth byte is its (premultiplied) alpha.
    Transform transform = Transform::Normal; ///< How its content was turned; shown upright.
    float fade = 1.0F;                       ///< On top of its own alpha.
  };
  std::vector<Piece> pieces; ///< Bottom to top; the first is the primary plane's.
  struct Cursor {
    CursorImages::Pixels picture;
    Point at;
  };
  std::optional<Cursor> cursor; ///< On the cursor plane.
};

/// The picture in one: opaque ARGB8888 of the screen's size. It takes its time; any thread.
[[nodiscard]] std::vector<std::uint32_t> flatten(const Capture& capture);
/// The same of a screen whose picture was turned: as it was before that. Its size is the screen's, turned back.
[[nodiscard]] std::vector<std::uint32_t> upright(const Capture& capture, Transform turned_by);

} // namespace fenceline
