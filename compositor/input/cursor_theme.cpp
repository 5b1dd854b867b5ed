#include "compositor/input/cursor_theme.h"

#include <X11/Xcursor/Xcursor.h>
#include <drm_fourcc.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "compositor/base/shared_library.h"
#include "compositor/input/arrow_cursor.h"

// X.h has a macro of this name, for a request that nobody makes here.
#undef CursorShape

namespace fenceline {
namespace {

constexpr int usual_size = 24; ///< px, nominal.

/// The names that themes have for a shape: CSS's, then what X11 programs asked for.
constexpr std::array<std::array<const char*, 3>, 37> names{{
    {nullptr, nullptr, nullptr},
    {"default", "left_ptr", nullptr},
    {"context-menu", nullptr, nullptr},
    {"help", "question_arrow", "whats_this"},
    {"pointer", "hand2", "hand1"},
    {"progress", "left_ptr_watch", "half-busy"},
    {"wait", "watch", nullptr},
    {"cell", "plus", nullptr},
    {"crosshair", "cross", nullptr},
    {"text", "xterm", "ibeam"},
    {"vertical-text", nullptr, nullptr},
    {"alias", "dnd-link", "link"},
    {"copy", "dnd-copy", nullptr},
    {"move", "dnd-move", "fleur"},
    {"no-drop", "dnd-no-drop", "dnd-none"},
    {"not-allowed", "crossed_circle", "forbidden"},
    {"grab", "openhand", "hand1"},
    {"grabbing", "closedhand", "fleur"},
    {"e-resize", "right_side", nullptr},
    {"n-resize", "top_side", nullptr},
    {"ne-resize", "top_right_corner", nullptr},
    {"nw-resize", "top_left_corner", nullptr},
    {"s-resize", "bottom_side", nullptr},
    {"se-resize", "bottom_right_corner", nullptr},
    {"sw-resize", "bottom_left_corner", nullptr},
    {"w-resize", "left_side", nullptr},
    {"ew-resize", "sb_h_double_arrow", "h_double_arrow"},
    {"ns-resize", "sb_v_double_arrow", "v_double_arrow"},
    {"nesw-resize", "fd_double_arrow", nullptr},
    {"nwse-resize", "bd_double_arrow", nullptr},
    {"col-resize", "split_h", "sb_h_double_arrow"},
    {"row-resize", "split_v", "sb_v_double_arrow"},
    {"all-scroll", "fleur", nullptr},
    {"zoom-in", nullptr, nullptr},
    {"zoom-out", nullptr, nullptr},
    {"dnd-ask", nullptr, nullptr},
    {"all-resize", "fleur", nullptr},
}};

/// A theme's picture, copied out of the library's memory.
class ThemePicture final : public PixelSource {
 public:
  explicit ThemePicture(const XcursorImage& image)
      : size_{static_cast<std::int32_t>(image.width), static_cast<std::int32_t>(image.height)},
        pixels_(image.pixels, image.pixels + std::size_t{image.width} * image.height) {}
  [[nodiscard]] Size size() const override { return size_; }
  [[nodiscard]] std::uint32_t fourcc() const override { return DRM_FORMAT_ARGB8888; }
  [[nodiscard]] std::uint32_t stride() const override { return static_cast<std::uint32_t>(size_.width) * 4U; }
  bool read_rows(std::uint32_t first, std::uint32_t count, std::span<std::byte> out) const override {
    const std::size_t wanted = std::min(std::size_t{count} * stride(), out.size());
    if (std::size_t{first} + count > static_cast<std::size_t>(size_.height)) {
      std::fill_n(out.data(), wanted, std::byte{});
      return false;
    }
    std::memcpy(out.data(), std::as_bytes(std::span(pixels_)).data() + std::size_t{first} * stride(), wanted);
    return true;
  }

 private:
  Size size_;
  std::vector<std::uint32_t> pixels_;
};

CursorFrames arrow_frames() {
  return {{.pixels = std::make_shared<ArrowCursor>(),
           .size = {ArrowCursor::edge, ArrowCursor::edge},
           .hotspot = ArrowCursor::hotspot,
           .delay = {}}};
}

/// What is needed of libXcursor, which brings X11's libraries with it.
struct XcursorLibrary {
  decltype(&::XcursorLibraryLoadImages) load_images;
  decltype(&::XcursorImagesDestroy) images_destroy;

