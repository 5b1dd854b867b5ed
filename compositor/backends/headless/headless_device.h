#pragma once
#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "compositor/base/event_loop.h"
#include "compositor/output/scanout_device.h"

namespace fenceline {

/// One headless output.
struct HeadlessOutput {
  Size size{1024, 768};
  /// Exact length of a frame.
  Nanoseconds refresh{16'666'667};
};

/// A display that shows nothing: a timer is the blank, and the composer's offscreen images are the screen.
///
/// Blanks lie on a grid that begins with the device. A state is on the screen from the first blank after its submit at
/// which its fences have signalled. There is one primary plane an output, which takes no client buffer, so that
/// everything is composed; and no cursor plane. No DRM: no sync objects, no allocator. Times are the loop's clock's.
class HeadlessDevice final : public ScanoutDevice {
 public:
  /// Output ids are 1, 2, ... in the order of `outputs`, or those after `ids_after`. An error when timers cannot be
  /// had.
  [[nodiscard]] static Result<std::unique_ptr<HeadlessDevice>>
  create(EventLoop& loop, const std::vector<HeadlessOutput>& outputs, std::uint32_t ids_after = 0);
  HeadlessDevice(const HeadlessDevice&) = delete;
  HeadlessDevice& operator=(const HeadlessDevice&) = delete;
  ~HeadlessDevice() override;

  [[nodiscard]] std::span<const OutputInfo> outputs() const override { return infos_; }
  void set_listener(ScanoutListener* listener) override { listener_ = listener; }
  [[nodiscard]] Result<void> import_buffer(BufferId buffer, const DmabufAttributes& attributes) override;
  [[nodiscard]] bool knows(BufferId buffer) const override { return buffers_.contains(buffer); }
  [[nodiscard]] Result<DmabufAttributes> allocate(BufferId buffer, Size size,
                                                  std::span<const FormatModifier> formats) override;
  [[nodiscard]] Result<MappedImage> allocate_cursor(BufferId buffer, OutputId output) override;
  void forget_buffer(BufferId buffer) override { buffers_.erase(buffer); }
  /// ENODEV: no such output. EINVAL: another plane than the output's, or more than one. ERANGE: another mode.
  [[nodiscard]] Result<void> accepts(const OutputState& state) const override;
  [[nodiscard]] Result<void> submit(OutputState&& state) override;
  [[nodiscard]] std::optional<dev_t> main_device() const override { return std::nullopt; }
  [[nodiscard]] int sync_object_fd() const override { return -1; }

 private:
  struct Head;
  explicit HeadlessDevice(EventLoop& loop);
  [[nodiscard]] Head* find(OutputId output) const;
  void wait_for_fences(Head& head);
  void arm(Head& head);
  void blank(Head& head);

  EventLoop& loop_;
  TimePoint epoch_;
  ScanoutListener* listener_ = nullptr;
  std::vector<OutputInfo> infos_;
  std::vector<std::unique_ptr<Head>> heads_;
  std::set<BufferId> buffers_;
};

} // namespace fenceline
