#pragma once
#include <pango/pangocairo.h>

#include "compositor/base/result.h"

namespace fenceline {

/// What a title bar needs of Pango, Cairo and GLib, which are loaded when one is drawn (TitleText): with what they
/// need themselves they are a third of all libraries, and a session without window frames does without them.
struct TextLibrary {
  /// `name`: of the library. The error says which library or function is missing.
  [[nodiscard]] static Result<TextLibrary> load(const char* name);

  decltype(&::g_free) free;
  decltype(&::g_utf8_make_valid) utf8_make_valid;
  decltype(&::g_object_unref) object_unref;
  decltype(&::cairo_image_surface_create_for_data) image_surface_create_for_data;
  decltype(&::cairo_surface_flush) surface_flush;
  decltype(&::cairo_surface_destroy) surface_destroy;
  decltype(&::cairo_create) create;
  decltype(&::cairo_destroy) destroy;
  decltype(&::cairo_set_source_rgb) set_source_rgb;
  decltype(&::cairo_set_line_width) set_line_width;
  decltype(&::cairo_move_to) move_to;
  decltype(&::cairo_line_to) line_to;
  decltype(&::cairo_rectangle) rectangle;
  decltype(&::cairo_stroke) stroke;
  decltype(&::pango_cairo_create_layout) create_layout;
  decltype(&::pango_cairo_show_layout) show_layout;
  decltype(&::pango_font_description_from_string) font_description_from_string;
  decltype(&::pango_font_description_free) font_description_free;
  decltype(&::pango_layout_set_font_description) layout_set_font_description;
  decltype(&::pango_layout_set_single_paragraph_mode) layout_set_single_paragraph_mode;
  decltype(&::pango_layout_set_width) layout_set_width;
  decltype(&::pango_layout_set_ellipsize) layout_set_ellipsize;
  decltype(&::pango_layout_set_alignment) layout_set_alignment;
  decltype(&::pango_layout_set_text) layout_set_text;
  decltype(&::pango_layout_get_pixel_size) layout_get_pixel_size;
};

} // namespace fenceline
