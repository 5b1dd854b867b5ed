#include "compositor/shell/title_bar.h"

#include <drm_fourcc.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "compositor/shell/text_library.h"

namespace fenceline {
namespace {

/// Something of the library's, and what gives it back.
template <class T, class Give = void (*)(T*)>
using Owned = std::unique_ptr<T, Give>;

constexpr std::uint32_t active_color = 0xff2f3a4a, inactive_color = 0xff4a4f57;
constexpr double glyph = 5; ///< px from a button's middle to where its sign ends.

void draw_title(const TextLibrary& text, cairo_t* context, const std::string& title, std::int32_t room) {
  const Owned<gchar, decltype(text.free)> valid(text.utf8_make_valid(title.data(), static_cast<gssize>(title.size())),
                                                text.free);
  const Owned<PangoLayout, decltype(text.object_unref)> layout(text.create_layout(context), text.object_unref);
  const Owned<PangoFontDescription> font(text.font_description_from_string("Sans 10"), text.font_description_free);
  text.layout_set_font_description(layout.get(), font.get());
  text.layout_set_single_paragraph_mode(layout.get(), TRUE);
  text.layout_set_width(layout.get(), room * PANGO_SCALE);
  text.layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_END);
  text.layout_set_alignment(layout.get(), PANGO_ALIGN_CENTER);
  text.layout_set_text(layout.get(), valid.get(), -1);
  int width = 0, height = 0;
  text.layout_get_pixel_size(layout.get(), &width, &height);
  text.move_to(context, 8, (TitleBar::height - height) / 2.0);
  text.show_layout(context, layout.get());
}

void draw_buttons(const TextLibrary& text, cairo_t* context, std::int32_t width, bool maximized) {
  text.set_line_width(context, 1.5);
  const double y = TitleBar::height / 2.0;
  const auto middle = [width](int from_the_right) { return width - (from_the_right - 0.5) * TitleBar::button; };
  double x = middle(3);
  text.move_to(context, x - glyph, y + glyph);
  text.line_to(context, x + glyph, y + glyph);
  x = middle(2);
  const double edge = maximized ? glyph - 1.5 : glyph;
  text.rectangle(context, x - edge, y - edge, 2 * edge, 2 * edge);
  x = middle(1);
  text.move_to(context, x - glyph, y - glyph);
  text.line_to(context, x + glyph, y + glyph);
  text.move_to(context, x - glyph, y + glyph);
  text.line_to(context, x + glyph, y - glyph);
  text.stroke(context);
}

} // namespace

TitleBar::TitleBar(std::shared_ptr<TitleText> text, std::int32_t width, std::string_view title, bool active,
                   bool maximized)
    : text_(std::move(text)), width_(std::clamp(width, 1, widest)), title_(title.substr(0, longest)), active_(active),
      maximized_(maximized) {}

std::uint32_t TitleBar::fourcc() const {
  return DRM_FORMAT_XRGB8888;
}

std::uint32_t TitleBar::color(bool active) {
  return active ? active_color : inactive_color;
}

FramePart TitleBar::part_at(std::int32_t width, double x) {
  const double from_the_right = width - x;
  return from_the_right <= button       ? FramePart::Close
         : from_the_right <= 2 * button ? FramePart::Maximize
         : from_the_right <= 3 * button ? FramePart::Minimize
                                        : FramePart::Title;
}

void TitleBar::draw() const {
  pixels_.assign(static_cast<std::size_t>(width_) * height, color(active_));
  // Without it the bar is plain: it still moves and ends its window.
  const TextLibrary* library = text_->get();
  if (library == nullptr)
    return;
  const TextLibrary& text = *library;
  const Owned<cairo_surface_t> surface(
      text.image_surface_create_for_data(reinterpret_cast<unsigned char*>(pixels_.data()), CAIRO_FORMAT_RGB24, width_,
                                         height, width_ * 4),
      text.surface_destroy);
  const Owned<cairo_t> context(text.create(surface.get()), text.destroy);
  const double light = active_ ? 0.95 : 0.75;
  text.set_source_rgb(context.get(), light, light, light);
  if (const std::int32_t room = width_ - 3 * button - 16; room > 0 && !title_.empty())
    draw_title(text, context.get(), title_, room);
  draw_buttons(text, context.get(), width_, maximized_);
  text.surface_flush(surface.get());
}

bool TitleBar::read_rows(std::uint32_t first, std::uint32_t count, std::span<std::byte> out) const {
  const std::size_t wanted = std::min(std::size_t{count} * stride(), out.size());
  if (std::size_t{first} + count > std::size_t{height}) {
    std::fill_n(out.data(), wanted, std::byte{});
    return false;
  }
  if (pixels_.empty())
    draw();
  std::memcpy(out.data(), pixels_.data() + std::size_t{first} * static_cast<std::size_t>(width_), wanted);
  return true;
}

} // namespace fenceline
