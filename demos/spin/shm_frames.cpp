#include "demos/spin/shm_frames.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "demos/client/failure.h"

namespace fenceline::demos {

ShmFrames::ShmFrames(Connection& connection, const Gpu& gpu, FrameRenderer& renderer, int buffers, bool alpha)
    : connection_(connection), gpu_(gpu), renderer_(renderer), count_(buffers), alpha_(alpha) {
  if (connection.shm() == nullptr)
    throw Failure("the compositor does not offer wl_shm, which every compositor must");
}

void ShmFrames::resize(Size size) {
  size_ = size;
  buffers_.clear(); // the compositor keeps the memory of what it still shows
  target_.emplace(TargetImage::for_reading(gpu_, size));
  for (int i = 0; i < count_; ++i)
    buffers_.push_back(
        std::make_unique<ShmBuffer>(connection_.shm(), size, alpha_ ? WL_SHM_FORMAT_ARGB8888 : WL_SHM_FORMAT_XRGB8888));
}

bool ShmFrames::ready() const {
  return buffers_.empty() || std::any_of(buffers_.begin(), buffers_.end(), [](const auto& b) { return !b->busy(); });
}

void ShmFrames::draw(std::uint32_t frame, wl_surface* surface) {
  const auto free = std::find_if(buffers_.begin(), buffers_.end(), [](const auto& b) { return !b->busy(); });
  if (free == buffers_.end())
    throw std::logic_error("asked to draw while the compositor has every buffer");
  ShmBuffer& buffer = **free;
  renderer_.draw_and_read(*target_, frame, [&](int y, const std::uint32_t* pixels) {
    std::memcpy(buffer.row(y), pixels, 4 * static_cast<std::size_t>(size_.width));
  });
  buffer.set_busy();
  wl_surface_attach(surface, buffer.buffer(), 0, 0);
  wl_surface_damage_buffer(surface, 0, 0, size_.width, size_.height);
}

Facts ShmFrames::facts() const {
  return {{"device", json_string(gpu_.name())},         {"transport", json_string("shm")},
          {"width", std::to_string(size_.width)},       {"height", std::to_string(size_.height)},
          {"buffers", std::to_string(buffers_.size())}, {"explicit_sync", "false"}};
}

std::string ShmFrames::description() const {
  return std::to_string(buffers_.size()) + " shared-memory buffers of " + std::to_string(size_.width) + "x" +
         std::to_string(size_.height) + ", copied from what " + gpu_.name() + " draws";
}

} // namespace fenceline::demos
