#include "compositor/shell/title_bar.h"

#include <drm_fourcc.h>
#include <glib.h>
#include <pango/pangocairo.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace fenceline {
namespace {

struct CairoDelete {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_t* context) const { cairo_destroy(context); }
  void operator()(PangoLayout* layout) const { g_object_unref(layout); }
  void operator()(PangoFontDescription* font) const { pango_font_description_free(font); }
  void operator()(gchar* text) const { g_free(text); }
};
template <class T>
using Owned = std::unique_ptr<T, CairoDelete>;

constexpr std::uint32_t active_color = 0xff2f3a4a, inactive_color = 0xff4a4f57;
constexpr double glyph = 5; ///< px from a button's middle to where its sign ends.

void draw_title(cairo_t* context, const std::string& title, std::int32_t room) {
  const Owned<gchar> valid(g_utf8_make_valid(title.data(), static_cast<gssize>(title.size())));
  const Owned<PangoLayout> layout(pango_cairo_create_layout(context));
  const Owned<PangoFontDescription> font(pango_font_description_from_string("Sans 10"));
  pango_layout_set_font_description(layout.get(), font.get());
  pango_layout_set_single_paragraph_mode(layout.get(), TRUE);
  pango_layout_set_width(layout.get(), room * PANGO_SCALE);
  pango_layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_END);
  pango_layout_set_alignment(layout.get(), PANGO_ALIGN_CENTER);
  pango_layout_set_text(layout.get(), valid.get(), -1);
  int width = 0, height = 0;
  pango_layout_get_pixel_size(layout.get(), &width, &height);
  cairo_move_to(context, 8, (TitleBar::height - height) / 2.0);
  pango_cairo_show_layout(context, layout.get());
}

void draw_buttons(cairo_t* context, std::int32_t width, bool maximized) {
  cairo_set_line_width(context, 1.5);
  const double y = TitleBar::height / 2.0;
  const auto middle = [width](int from_the_right) { return width - (from_the_right - 0.5) * TitleBar::button; };
  double x = middle(3);
  cairo_move_to(context, x - glyph, y + glyph);
  cairo_line_to(context, x + glyph, y + glyph);
  x = middle(2);
  const double edge = maximized ? glyph - 1.5 : glyph;
  cairo_rectangle(context, x - edge, y - edge, 2 * edge, 2 * edge);
  x = middle(1);
  cairo_move_to(context, x - glyph, y - glyph);
  cairo_line_to(context, x + glyph, y + glyph);
  cairo_move_to(context, x - glyph, y + glyph);
  cairo_line_to(context, x + glyph, y - glyph);
  cairo_stroke(context);
}

} // namespace

TitleBar::TitleBar(std::int32_t width, std::string_view title, bool active, bool maximized)
    : width_(std::clamp(width, 1, widest)), title_(title.substr(0, longest)), active_(active), maximized_(maximized) {}

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
  const Owned<cairo_surface_t> surface(cairo_image_surface_create_for_data(
      reinterpret_cast<unsigned char*>(pixels_.data()), CAIRO_FORMAT_RGB24, width_, height, width_ * 4));
  const Owned<cairo_t> context(cairo_create(surface.get()));
  const double light = active_ ? 0.95 : 0.75;
  cairo_set_source_rgb(context.get(), light, light, light);
  if (const std::int32_t room = width_ - 3 * button - 16; room > 0 && !title_.empty())
    draw_title(context.get(), title_, room);
  draw_buttons(context.get(), width_, maximized_);
  cairo_surface_flush(surface.get());
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
