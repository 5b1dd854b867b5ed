#include "compositor/app/renderer_watch.h"

#include <utility>

namespace fenceline {

RendererWatch::RendererWatch(const RendererWatchParts& parts) : parts_(parts) {
  parts_.composer.on_lost([this](const Error&) { lost(); });
  parts_.composer.on_changed([this] { changed(); });
  parts_.composer.on_gpu_time([this](const GpuTime& time) {
    parts_.observer.record({.kind = FrameEventKind::GpuTime,
                            .output = time.output,
                            .frame = time.frame,
                            .value = static_cast<std::uint64_t>(time.took.count()),
                            .time = time.begin});
  });
}

RendererWatch::~RendererWatch() {
  parts_.composer.on_lost({});
  parts_.composer.on_changed({});
  parts_.composer.on_gpu_time({});
}

void RendererWatch::lost() {
  parts_.observer.record({.kind = FrameEventKind::RendererLost, .value = parts_.composer.losses(), .time = {}});
  lost_at_ = parts_.clock.now();
  parts_.scene.pixels_lost();
  parts_.cursors.uploads_lost();
}

void RendererWatch::changed() {
  if (parts_.composer.state() == ComposerGate::State::Open)
    if (const auto since = std::exchange(lost_at_, std::nullopt))
      parts_.observer.record({.kind = FrameEventKind::RendererBack,
                              .value = static_cast<std::uint64_t>((parts_.clock.now() - *since).count()),
                              .time = {}});
  parts_.outputs.composer_changed();
}

} // namespace fenceline
