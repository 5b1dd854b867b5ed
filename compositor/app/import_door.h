#pragma once
#include "compositor/output/composer.h"
#include "compositor/output/composer_gate.h"
#include "compositor/output/scanout_device.h"
#include "compositor/scene/buffer_importer.h"

namespace fenceline {

/// Where client dma-bufs come in: the composer must be able to sample them, so that every one of them can be shown
/// whatever lies above it; the display is tried too, so that it can scan them out. Without a composer the display alone
/// decides.
class ImportDoor final : public BufferImporter {
 public:
  /// `composer` may be null. `gate`: its own, where it is loaded on demand; one that is broken is none.
  ImportDoor(ScanoutDevice& device, Composer* composer, const ComposerGate* gate = nullptr)
      : device_(device), composer_(composer), gate_(gate) {}

  [[nodiscard]] Result<void> import_dmabuf(BufferId buffer, const DmabufAttributes& attributes) override {
    const Result<void> display = device_.import_buffer(buffer, attributes);
    if (!composer_ || (gate_ && gate_->state() == ComposerGate::State::Broken))
      return display;
    Result<void> sampled = composer_->import_dmabuf(buffer, attributes);
    if (!sampled && display)
      device_.forget_buffer(buffer);
    return sampled;
  }

  void forget_buffer(BufferId buffer) override {
    if (composer_)
      composer_->forget_buffer(buffer);
    device_.forget_buffer(buffer);
  }

 private:
  ScanoutDevice& device_;
  Composer* composer_;
  const ComposerGate* gate_;
};

} // namespace fenceline
