#include "tests/support/fake_drm.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace fenceline::test {

drmModeModeInfo fake_mode(std::uint16_t width, std::uint16_t height, std::uint32_t hertz, bool preferred) {
  drmModeModeInfo mode{};
  mode.hdisplay = width;
  mode.vdisplay = height;
  // Totals in round hundreds make the clock a whole number of kHz.
  mode.htotal = static_cast<std::uint16_t>((width / 100 + 2) * 100);
  mode.vtotal = static_cast<std::uint16_t>((height / 10 + 2) * 10);
  mode.clock = static_cast<std::uint32_t>(std::uint64_t{mode.htotal} * mode.vtotal * hertz / 1000);
  mode.vrefresh = hertz;
  mode.type = DRM_MODE_TYPE_DRIVER | (preferred ? DRM_MODE_TYPE_PREFERRED : 0);
  std::snprintf(mode.name, sizeof mode.name, "%dx%d", width, height);
  return mode;
}

std::vector<std::byte> in_formats_blob(std::span<const FormatModifier> formats) {
  std::vector<std::uint32_t> fourccs;
  std::vector<std::uint64_t> modifiers;
  for (const auto& format : formats) {
    if (std::find(fourccs.begin(), fourccs.end(), format.fourcc) == fourccs.end())
      fourccs.push_back(format.fourcc);
    if (std::find(modifiers.begin(), modifiers.end(), format.modifier) == modifiers.end())
      modifiers.push_back(format.modifier);
  }
  // An entry has 64 bits: more formats take more entries of the same modifier.
  std::vector<drm_format_modifier> entries;
  for (const auto modifier : modifiers)
    for (std::uint32_t first = 0; first < fourccs.size(); first += 64) {
      drm_format_modifier entry{.formats = 0, .offset = first, .pad = 0, .modifier = modifier};
      for (std::uint32_t bit = 0; bit < 64 && first + bit < fourccs.size(); ++bit)
        if (std::find(formats.begin(), formats.end(), FormatModifier{fourccs[first + bit], modifier}) != formats.end())
          entry.formats |= std::uint64_t{1} << bit;
      if (entry.formats != 0)
        entries.push_back(entry);
    }
  drm_format_modifier_blob header{};
  header.version = 1;
  header.count_formats = static_cast<std::uint32_t>(fourccs.size());
  header.formats_offset = sizeof header;
  header.count_modifiers = static_cast<std::uint32_t>(entries.size());
  header.modifiers_offset = static_cast<std::uint32_t>((sizeof header + fourccs.size() * 4 + 7) / 8 * 8);
  std::vector<std::byte> blob;
  const auto append = [&blob](std::span<const std::byte> part) { blob.insert(blob.end(), part.begin(), part.end()); };
  append(std::as_bytes(std::span(&header, 1)));
  append(std::as_bytes(std::span(fourccs)));
  blob.resize(header.modifiers_offset);
  append(std::as_bytes(std::span(entries)));
  return blob;
}

std::vector<std::byte> fake_edid(std::string_view make, std::string_view model, std::string_view serial,
                                 unsigned char least_hz) {
  // VESA E-EDID 1.4, section 3.
  std::vector<unsigned char> e(128, 0);
  const unsigned char header[] = {0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00};
  std::copy(std::begin(header), std::end(header), e.begin());
  const auto letter = [&](std::size_t i) { return static_cast<unsigned>(make[i] - 'A' + 1); };
  const unsigned id = letter(0) << 10 | letter(1) << 5 | letter(2);
  e[8] = static_cast<unsigned char>(id >> 8);
  e[9] = static_cast<unsigned char>(id);
  e[16] = 1;  // week
  e[17] = 30; // 2020
  e[18] = 1;
  e[19] = 4;
  e[20] = 0x80; // digital
  e[24] = 0x02; // the first descriptor holds the preferred timing
  for (std::size_t i = 38; i < 54; ++i)
    e[i] = 0x01; // no standard timings
  const unsigned char timing[] = {0x02, 0x3a, 0x80, 0x18, 0x71, 0x38, 0x2d, 0x40, 0x58,
                                  0x2c, 0x45, 0x00, 0x08, 0x40, 0x21, 0x00, 0x00, 0x1e};
  std::copy(std::begin(timing), std::end(timing), e.begin() + 54);
  const auto text = [&](std::size_t at, unsigned char tag, std::string_view value) {
    e[at + 3] = tag;
    for (std::size_t i = 0; i < 13; ++i)
      e[at + 5 + i] = i < value.size() ? static_cast<unsigned char>(value[i]) : i == value.size() ? '\n' : ' ';
  };
  text(72, 0xfc, model);
  text(90, 0xff, serial);
  e[108 + 3] = 0x10; // unused
  if (least_hz != 0) {
    // Display range limits (3.10.3.3): vertical and horizontal rates, the pixel clock in 10 MHz, no timing formula.
    const unsigned char limits[] = {0x00, 0x00, 0x00, 0xfd, 0x00, least_hz, 144,  30,   160,
                                    60,   0x01, 0x0a, 0x20, 0x20, 0x20,     0x20, 0x20, 0x20};
    std::copy(std::begin(limits), std::end(limits), e.begin() + 108);
  }
  unsigned sum = 0;
  for (std::size_t i = 0; i < 127; ++i)
    sum += e[i];
  e[127] = static_cast<unsigned char>(256 - sum % 256);
  std::vector<std::byte> bytes(e.size());
  std::memcpy(bytes.data(), e.data(), e.size());
  return bytes;
}

} // namespace fenceline::test
