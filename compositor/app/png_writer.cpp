#include "compositor/app/png_writer.h"

#include <fmt/format.h>
#include <png.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <vector>

namespace fenceline {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

/// libpng reports by longjmp: nothing with a destructor may live in here.
bool encode(std::FILE* file, std::uint32_t width, std::uint32_t height, const unsigned char* rgb) {
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  if (!png)
    return false;
  png_infop info = png_create_info_struct(png);
  if (!info || setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &info);
    return false;
  }
  png_init_io(png, file);
  png_set_compression_level(png, 3);
  png_set_IHDR(png, info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  for (std::uint32_t y = 0; y < height; ++y)
    png_write_row(png, rgb + std::size_t{y} * width * 3);
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return true;
}

} // namespace

Result<void> write_png(const std::string& path, Size size, std::span<const std::uint32_t> pixels) {
  const std::string part = path + ".part";
  std::vector<unsigned char> rgb;
  rgb.reserve(pixels.size() * 3);
  for (const std::uint32_t pixel : pixels) {
    rgb.push_back(static_cast<unsigned char>(pixel >> 16));
    rgb.push_back(static_cast<unsigned char>(pixel >> 8));
    rgb.push_back(static_cast<unsigned char>(pixel));
  }
  std::unique_ptr<std::FILE, CloseFile> file(std::fopen(part.c_str(), "wbe"));
  if (!file)
    return Error::from_errno(fmt::format("cannot write the screenshot {}", path));
  if (!encode(file.get(), static_cast<std::uint32_t>(size.width), static_cast<std::uint32_t>(size.height),
              rgb.data()) ||
      std::fflush(file.get()) != 0 || std::rename(part.c_str(), path.c_str()) != 0) {
    const Error error = Error::from_errno(fmt::format("cannot write the screenshot {}", path));
    ::unlink(part.c_str());
    return error;
  }
  return {};
}

} // namespace fenceline
