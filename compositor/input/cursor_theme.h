#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "compositor/base/clock.h"
#include "compositor/base/geometry.h"
#include "compositor/base/log.h"
#include "compositor/frame/frame_source.h"
#include "compositor/input/input_settings.h"

namespace fenceline {

/// What a cursor says, with the numbers of wp_cursor_shape_device_v1.shape (CSS's names; the last two are X11's).
enum class CursorShape : std::uint8_t {
  Default = 1,
  ContextMenu,
  Help,
  Pointer,
  Progress,
  Wait,
  Cell,
  Crosshair,
  Text,
  VerticalText,
  Alias,
  Copy,
  Move,
  NoDrop,
  NotAllowed,
  Grab,
  Grabbing,
  EResize,
  NResize,
  NeResize,
  NwResize,
  SResize,
  SeResize,
  SwResize,
  WResize,
  EwResize,
  NsResize,
  NeswResize,
  NwseResize,
  ColResize,
  RowResize,
  AllScroll,
  ZoomIn,
  ZoomOut,
  DndAsk,
  AllResize,
};

/// One picture of a cursor, and how long it is shown before the next.
struct CursorFrame {
  std::shared_ptr<const PixelSource> pixels; ///< ARGB8888 premultiplied.
  Size size;
  Point hotspot;
  Nanoseconds delay{}; ///< 0: for ever.
};
using CursorFrames = std::vector<CursorFrame>;

/// The cursors of an Xcursor theme. All are read at once: nobody waits for the disk when a cursor changes.
class CursorTheme {
 public:
  /// More pictures than this, or larger ones, are no cursor.
  static constexpr int max_frames = 256;
  static constexpr std::int32_t max_side = 512; ///< px

  /// Only the built-in arrow.
  CursorTheme();
  /// A theme that is not there, or misses shapes, has the "default" one's, and then the arrow.
  [[nodiscard]] static CursorTheme load(const CursorSettings& settings, Log& log);

  /// One frame at least.
  [[nodiscard]] const CursorFrames& frames(CursorShape shape) const;

 private:
  static constexpr std::size_t shape_count = static_cast<std::size_t>(CursorShape::AllResize);
  std::array<CursorFrames, shape_count + 1> shapes_; ///< 0: the arrow.
};

} // namespace fenceline
