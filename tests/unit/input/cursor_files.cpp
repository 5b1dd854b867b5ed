#include "tests/unit/input/cursor_files.h"

#include <X11/Xcursor/Xcursor.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace fenceline::test {

namespace fs = std::filesystem;

CursorFiles::CursorFiles() : folder_(fs::temp_directory_path() / fmt::format("fenceline-cursors-{}", ::getpid())) {
  fs::create_directories(folder_);
  ::setenv("XCURSOR_PATH", folder_.c_str(), 1);
  ::unsetenv("XCURSOR_THEME");
  ::unsetenv("XCURSOR_SIZE");
}

CursorFiles::~CursorFiles() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void CursorFiles::write(const std::string& theme, const std::string& name, const std::vector<int>& sizes,
                        const std::vector<unsigned>& delays) const {
  const fs::path folder = folder_ / theme / "cursors";
  fs::create_directories(folder);
  XcursorImages* images = XcursorImagesCreate(static_cast<int>(sizes.size() * delays.size()));
  for (const int size : sizes)
    for (std::size_t i = 0; i < delays.size(); ++i) {
      XcursorImage* image = XcursorImageCreate(size, size);
      image->size = static_cast<XcursorDim>(size);
      image->xhot = image->yhot = static_cast<XcursorDim>(size / 4);
      image->delay = delays[i];
      for (int p = 0; p < size * size; ++p)
        image->pixels[p] = 0xff000000U + static_cast<std::uint32_t>(i + 1);
      images->images[images->nimage++] = image;
    }
  const bool saved = XcursorFilenameSaveImages((folder / name).c_str(), images) != 0;
  XcursorImagesDestroy(images);
  if (!saved)
    throw std::runtime_error("cannot write a cursor's file");
}

void CursorFiles::inherit(const std::string& theme, const std::string& from) const {
  fs::create_directories(folder_ / theme);
  std::ofstream(folder_ / theme / "index.theme") << "[Icon Theme]\nInherits=" << from << "\n";
}

} // namespace fenceline::test
