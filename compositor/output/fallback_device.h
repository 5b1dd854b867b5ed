#pragma once
#include <memory>
#include <vector>

#include "compositor/output/scanout_device.h"

namespace fenceline {

/// A display with one to fall back to: as long as the first has no output, those of the second are there in its place,
/// so that clients go on. Each output is driven by its own device. Ids of their outputs must not collide.
class FallbackDevice final : public ScanoutDevice, private ScanoutListener {
 public:
  FallbackDevice(std::unique_ptr<ScanoutDevice> first, std::unique_ptr<ScanoutDevice> second);
  FallbackDevice(const FallbackDevice&) = delete;
  FallbackDevice& operator=(const FallbackDevice&) = delete;
  ~FallbackDevice() override;

  [[nodiscard]] std::span<const OutputInfo> outputs() const override { return used().outputs(); }
  void set_listener(ScanoutListener* listener) override { listener_ = listener; }
  /// The first device's answer, while it has outputs.
  [[nodiscard]] Result<void> import_buffer(BufferId buffer, const DmabufAttributes& attributes) override;
  [[nodiscard]] bool knows(BufferId buffer) const override { return used().knows(buffer); }
  [[nodiscard]] Result<DmabufAttributes> allocate(BufferId buffer, Size size,
                                                  std::span<const FormatModifier> formats) override;
  void prepare_to_allocate() override { first_->prepare_to_allocate(); }
  [[nodiscard]] Result<void> allocate_black(BufferId buffer, Size size) override {
    return used().allocate_black(buffer, size);
  }
  [[nodiscard]] Result<MappedImage> allocate_cursor(BufferId buffer, OutputId output) override;
  void forget_buffer(BufferId buffer) override;
  [[nodiscard]] Result<void> accepts(const OutputState& state) const override;
  [[nodiscard]] Result<void> submit(OutputState&& state) override;
  [[nodiscard]] Result<UniqueFd> submit_with_fence(OutputState&& state) override;
  void abandon(OutputId output) override;
  [[nodiscard]] bool reads(BufferId buffer) const override { return first_->reads(buffer) || second_->reads(buffer); }
  [[nodiscard]] Result<std::uint64_t> write_pixels(BufferId buffer, Size size,
                                                   std::span<const std::uint32_t> pixels) override {
    return used().write_pixels(buffer, size, pixels);
  }
  [[nodiscard]] std::optional<dev_t> main_device() const override { return first_->main_device(); }
  [[nodiscard]] int sync_object_fd() const override { return first_->sync_object_fd(); }

 private:
  [[nodiscard]] ScanoutDevice& used() const { return first_->outputs().empty() ? *second_ : *first_; }
  /// Whose output it is; the one in use when it is nobody's.
  [[nodiscard]] ScanoutDevice& owner(OutputId output) const;
  void flipped(const FlipEvent& event) override;
  void outputs_changed() override;
  void needs_modeset(OutputId output) override;
  void ready(OutputId output, FrameId frame, TimePoint time) override;
  void released(BufferId buffer) override;

  std::unique_ptr<ScanoutDevice> first_, second_;
  ScanoutListener* listener_ = nullptr;
};

} // namespace fenceline
