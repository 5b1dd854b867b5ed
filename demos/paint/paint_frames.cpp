#include "demos/paint/paint_frames.h"

#include <algorithm>
#include <cassert>

#include "demos/client/failure.h"

namespace fenceline::demos {

namespace {

constexpr std::size_t remembered_draws = 8; // a ring has at most so many buffers, so no buffer in use is older

} // namespace

PaintFrames::PaintFrames(Connection& connection, Artwork& artwork, Choice choice)
    : connection_(connection), artwork_(artwork), choice_(choice) {
  if (connection.shm() == nullptr)
    throw Failure("the compositor does not offer wl_shm, which every compositor must");
}

void PaintFrames::resize(Size size) {
  size_ = size;
  artwork_.resize(size);
  slots_.clear(); // the compositor keeps the memory of what it still shows
  history_.clear();
  for (int i = 0; i < choice_.buffers; ++i)
    slots_.push_back({std::make_unique<ShmBuffer>(connection_.shm(), size,
                                                  choice_.alpha ? WL_SHM_FORMAT_ARGB8888 : WL_SHM_FORMAT_XRGB8888),
                      std::nullopt});
}

bool PaintFrames::ready() const {
  return slots_.empty() || std::any_of(slots_.begin(), slots_.end(), [](const Slot& s) { return !s.buffer->busy(); });
}

void PaintFrames::draw(std::uint32_t frame, wl_surface* surface) {
  const Rect whole{0, 0, size_.width, size_.height};
  std::vector<Rect> changes = artwork_.advance(frame);
  if (choice_.whole_damage)
    changes = {whole};
  ++draws_;
  history_.push_back(changes);
  if (history_.size() > remembered_draws)
    history_.pop_front();

  // The buffer that was drawn last of those that are free needs the least drawing.
  Slot* slot = nullptr;
  for (Slot& s : slots_)
    if (!s.buffer->busy() && (slot == nullptr || s.drawn > slot->drawn))
      slot = &s;
  assert(slot != nullptr && "draw() while every buffer is the compositor's");

  const auto draw_rect = [&](const Rect& rect) {
    for (int y = rect.y0; y < rect.y1; ++y)
      artwork_.draw_row(y, rect.x0, rect.x1, slot->buffer->row(y) + rect.x0);
  };
  const std::uint64_t behind = slot->drawn ? draws_ - *slot->drawn : remembered_draws + 1;
  if (behind > history_.size()) {
    draw_rect(whole);
  } else {
    for (auto i = history_.end() - static_cast<std::ptrdiff_t>(behind); i != history_.end(); ++i)
      for (const Rect& rect : *i)
        draw_rect(rect);
  }
  slot->drawn = draws_;
  slot->buffer->set_busy();

  wl_surface_attach(surface, slot->buffer->buffer(), 0, 0);
  for (const Rect& rect : changes) {
    wl_surface_damage_buffer(surface, rect.x0, rect.y0, rect.x1 - rect.x0, rect.y1 - rect.y0);
    damaged_pixels_ += static_cast<std::uint64_t>(rect.x1 - rect.x0) * static_cast<std::uint64_t>(rect.y1 - rect.y0);
  }
}

Facts PaintFrames::facts() const {
  return {{"width", std::to_string(size_.width)},
          {"height", std::to_string(size_.height)},
          {"buffers", std::to_string(choice_.buffers)},
          {"draws", std::to_string(draws_)},
          {"damaged_pixels", std::to_string(damaged_pixels_)}};
}

} // namespace fenceline::demos