  [[nodiscard]] static Result<XcursorLibrary> load() {
    const Result<SharedLibrary> library = SharedLibrary::open("libXcursor.so.1");
    if (!library)
      return library.error();
    const XcursorLibrary found{library->find<decltype(XcursorLibrary::load_images)>("XcursorLibraryLoadImages"),
                               library->find<decltype(XcursorLibrary::images_destroy)>("XcursorImagesDestroy")};
    if (found.load_images == nullptr || found.images_destroy == nullptr)
      return Error{"libXcursor.so.1 cannot read themes", 0};
    return found;
  }
};

CursorFrames load_frames(const XcursorLibrary& library, const char* name, const char* theme, int size) {
  const std::unique_ptr<XcursorImages, decltype(library.images_destroy)> images(library.load_images(name, theme, size),
                                                                                library.images_destroy);
  CursorFrames frames;
  if (!images)
    return frames;
  for (int i = 0; i < std::min(images->nimage, CursorTheme::max_frames); ++i) {
    const XcursorImage& image = *images->images[i];
    const auto most = static_cast<XcursorDim>(CursorTheme::max_side);
    if (image.width == 0 || image.height == 0 || image.width > most || image.height > most)
      return {};
    frames.push_back({.pixels = std::make_shared<ThemePicture>(image),
                      .size = {static_cast<std::int32_t>(image.width), static_cast<std::int32_t>(image.height)},
                      .hotspot = {static_cast<std::int32_t>(std::min(image.xhot, image.width - 1)),
                                  static_cast<std::int32_t>(std::min(image.yhot, image.height - 1))},
                      .delay = std::chrono::milliseconds(image.delay)});
  }
  // A delay of one picture says nothing.
  if (frames.size() == 1)
    frames.front().delay = {};
  return frames;
}

int size_of(const CursorSettings& settings) {
  int size = settings.size;
  if (const char* text = std::getenv("XCURSOR_SIZE"); size <= 0 && text)
    std::from_chars(text, text + std::strlen(text), size);
  return size <= 0 ? usual_size : std::min(size, CursorTheme::max_side);
}

} // namespace

CursorTheme::CursorTheme() {
  shapes_[0] = arrow_frames();
}

CursorTheme CursorTheme::load(const CursorSettings& settings, Log& log) {
  const char* from_environment = std::getenv("XCURSOR_THEME");
  const std::string theme = !settings.theme.empty() ? settings.theme : from_environment ? from_environment : "default";
  const int size = size_of(settings);
  CursorTheme loaded;
  const Result<XcursorLibrary> library = XcursorLibrary::load();
  if (!library) {
    log.warn("the cursor is the built-in arrow: {}", library.error().text());
    return loaded;
  }
  for (std::size_t shape = 1; shape <= shape_count; ++shape)
    for (const char* name : names.at(shape))
      if (name && loaded.shapes_.at(shape).empty())
        loaded.shapes_.at(shape) = load_frames(*library, name, theme.c_str(), size);
  const auto found = std::count_if(loaded.shapes_.begin() + 1, loaded.shapes_.end(),
                                   [](const CursorFrames& frames) { return !frames.empty(); });
  if (found == 0)
    log.info("no cursor theme \"{}\" was found: the cursor is the built-in arrow", theme);
  else
    log.debug("cursor theme \"{}\" at {} px: {} shapes of {}", theme, size, found, shape_count);
  return loaded;
}

const CursorFrames& CursorTheme::frames(CursorShape shape) const {
  const CursorFrames& wanted = shapes_.at(static_cast<std::size_t>(shape));
  if (!wanted.empty())
    return wanted;
  const CursorFrames& usual = shapes_.at(static_cast<std::size_t>(CursorShape::Default));
  return usual.empty() ? shapes_[0] : usual;
}

} // namespace fenceline
