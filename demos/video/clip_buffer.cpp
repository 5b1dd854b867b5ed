#include "demos/video/clip_buffer.h"

#include <cerrno>
#include <cstring>
#include <linux/dma-buf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "demos/client/failure.h"
#include "demos/client/linear_memory.h"
#include "demos/video_pattern.h"

namespace fenceline::demos {

namespace {

constexpr std::size_t row_alignment = 256; // what the pickiest GPUs want of a linear image's rows

constexpr std::size_t round_up(std::size_t value, std::size_t to) {
  return (value + to - 1) / to * to;
}

void put(std::byte* at, std::uint32_t sample, std::uint32_t bits) {
  if (bits == 8) {
    *at = static_cast<std::byte>(sample);
    return;
  }
  // From 8 bits to `bits`, and those to the top of 16.
  const auto word = static_cast<std::uint16_t>(sample << 8U);
  std::memcpy(at, &word, sizeof word);
}

std::string reason(int error) {
  return std::generic_category().message(error);
}

/// What to do about udmabuf.
std::string remedy(int without_udmabuf, const char* else_do) {
  if (without_udmabuf == ENOENT || without_udmabuf == ENODEV)
    return "As root, modprobe udmabuf loads what makes them";
  if (without_udmabuf == EACCES || without_udmabuf == EPERM)
    return "Let your user read and write /dev/udmabuf (its group is kvm as a rule)";
  return else_do;
}

} // namespace

std::string no_dmabufs(int without_udmabuf, int without_heap) {
  std::string text = "no dma-bufs can be made here, and video comes in nothing else: /dev/udmabuf (" +
                     reason(without_udmabuf) + "), /dev/dma_heap/system (" + reason(without_heap) + "). ";
  return text + remedy(without_udmabuf, "A smaller --size, or fewer --buffers, may do") + "; paint needs none";
}

std::string none_taken(int without_udmabuf) {
  std::string text = "the compositor takes no dma-bufs (linux-dmabuf version 4), and video comes in nothing else. ";
  if (without_udmabuf == 0)
    return text + "Its log may say why; paint needs none";
  // A Fenceline session without a card tries one of its own, and offers none where that cannot be made.
  return text + "Where there is no display card it may need /dev/udmabuf (" + reason(without_udmabuf) + "). " +
         remedy(without_udmabuf, "See udmabuf's limits in /sys/module/udmabuf/parameters") +
         ", then start the session anew; paint needs none";
}

ClipBuffer::ClipBuffer(Connection& connection, const ClipFormat& format, Size size) : format_(format), size_(size) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t sample = format.bits == 8 ? 1 : 2;
  for (std::size_t i = 0; i < format.planes; ++i) {
    const std::size_t columns = i == 0 ? 1 : format.columns, rows = i == 0 ? 1 : format.rows;
    const std::size_t together = i == 1 && format.planes == 2 ? 2 : 1;
    const std::size_t width = (static_cast<std::size_t>(size.width) + columns - 1) / columns;
    const std::size_t height = (static_cast<std::size_t>(size.height) + rows - 1) / rows;
    planes_[i] = {bytes_, round_up(width * together * sample, row_alignment)};
    bytes_ += round_up(planes_[i].stride * height, page);
  }
  LinearMemory linear = allocate_linear(bytes_);
  if (!linear.dmabuf.valid())
    throw Failure(no_dmabufs(linear.without_udmabuf, linear.without_heap));
  dmabuf_ = std::move(linear.dmabuf);
  void* memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf_.get(), 0);
  if (memory == MAP_FAILED)
    fail_errno("cannot map a dma-buf", errno);
  memory_ = static_cast<std::byte*>(memory);

  zwp_linux_buffer_params_v1* params = zwp_linux_dmabuf_v1_create_params(connection.dmabuf());
  for (std::size_t i = 0; i < format.planes; ++i)
    zwp_linux_buffer_params_v1_add(params, dmabuf_.get(), static_cast<std::uint32_t>(i),
                                   static_cast<std::uint32_t>(planes_[i].offset),
                                   static_cast<std::uint32_t>(planes_[i].stride), 0, 0);
  buffer_.reset(zwp_linux_buffer_params_v1_create_immed(params, size.width, size.height, format.fourcc, 0));
  zwp_linux_buffer_params_v1_destroy(params);
  static constexpr wl_buffer_listener listener = {
      .release = [](void* self, wl_buffer*) { static_cast<ClipBuffer*>(self)->busy_ = false; },
  };
  wl_buffer_add_listener(buffer_.get(), &listener, this);
}

ClipBuffer::~ClipBuffer() {
  if (memory_ != nullptr)
    munmap(memory_, bytes_);
}

void ClipBuffer::draw(std::uint32_t frame, bool full_range) {
  dma_buf_sync access{.flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE};
  ioctl(dmabuf_.get(), DMA_BUF_IOCTL_SYNC, &access);
  draw_rows(frame, full_range);
  access.flags = DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE;
  ioctl(dmabuf_.get(), DMA_BUF_IOCTL_SYNC, &access);
}

void ClipBuffer::draw_rows(std::uint32_t frame, bool full_range) const {
  const auto width = static_cast<std::uint32_t>(size_.width), height = static_cast<std::uint32_t>(size_.height);
  const std::size_t sample = format_.bits == 8 ? 1 : 2;
  for (std::uint32_t y = 0; y < height; ++y) {
    std::byte* row = memory_ + planes_[0].offset + planes_[0].stride * y;
    for (std::uint32_t x = 0; x < width; ++x)
      put(row + sample * x, video_luma(x, y, frame, full_range), format_.bits);
  }
  const bool together = format_.planes == 2;
  const std::uint32_t columns = (width + format_.columns - 1) / format_.columns;
  const std::uint32_t rows = (height + format_.rows - 1) / format_.rows;
  const std::size_t step = together ? 2 * sample : sample;
  for (std::uint32_t y = 0; y < rows; ++y) {
    std::byte* blue = memory_ + planes_[1].offset + planes_[1].stride * y;
    std::byte* red = together ? blue + sample : memory_ + planes_[2].offset + planes_[2].stride * y;
    for (std::uint32_t x = 0; x < columns; ++x) {
      put(blue + step * x, video_blue(x, y, frame, format_.columns, format_.rows), format_.bits);
      put(red + step * x, video_red(x, y, frame, format_.columns, format_.rows), format_.bits);
    }
  }
}

} // namespace fenceline::demos
