#pragma once

#include <array>
#include <optional>

#include "demos/paint/artwork.h"

namespace fenceline::demos {

/// Painting with light: in each cycle five brushes draw one rosette, whose threads add up where they cross; it stays
/// for a moment and is wiped off again, and the next cycle draws another. A frame depends on its number alone: any
/// other step than one forward replays the cycle from its beginning.
class LightArtwork final : public Artwork {
 public:
  static constexpr std::uint32_t painting_frames = 720;
  static constexpr std::uint32_t resting_frames = 60;
  static constexpr std::uint32_t wiping_frames = 60;
  static constexpr std::uint32_t cycle_frames = painting_frames + resting_frames + wiping_frames;
  static constexpr int brushes = 5;

  explicit LightArtwork(bool alpha);

  void resize(Size size) override;
  std::vector<Rect> advance(std::uint32_t frame) override;
  void draw_row(int y, int x0, int x1, std::uint32_t* out) const override;

 private:
  struct Point {
    float x;
    float y;
  };
  struct Light {
    float red;
    float green;
    float blue;
  };
  /// One hypotrochoid: the point at angle t is carried by two turning arms.
  struct Curve {
    float arm;    // share of the radius that the first arm takes, the second takes the rest
    float turns;  // of the second arm for each turn of the first, backwards
    float wobble; // a third, short arm
    Light colour;
  };

  [[nodiscard]] Point point(const Curve& curve, int brush, float t) const;
  [[nodiscard]] Light base(int x, int y) const;
  [[nodiscard]] std::array<Rect, brushes> head_rects() const;
  void begin_cycle(std::uint32_t cycle);
  /// Makes one step of the cycle and adds what it changed to `changes`.
  void step(std::uint32_t step, std::vector<Rect>& changes);
  Rect add_thread(Point from, Point to, Light colour);
  void wipe(int x0, int x1);

  bool alpha_;
  Size size_;
  std::optional<std::uint32_t> frame_;
  std::array<Curve, brushes> curves_{};
  std::array<Point, brushes> heads_{};
  bool heads_shown_ = false;
  std::vector<Light> lights_;                   // what has been painted, one entry a pixel
  std::array<std::uint8_t, 4096> tone_curve_{}; // amount of light, 0..4 in equal steps, to an sRGB value
};

} // namespace fenceline::demos
