#include "demos/client/png_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <png.h>

#include "demos/client/failure.h"

namespace fenceline::demos {

void write_png(const std::string& path, const Picture& picture, bool alpha) {
  const std::size_t channels = alpha ? 4 : 3;
  std::vector<std::uint8_t> bytes;
  bytes.reserve(picture.pixels.size() * channels);
  for (const std::uint32_t pixel : picture.pixels) {
    const std::uint32_t a = alpha ? pixel >> 24 : 255u;
    for (const int shift : {16, 8, 0}) {
      const std::uint32_t c = (pixel >> shift) & 255u;
      bytes.push_back(static_cast<std::uint8_t>(a == 0 ? 0u : std::min(255u, (c * 255u + a / 2) / a)));
    }
    if (alpha)
      bytes.push_back(static_cast<std::uint8_t>(a));
  }
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(picture.size.width);
  image.height = static_cast<png_uint_32>(picture.size.height);
  image.format = alpha ? PNG_FORMAT_RGBA : PNG_FORMAT_RGB;
  if (png_image_write_to_file(&image, path.c_str(), 0, bytes.data(), 0, nullptr) == 0)
    throw Failure("cannot write " + path + ": " + image.message);
}

} // namespace fenceline::demos
