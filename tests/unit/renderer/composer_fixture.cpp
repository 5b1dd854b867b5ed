#include "tests/unit/renderer/composer_fixture.h"

#include <drm_fourcc.h>
#include <poll.h>

#include <algorithm>
#include <cstring>

namespace fenceline {

ArrayPixels::ArrayPixels(std::uint32_t fourcc, const ReferencePixels& pixels)
    : size_(pixels.size), fourcc_(fourcc), stride_(static_cast<std::uint32_t>(pixels.size.width) * 4),
      bytes_(pixels.words.size() * 4) {
  std::memcpy(bytes_.data(), pixels.words.data(), bytes_.size());
}

bool ArrayPixels::read_rows(std::uint32_t first, std::uint32_t count, std::span<std::byte> out) const {
  const std::size_t from = std::size_t{first} * stride_, bytes = std::min(std::size_t{count} * stride_, out.size());
  EXPECT_LE(from + std::size_t{count} * stride_, bytes_.size());
  std::memcpy(out.data(), bytes_.data() + from, bytes);
  rows_read_ += count;
  return true;
}

ReferencePixels noise(Size size, std::uint32_t seed, bool opaque) {
  ReferencePixels pixels{size, {}};
  const auto count = static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height);
  std::uint32_t state = seed * 2654435761U + 1;
  for (std::size_t i = 0; i < count; ++i) {
    state = state * 1664525U + 1013904223U;
    const std::uint32_t alpha = opaque ? 255 : (state >> 24);
    std::uint32_t word = alpha << 24;
    for (unsigned shift = 0; shift < 24; shift += 8)
      word |= ((((state >> shift) ^ (state >> 13)) & 0xffU) * alpha / 255) << shift;
    pixels.words.push_back(word);
  }
  return pixels;
}

void ComposerTest::SetUp() {
  auto loop = EpollLoop::create();
  ASSERT_TRUE(loop) << loop.error().text();
  loop_ = std::move(*loop);
  VulkanComposerOptions options;
  options.validation = true;
  options.linear = linear_;
  auto composer = VulkanComposer::create(*loop_, log_, options);
  if (!composer)
    GTEST_SKIP() << "SKIP: " << composer.error().text();
  composer_ = std::move(*composer);
}

void ComposerTest::TearDown() {
  if (composer_) {
    EXPECT_EQ(composer_->validation_errors(), wanted_errors_);
  }
}

void ComposerTest::show(std::uint32_t surface, std::uint32_t fourcc, ReferencePixels pixels) {
  const ArrayPixels source(fourcc, pixels);
  const Rect all{0, 0, pixels.size.width, pixels.size.height};
  const auto read = composer_->upload(SurfaceId{surface}, source, Region(all));
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(*read, pixels.words.size() * 4);
  shown_[SurfaceId{surface}] = {fourcc, std::move(pixels)};
}

Layer ComposerTest::layer(std::uint32_t surface, Point at) const {
  const auto& [fourcc, pixels] = shown_.at(SurfaceId{surface});
  Layer l;
  l.surface = SurfaceId{surface};
  l.format = {fourcc, DRM_FORMAT_MOD_LINEAR};
  l.buffer_size = pixels.size;
  l.source = {0, 0, static_cast<double>(pixels.size.width), static_cast<double>(pixels.size.height)};
  l.dest = {at.x, at.y, pixels.size.width, pixels.size.height};
  if (!has_alpha(fourcc))
    l.opaque = Region(l.dest);
  return l;
}

SceneSnapshot ComposerTest::snapshot(Size size, std::vector<Layer> layers) {
  SceneSnapshot s;
  s.size = size;
  s.layers = std::move(layers);
  return s;
}

std::vector<std::uint32_t> ComposerTest::drawn(const SceneSnapshot& picture) {
  constexpr BufferId target{0xffff};
  EXPECT_TRUE(composer_->create_offscreen_target(target, picture.size));
  const auto composed = compose(target, picture.size, picture.layers);
  EXPECT_TRUE(composed) << composed.error().text();
  auto read = read_back(target);
  EXPECT_TRUE(read) << read.error().text();
  composer_->forget_buffer(target);
  return read ? *read : std::vector<std::uint32_t>{};
}

Result<std::vector<std::uint32_t>> ComposerTest::read_back(BufferId image, const YuvEncoding& yuv) {
  std::optional<Result<ReadBack>> answer;
  if (auto started = composer_->read_back(image, yuv, [&](Result<ReadBack> r) { answer = std::move(r); }); !started)
    return started.error();
  while (!answer)
    loop_->dispatch(-1);
  if (!*answer)
    return answer->error();
  wait_for((*answer)->fence);
  std::vector<std::uint32_t> pixels((*answer)->pixels.begin(), (*answer)->pixels.end());
  for (std::uint32_t& pixel : pixels)
    pixel |= 0xff000000U; // The X byte may be anything.
  return pixels;
}

void ComposerTest::wait_for(const UniqueFd& fence) {
  pollfd signalled{fence.get(), POLLIN, 0};
  if (fence.valid())
    ::poll(&signalled, 1, -1);
}

std::vector<std::uint32_t> ComposerTest::expected(const SceneSnapshot& picture) const {
  return reference_compose(
      picture,
      [this](const Layer& l) -> const ReferencePixels* {
        const auto found = shown_.find(l.surface);
        return found == shown_.end() ? nullptr : &found->second.second;
      },
      linear_ ? ReferenceBlend::Linear : ReferenceBlend::Encoded);
}

Result<Composed> ComposerTest::compose(BufferId target, Size size, std::vector<Layer> layers) {
  ComposeRequest request;
  request.target = target;
  request.size = size;
  request.layers = std::move(layers);
  std::optional<Result<Composed>> answer;
  if (auto started = composer_->compose(request, test::when_composed([&](Result<Composed> c) {
                                          if (c) {
                                            bytes_.assign(c->bytes.begin(), c->bytes.end());
                                            c->bytes = bytes_;
                                          }
                                          answer = std::move(c);
                                        }));
      !started)
    return started.error();
  while (!answer)
    loop_->dispatch(-1);
  if (*answer)
    wait_for((*answer)->fence);
  return std::move(*answer);
}

} // namespace fenceline
