#include "tests/support/yuv_image.h"

#include <fcntl.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

namespace fenceline {

namespace {

std::size_t area(Size size) {
  return static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height);
}

std::vector<std::uint16_t> noise_samples(std::size_t count, int bits, std::uint32_t& state) {
  std::vector<std::uint16_t> samples(count);
  for (std::uint16_t& sample : samples) {
    state = state * 1664525U + 1013904223U;
    sample = static_cast<std::uint16_t>((state >> 12) & ((1U << bits) - 1U));
  }
  return samples;
}

/// The bytes in a dma-buf of their own.
Result<UniqueFd> to_udmabuf(const std::vector<std::byte>& bytes) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t size = (bytes.size() + page - 1) / page * page;
  const UniqueFd memory(::memfd_create("video", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory.valid() || ::ftruncate(memory.get(), static_cast<off_t>(size)) != 0 ||
      ::pwrite(memory.get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()) ||
      ::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK) != 0)
    return Error::from_errno("no sealed memory");
  const UniqueFd maker(::open("/dev/udmabuf", O_RDWR | O_CLOEXEC));
  udmabuf_create create{
      .memfd = static_cast<__u32>(memory.get()), .flags = UDMABUF_FLAGS_CLOEXEC, .offset = 0, .size = size};
  UniqueFd made(maker.valid() ? ::ioctl(maker.get(), UDMABUF_CREATE, &create) : -1);
  if (!made.valid())
    return Error::from_errno("no udmabuf");
  return made;
}

void put(std::vector<std::byte>& bytes, std::size_t at, std::uint16_t sample, int bits) {
  if (bits == 8) {
    bytes[at] = static_cast<std::byte>(sample);
    return;
  }
  const auto word = static_cast<std::uint16_t>(static_cast<unsigned>(sample) << (16 - bits));
  std::memcpy(bytes.data() + at, &word, sizeof(word));
}

} // namespace

ReferencePixels yuv_noise(const YuvFormat& format, Size size, std::uint32_t seed) {
  std::uint32_t state = seed * 2654435761U + 1;
  ReferenceYuv yuv;
  yuv.bits = format.bits;
  yuv.chroma_size = format.plane_size(1, size);
  yuv.luma = noise_samples(area(size), yuv.bits, state);
  yuv.blue = noise_samples(area(yuv.chroma_size), yuv.bits, state);
  yuv.red = noise_samples(area(yuv.chroma_size), yuv.bits, state);
  return {size, {}, std::move(yuv)};
}

Result<DmabufAttributes> store_yuv(const YuvFormat& format, const ReferencePixels& picture, const YuvMemory& memory) {
  const ReferenceYuv& yuv = *picture.yuv;
  const std::vector<std::uint16_t>* channels[] = {&yuv.luma, format.cr_first ? &yuv.red : &yuv.blue,
                                                  format.cr_first ? &yuv.blue : &yuv.red};
  const std::size_t sample = yuv.bits == 8 ? 1 : 2;
  DmabufAttributes attributes;
  attributes.size = picture.size;
  attributes.format = {format.fourcc, 0};
  attributes.plane_count = format.plane_count;
  std::vector<std::byte> bytes(memory.offset);
  for (std::size_t i = 0; i < format.plane_count; ++i) {
    const Size size = format.plane_size(i, picture.size);
    const auto width = static_cast<std::size_t>(size.width), height = static_cast<std::size_t>(size.height);
    const std::size_t step = format.planes[i].bytes;
    std::size_t stride = width * step + memory.padding;
    stride = (stride + step - 1) / step * step;
    DmabufPlane& plane = attributes.planes[i];
    plane.offset = static_cast<std::uint32_t>(bytes.size());
    plane.stride = static_cast<std::uint32_t>(stride);
    bytes.resize(bytes.size() + stride * height, std::byte{0x5a});
    for (std::size_t y = 0; y < height; ++y)
      for (std::size_t x = 0; x < width; ++x)
        for (std::size_t c = 0; c < step / sample; ++c)
          put(bytes, plane.offset + y * stride + x * step + c * sample, (*channels[i + c])[y * width + x], yuv.bits);
    if (memory.several_dmabufs || i + 1 == format.plane_count) {
      auto made = to_udmabuf(bytes);
      if (!made)
        return made.error();
      for (std::size_t j = memory.several_dmabufs ? i : 0; j <= i; ++j)
        attributes.planes[j].fd = made->duplicate();
      if (memory.several_dmabufs)
        bytes.clear();
    }
  }
  return attributes;
}

} // namespace fenceline
