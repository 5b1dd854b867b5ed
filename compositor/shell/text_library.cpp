#include "compositor/shell/text_library.h"

#include <string>

#include "compositor/base/shared_library.h"

namespace fenceline {

Result<TextLibrary> TextLibrary::load(const char* name) {
  // It needs Pango, Cairo, GObject and GLib: their functions are found through it.
  const Result<SharedLibrary> library = SharedLibrary::open(name);
  if (!library)
    return library.error();
  TextLibrary functions{};
  const char* missing = nullptr;
  const auto find = [&](auto& function, const char* symbol) {
    function = library->find<std::remove_reference_t<decltype(function)>>(symbol);
    if (function == nullptr)
      missing = symbol;
  };
  find(functions.free, "g_free");
  find(functions.utf8_make_valid, "g_utf8_make_valid");
  find(functions.object_unref, "g_object_unref");
  find(functions.image_surface_create_for_data, "cairo_image_surface_create_for_data");
  find(functions.surface_flush, "cairo_surface_flush");
  find(functions.surface_destroy, "cairo_surface_destroy");
  find(functions.create, "cairo_create");
  find(functions.destroy, "cairo_destroy");
  find(functions.set_source_rgb, "cairo_set_source_rgb");
  find(functions.set_line_width, "cairo_set_line_width");
  find(functions.move_to, "cairo_move_to");
  find(functions.line_to, "cairo_line_to");
  find(functions.rectangle, "cairo_rectangle");
  find(functions.stroke, "cairo_stroke");
  find(functions.create_layout, "pango_cairo_create_layout");
  find(functions.show_layout, "pango_cairo_show_layout");
  find(functions.font_description_from_string, "pango_font_description_from_string");
  find(functions.font_description_free, "pango_font_description_free");
  find(functions.layout_set_font_description, "pango_layout_set_font_description");
  find(functions.layout_set_single_paragraph_mode, "pango_layout_set_single_paragraph_mode");
  find(functions.layout_set_width, "pango_layout_set_width");
  find(functions.layout_set_ellipsize, "pango_layout_set_ellipsize");
  find(functions.layout_set_alignment, "pango_layout_set_alignment");
  find(functions.layout_set_text, "pango_layout_set_text");
  find(functions.layout_get_pixel_size, "pango_layout_get_pixel_size");
  if (missing != nullptr)
    return Error{std::string(name) + " has no " + missing, 0};
  return functions;
}

} // namespace fenceline
