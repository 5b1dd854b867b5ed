#include "tests/lab/witness_card.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <thread>

namespace fenceline::lab {

namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, const std::string& text) {
  std::ofstream out(file);
  if (!(out << text << std::flush))
    throw std::runtime_error("cannot write " + text + " to " + file.string());
}

std::set<std::string> cards() {
  std::set<std::string> found;
  for (const auto& entry : fs::directory_iterator("/dev/dri"))
    if (entry.path().filename().string().starts_with("card"))
      found.insert(entry.path());
  return found;
}

} // namespace

TwoDisplays::TwoDisplays(bool cursor_planes) {
  const std::set<std::string> before = cards();
  // A folder of a card that is gone may still be there.
  int number = 0;
  do
    folder_ = "/sys/kernel/config/vkms/pair" + std::to_string(number++);
  while (fs::exists(folder_));
  const fs::path folder(folder_);
  fs::create_directory(folder);
  for (const std::string i : {"0", "1"}) {
    const fs::path crtc = folder / "crtcs" / i, encoder = folder / "encoders" / i,
                   connector = folder / "connectors" / i;
    const fs::path primary = folder / "planes" / ("primary" + i), cursor = folder / "planes" / ("cursor" + i);
    for (const fs::path& part : {crtc, encoder, connector, primary})
      fs::create_directory(part);
    write(crtc / "writeback", "1");
    write(primary / "type", "1");
    fs::create_symlink(crtc, primary / "possible_crtcs" / i);
    if (cursor_planes) {
      fs::create_directory(cursor);
      write(cursor / "type", "2");
      fs::create_symlink(crtc, cursor / "possible_crtcs" / i);
    }
    fs::create_symlink(crtc, encoder / "possible_crtcs" / i);
    fs::create_symlink(encoder, connector / "possible_encoders" / i);
    write(connector / "status", "1");
  }
  write(folder / "enabled", "1");
  // udev makes the node, or the kernel itself.
  for (int look = 0; look < 500 && node_.empty(); ++look) {
    for (const std::string& card : cards())
      if (!before.contains(card))
        node_ = card;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  if (node_.empty())
    throw std::runtime_error("the card of configfs never came");
}

TwoDisplays::~TwoDisplays() {
  std::ofstream(folder_ + "/enabled") << "0" << std::flush;
}

} // namespace fenceline::lab
