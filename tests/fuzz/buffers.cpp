#include "tests/fuzz/buffers.h"

#include <algorithm>
#include <array>
#include <span>

namespace fenceline::fuzz {

namespace {

constexpr std::size_t kPoolsAtMost = 8;
constexpr std::size_t kBuffersAtMost = 24;
// Within what a fullscreen window may measure on the smallest usual output.
constexpr std::uint64_t kLargestSide = 480;
constexpr std::uint32_t kArgb = 0; // wl_shm's own numbers for the two formats that everyone has
constexpr std::uint32_t kXrgb = 1;
constexpr std::uint32_t kDrmArgb = 0x34325241; // DRM's
constexpr std::uint32_t kDrmXrgb = 0x34325258;

} // namespace

void Buffers::forget_the_dead() {
  // By interface: the id of a destroyed buffer may be somebody else's by now.
  const auto& objects = maker_.objects();
  const auto* pool_interface = maker_.interface("wl_shm_pool");
  const auto* buffer_interface = maker_.interface("wl_buffer");
  std::erase_if(pools_, [&](const Pool& pool) { return !objects.alive_as(pool.id, pool_interface); });
  std::erase_if(buffers_, [&](const Buffer& buffer) { return !objects.alive_as(buffer.id, buffer_interface); });
}

Buffer Buffers::any() {
  forget_the_dead();
  if (buffers_.empty() || (buffers_.size() < kBuffersAtMost && maker_.prng().chance(1, 6)))
    step();
  forget_the_dead();
  // One that the server made, of a size that is forgotten.
  if (maker_.prng().chance(1, 12))
    if (const auto id = maker_.living("wl_buffer"); id >= kServerIds)
      return {.id = id};
  if (buffers_.empty())
    make_pool();
  return buffers_.empty() ? Buffer() : maker_.prng().pick(buffers_);
}

Buffer Buffers::dmabuf(bool fills_output) {
  forget_the_dead();
  const auto width = maker_.world().output_width;
  const bool large = fills_output && width > 0;
  const auto pick = [&] {
    std::vector<Buffer> found;
    for (const auto& buffer : buffers_)
      if (buffer.dmabuf && (!large || buffer.width == width))
        found.push_back(buffer);
    return found.empty() ? Buffer() : maker_.prng().pick(found);
  };
  if (const auto buffer = pick(); buffer.id != 0 && !maker_.prng().chance(1, 8))
    return buffer;
  make_dmabuf_image(large);
  forget_the_dead();
  return pick();
}

void Buffers::make_pool() {
  auto& prng = maker_.prng();
  const auto shm = maker_.global("wl_shm");
  if (shm == 0)
    return;
  Pool pool;
  pool.size = 4096u * (16 + prng.below(prng.chance(1, 10) ? 1000 : 200));
  pool.key = maker_.new_file_key();
  FdSpec file{.kind = FdKind::Memfd, .size = pool.size, .key = pool.key};
  const auto draw = prng.below(100);
  if (draw < 25)
    file.kind = FdKind::ShrinkSealed;
  else if (draw < 35)
    file.kind = FdKind::RegularFile;
  else if (draw < 40)
    file.kind = FdKind::Unsealable;
  // Some pools say more than their file holds: legal to say, wrong to read.
  if (prng.chance(1, 20))
    file.size = prng.below(4) * (pool.size / 4);
  pool.id = maker_.request(shm, "create_pool", {Value::of(file), Value::of(static_cast<std::uint32_t>(pool.size))});
  if (pool.id == 0)
    return;
  pools_.push_back(pool);
  file_keys_.push_back(pool.key);
  const auto count = 1 + prng.below(3);
  for (std::uint32_t i = 0; i < count; ++i)
    add_buffer(pool);
}

void Buffers::add_buffer(const Pool& pool) {
  auto& prng = maker_.prng();
  Buffer buffer;
  // Multiples of four, so that a buffer scale of 2 or 4 divides them.
  buffer.width = prng.between(1, 64) * 4;
  const auto stride = buffer.width * 4 + (prng.chance(1, 6) ? prng.between(0, 16) * 4 : 0);
  const auto rows =
      static_cast<std::int32_t>(std::min<std::uint64_t>(pool.size / static_cast<std::uint64_t>(stride), kLargestSide));
  buffer.height = std::max(prng.between(1, std::max(rows / 4, 1)) * 4, 1);
  if (buffer.height > rows)
    buffer.height = rows;
  const auto used = static_cast<std::uint64_t>(stride) * static_cast<std::uint64_t>(buffer.height);
  const auto slack = static_cast<std::uint32_t>((pool.size - used) / 4);
  const auto offset = prng.chance(1, 3) ? prng.below(slack + 1) * 4 : 0;
  buffer.id = maker_.request(pool.id, "create_buffer",
                             {Value::of(offset), Value::of(buffer.width), Value::of(buffer.height), Value::of(stride),
                              Value::of(prng.chance(1, 2) ? kArgb : kXrgb)});
  if (buffer.id != 0)
    buffers_.push_back(buffer);
}

void Buffers::make_dmabuf() {
  auto& prng = maker_.prng();
  const auto dmabuf = maker_.global("zwp_linux_dmabuf_v1");
  if (dmabuf != 0 && prng.chance(1, 6)) {
    const auto surface = maker_.living("wl_surface");
    const auto feedback = prng.chance(1, 2) || surface == 0
                              ? maker_.request(dmabuf, "get_default_feedback")
                              : maker_.request(dmabuf, "get_surface_feedback", {Value::of(surface)});
    if (feedback != dmabuf && prng.chance(1, 2))
      maker_.request(feedback, "destroy");
    return;
  }
  make_dmabuf_image(prng.chance(1, 8));
}

DmabufFormat Buffers::dmabuf_format() {
  auto& prng = maker_.prng();
  const auto& formats = maker_.world().dmabuf_formats;
  // One that everyone has, of four bytes a pixel: what is made of memory has no other layout than the linear one.
  if (formats.empty() || prng.chance(7, 8))
    return {.fourcc = prng.chance(1, 2) ? kDrmXrgb : kDrmArgb, .modifier = 0};
  return prng.pick(formats);
}

void Buffers::make_dmabuf_image(bool fills_output) {
  auto& prng = maker_.prng();
  const auto dmabuf = maker_.global("zwp_linux_dmabuf_v1");
  if (dmabuf == 0)
    return;
  const DmabufFormat format = dmabuf_format();
  Buffer buffer{.width = prng.between(1, 64) * 4, .height = prng.between(1, 64) * 4, .dmabuf = true};
  // It may be scanned out then.
  if (fills_output && maker_.world().output_width > 0) {
    buffer.width = maker_.world().output_width;
    buffer.height = maker_.world().output_height;
  }
  const auto stride = static_cast<std::uint32_t>(buffer.width) * 4;
  const auto params = maker_.request(dmabuf, "create_params");
  const auto planes = prng.chance(49, 50) ? 1u : 1u + prng.below(4);
  for (std::uint32_t plane = 0; plane < planes; ++plane) {
    FdSpec memory{.kind = prng.chance(19, 20) ? FdKind::Udmabuf : FdKind::Memfd,
                  .size = static_cast<std::uint64_t>(stride) * static_cast<std::uint64_t>(buffer.height),
                  .key = maker_.new_file_key()};
    file_keys_.push_back(memory.key);
    maker_.request(params, "add",
                   {Value::of(memory), Value::of(plane), Value::of(0u), Value::of(stride),
                    Value::of(static_cast<std::uint32_t>(format.modifier >> 32)),
                    Value::of(static_cast<std::uint32_t>(format.modifier))});
  }
  // create answers later with a buffer of the server's making; create_immed, or a fatal error, names one at once.
  if (prng.chance(1, 5)) {
    maker_.request(params, "create",
                   {Value::of(buffer.width), Value::of(buffer.height), Value::of(format.fourcc), Value::of(0u)});
  } else {
    buffer.id =
        maker_.request(params, "create_immed",
                       {Value::of(buffer.width), Value::of(buffer.height), Value::of(format.fourcc), Value::of(0u)});
    if (buffer.id != params && buffer.id != 0)
      buffers_.push_back(buffer);
  }
  maker_.request(params, "destroy");
}

void Buffers::make_single_pixel() {
  const auto manager = maker_.global("wp_single_pixel_buffer_manager_v1");
  auto& prng = maker_.prng();
  const auto channel = [&prng] { return Value::of(static_cast<std::uint32_t>(prng.next())); };
  const Buffer buffer{.id = maker_.request(manager, "create_u32_rgba_buffer",
                                           {channel(), channel(), channel(), Value::of(0xffffffffu)}),
                      .width = 1,
                      .height = 1};
  if (buffer.id != 0)
    buffers_.push_back(buffer);
}

void Buffers::grow_pool() {
  if (pools_.empty())
    return;
  auto& prng = maker_.prng();
  auto& pool = pools_[prng.below(static_cast<std::uint32_t>(pools_.size()))];
  const auto larger = pool.size + 4096u * (1 + prng.below(64));
  if (prng.chance(5, 6))
    maker_.add({.verb = Verb::Resize, .key = pool.key, .size = larger});
  pool.size = larger;
  maker_.request(pool.id, "resize", {Value::of(static_cast<std::uint32_t>(larger))});
  add_buffer(pool);
}

void Buffers::cut_file() {
  if (file_keys_.empty())
    return;
  auto& prng = maker_.prng();
  const auto recent = std::min<std::uint32_t>(static_cast<std::uint32_t>(file_keys_.size()), 8);
  const auto key = file_keys_[file_keys_.size() - 1 - prng.below(recent)];
  constexpr std::array<std::uint64_t, 5> kSizes = {0, 1, 4095, 4096, 40960};
  maker_.add({.verb = Verb::Resize, .key = key, .size = prng.pick(kSizes)});
  // Sometimes it is whole again before anybody looks.
  if (prng.chance(1, 4))
    maker_.add({.verb = Verb::Resize, .key = key, .size = std::uint64_t{4096} * 256});
}

void Buffers::destroy_one() {
  auto& prng = maker_.prng();
  if (!pools_.empty() && (pools_.size() >= kPoolsAtMost || prng.chance(1, 3)))
    maker_.request(pools_[prng.below(static_cast<std::uint32_t>(pools_.size()))].id, "destroy");
  if (!buffers_.empty() && (buffers_.size() >= kBuffersAtMost || prng.chance(2, 3)))
    maker_.request(buffers_[prng.below(static_cast<std::uint32_t>(buffers_.size()))].id, "destroy");
}

void Buffers::step() {
  forget_the_dead();
  auto& prng = maker_.prng();
  if (pools_.size() >= kPoolsAtMost || buffers_.size() >= kBuffersAtMost) {
    destroy_one();
    return;
  }
  const auto draw = prng.below(100);
  if (draw < 35)
    make_pool();
  else if (draw < 50 && !pools_.empty())
    add_buffer(pools_[prng.below(static_cast<std::uint32_t>(pools_.size()))]);
  else if (draw < 60)
    grow_pool();
  else if (draw < 66)
    cut_file();
  else if (draw < 80)
    make_dmabuf();
  else if (draw < 84)
    make_single_pixel();
  else
    destroy_one();
}

} // namespace fenceline::fuzz
