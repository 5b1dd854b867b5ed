#pragma once
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "compositor/scene/scene.h"
#include "compositor/scene/snapshot_builder.h"
#include "compositor/shell/title_bar.h"
#include "compositor/shell/window.h"

namespace fenceline {

/// The title bar and the borders around one window: surfaces of the session's own (client 0). They are drawn anew only
/// when what they show changes; borders are one pixel each, scaled.
class Decoration {
 public:
  static constexpr std::int32_t border = 4; ///< px

  /// What they show.
  struct Look {
    Size content; ///< Of the window geometry.
    std::string title;
    bool active = false, maximized = false;
    friend bool operator==(const Look&, const Look&) = default;
  };
  /// What is under a point.
  struct Hold {
    FramePart part = FramePart::None;
    WindowEdges edges = window_edge::none;
  };

  Decoration(Scene& scene, std::shared_ptr<TitleText> text);
  ~Decoration();
  Decoration(const Decoration&) = delete;
  Decoration& operator=(const Decoration&) = delete;

  void show(const Look& look);
  /// How far it reaches beyond the window geometry. A maximised window has no borders.
  [[nodiscard]] static Insets insets(bool maximized);
  /// `corner`: the window geometry's upper left one, global.
  void append_roots(Point corner, std::vector<RootPlacement>& roots) const;
  /// None: the surface is no part of it. Coordinates are the surface's.
  [[nodiscard]] std::optional<Hold> hold_of(SurfaceId surface, double x, double y) const;

 private:
  enum Piece : std::uint8_t { Title, Left, Right, Bottom, pieces };
  void attach(Piece piece, std::shared_ptr<const PixelSource> pixels, Size size);

  Scene& scene_;
  std::shared_ptr<TitleText> text_;
  std::array<SurfaceId, pieces> surfaces_{};
  Look look_;
};

} // namespace fenceline
