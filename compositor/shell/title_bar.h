#pragma once
#include <memory>
#include <string>
#include <vector>

#include "compositor/frame/frame_source.h"
#include "compositor/shell/title_text.h"

namespace fenceline {

/// What a window's frame has to take hold of.
enum class FramePart : std::uint8_t { None, Title, Minimize, Maximize, Close, Border };

/// A title bar: the title, and three buttons at its right end. Drawn when its pixels are first asked for, so a title
/// that is never shown costs nothing.
class TitleBar final : public PixelSource {
 public:
  static constexpr std::int32_t height = 28; ///< px
  static constexpr std::int32_t button = 32; ///< px, the width of each.
  static constexpr std::int32_t widest = 1 << 14;
  static constexpr std::size_t longest = 256; ///< Bytes of the title that are looked at.

  /// `width` in px, 1 to widest.
  TitleBar(std::shared_ptr<TitleText> text, std::int32_t width, std::string_view title, bool active, bool maximized);
  [[nodiscard]] Size size() const override { return {width_, height}; }
  [[nodiscard]] std::uint32_t fourcc() const override;
  [[nodiscard]] std::uint32_t stride() const override { return static_cast<std::uint32_t>(width_) * 4; }
  bool read_rows(std::uint32_t first, std::uint32_t count, std::span<std::byte> out) const override;

  /// What is there, `x` px from the left end.
  [[nodiscard]] static FramePart part_at(std::int32_t width, double x);
  /// Of the whole frame, XRGB8888.
  [[nodiscard]] static std::uint32_t color(bool active);

 private:
  void draw() const;
  std::shared_ptr<TitleText> text_;
  std::int32_t width_;
  std::string title_;
  bool active_, maximized_;
  mutable std::vector<std::uint32_t> pixels_; ///< XRGB8888; empty until it is drawn.
};

} // namespace fenceline
