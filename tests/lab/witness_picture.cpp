#include "tests/lab/witness_picture.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "compositor/base/fd.h"
#include "demos/frame_code.h"

namespace fenceline::lab {

namespace {

constexpr std::uint32_t colour = 0x00ffffffU;

/// The card of the lab's display is minor 1 of DRM.
constexpr const char* crc_control = "/sys/kernel/debug/dri/1/crtc-0/crc/control";
constexpr const char* crc_data = "/sys/kernel/debug/dri/1/crtc-0/crc/data";

std::uint32_t channel(std::uint32_t word, unsigned shift) {
  return (word >> shift) & 0xffU;
}

/// crc32_le: the reflected polynomial of Ethernet, with nothing inverted before or after.
class Crc32 {
 public:
  Crc32() {
    for (std::uint32_t i = 0; i < table_.size(); ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit)
        value = (value >> 1) ^ ((value & 1U) != 0 ? 0xedb88320U : 0U);
      table_[i] = value;
    }
  }
  void add(std::uint32_t word16) {
    add_byte(word16 & 0xffU);
    add_byte(word16 >> 8);
  }
  [[nodiscard]] std::uint32_t value() const { return value_; }

 private:
  void add_byte(std::uint32_t byte) { value_ = (value_ >> 8) ^ table_[(value_ ^ byte) & 0xffU]; }

  std::array<std::uint32_t, 256> table_{};
  std::uint32_t value_ = 0;
};

} // namespace

Picture make_picture(Size size, const std::function<std::uint32_t(std::uint32_t, std::uint32_t)>& pixel) {
  Picture picture{size, {}};
  for (std::int32_t y = 0; y < size.height; ++y)
    for (std::int32_t x = 0; x < size.width; ++x)
      picture.words.push_back(pixel(static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y)) & colour);
  return picture;
}

std::uint32_t frame_number(const Picture& picture, Point corner) {
  return demos::decode_frame_code([&](std::uint32_t x) {
    return picture.at({corner.x + static_cast<std::int32_t>(x), corner.y});
  });
}

bool number_stands_at(const Picture& picture, Point corner) {
  for (std::int32_t x = 0; x < static_cast<std::int32_t>(demos::frame_code_width); ++x)
    if (const std::uint32_t word = picture.at({corner.x + x, corner.y}); word != 0 && word != colour)
      return false;
  return frame_number(picture, corner) != 0;
}

std::vector<Difference> differences(const Picture& is, const Picture& should,
                                    const std::function<int(Point)>& allowed) {
  if (is.size != should.size || is.words.size() != should.words.size())
    throw std::runtime_error("pictures of different sizes");
  std::vector<Difference> found;
  for (std::int32_t y = 0; y < is.size.height; ++y)
    for (std::int32_t x = 0; x < is.size.width; ++x) {
      const Point p{x, y};
      const std::uint32_t a = is.at(p), b = should.at(p);
      if (a == b)
        continue;
      const int limit = allowed ? allowed(p) : 0;
      for (unsigned shift = 0; shift < 24; shift += 8)
        if (std::abs(static_cast<int>(channel(a, shift)) - static_cast<int>(channel(b, shift))) > limit) {
          found.push_back({p, a, b});
          break;
        }
    }
  return found;
}

std::string text(const std::vector<Difference>& differences) {
  std::string all = std::to_string(differences.size()) + " pixels differ";
  for (std::size_t i = 0; i < differences.size() && i < 8; ++i) {
    const Difference& d = differences[i];
    char line[96];
    std::snprintf(line, sizeof line, "; at %d,%d %06x instead of %06x", d.where.x, d.where.y, d.is, d.should);
    all += line;
  }
  return all;
}

std::uint32_t vkms_crc(const Picture& picture) {
  Crc32 crc;
  for (const std::uint32_t word : picture.words) {
    crc.add(0xffffU);
    for (const unsigned shift : {16U, 8U, 0U})
      crc.add(channel(word, shift) * 257U);
  }
  return crc.value();
}

std::vector<std::uint32_t> read_crcs(std::size_t count) {
  const UniqueFd control(::open(crc_control, O_WRONLY | O_CLOEXEC));
  if (::write(control.get(), "auto", 4) != 4)
    throw std::runtime_error("the display has no CRC");
  const UniqueFd data(::open(crc_data, O_RDONLY | O_CLOEXEC));
  if (!data.valid())
    throw std::runtime_error("the display computes no CRC");
  std::vector<std::uint32_t> crcs;
  while (crcs.size() < count) {
    // One entry a read: "frame crc", in hexadecimal.
    char line[64] = {};
    unsigned frame = 0, crc = 0;
    if (::read(data.get(), line, sizeof line - 1) <= 0 || std::sscanf(line, "%x %x", &frame, &crc) != 2)
      throw std::runtime_error(std::string("not a CRC: ") + line);
    crcs.push_back(crc);
  }
  return crcs;
}

} // namespace fenceline::lab
