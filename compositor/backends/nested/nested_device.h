#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compositor/backends/nested/dmabuf_image.h"
#include "compositor/backends/nested/parent_connection.h"
#include "compositor/backends/nested/parent_cursor.h"
#include "compositor/backends/nested/parent_formats.h"
#include "compositor/backends/nested/parent_frames.h"
#include "compositor/backends/nested/parent_overlay.h"
#include "compositor/backends/nested/parent_window.h"
#include "compositor/backends/nested/shm_image.h"
#include "compositor/base/fd.h"
#include "compositor/output/composer.h"
#include "compositor/output/scanout_device.h"

namespace fenceline {

struct NestedOptions {
  Size size{1280, 720};    ///< Of the window, where the parent has no opinion.
  bool fullscreen = false; ///< Ask the parent for its whole screen.
  bool hand_over = true;   ///< Clients' buffers go to the parent as they are; else all is composed, for comparison.
  /// The session's own socket: what WAYLAND_DISPLAY must not lead to.
  std::string own_socket;
};

/// A display that is a window of another compositor: its surface is the primary plane, and what the parent says of its
/// frames is the blank. One output, whose mode is the window's size. Main thread.
///
/// The parent decides when it wants a frame (its frame callback), which is some time before the one before has
/// appeared: then `ready` is told, `flipped` when the picture was there.
///
/// A client's dma-buf that covers the window is the parent's to read, as it is; so are composed images, where the
/// parent takes those that the renderer draws. Else their pixels are copied into memory that is shared with the parent.
/// Clients' dma-bufs that cover a part of it are subsurfaces, as overlay planes. The cursor plane is the parent's
/// cursor.
class NestedDevice final : public ScanoutDevice, private ParentFramesListener {
 public:
  /// Opens the window, and waits for the parent's first answers. An error says why there is no such parent.
  [[nodiscard]] static Result<std::unique_ptr<NestedDevice>> create(EventLoop& loop, Log& log,
                                                                    const NestedOptions& options);
  NestedDevice(const NestedDevice&) = delete;
  NestedDevice& operator=(const NestedDevice&) = delete;
  ~NestedDevice() override;

  /// The session has to end: the window was closed, or the parent is gone (then `why` says how). From the loop.
  void on_end(std::function<void(const std::string& why)> callback) { on_end_ = std::move(callback); }
  /// Finds out whether the parent takes images that the composer draws; else they are copied. Waits for the parent's
  /// answer: to be called once, before anything is shown.
  void try_images(Composer& composer);
  [[nodiscard]] ParentConnection& connection() { return *connection_; }
  [[nodiscard]] ParentCursor& cursor() { return *cursor_; }
  /// Who knows which point of the present cursor's picture is the pointer's.
  void ask_for_hotspot(std::function<Point()> hotspot) { hotspot_ = std::move(hotspot); }

  [[nodiscard]] std::span<const OutputInfo> outputs() const override { return {&info_, 1}; }
  void set_listener(ScanoutListener* listener) override { listener_ = listener; }
  [[nodiscard]] Result<void> import_buffer(BufferId buffer, const DmabufAttributes& attributes) override;
  /// A buffer that the parent still holds from an earlier frame is not: were it attached a second time, nobody could
  /// say which of the two its release ends (wl_buffer.release).
  [[nodiscard]] bool knows(BufferId buffer) const override;
  [[nodiscard]] bool reads(BufferId buffer) const override;
  [[nodiscard]] Result<std::uint64_t> write_pixels(BufferId buffer, Size size,
                                                   std::span<const std::uint32_t> pixels) override;
  [[nodiscard]] Result<DmabufAttributes> allocate(BufferId buffer, Size size,
                                                  std::span<const FormatModifier> formats) override;
  [[nodiscard]] Result<MappedImage> allocate_cursor(BufferId buffer, OutputId output) override;
  void forget_buffer(BufferId buffer) override;
  [[nodiscard]] Result<void> accepts(const OutputState& state) const override;
  [[nodiscard]] Result<void> submit(OutputState&& state) override;
  void abandon(OutputId output) override;
  [[nodiscard]] std::optional<dev_t> main_device() const override;
  [[nodiscard]] int sync_object_fd() const override { return drm_.get(); }

 private:
  NestedDevice(EventLoop& loop, Log& log) : loop_(loop), log_(log) {}
  [[nodiscard]] Result<void> start(const NestedOptions& options);
  void describe();
  [[nodiscard]] std::optional<std::uint32_t> fourcc_for(FormatModifier format) const;
  [[nodiscard]] ParentImage* find(BufferId buffer) const;
  /// Null: the plane is none of an overlay.
  [[nodiscard]] ParentOverlay* overlay_of(PlaneId plane) const;
  [[nodiscard]] Result<void> accepts_plane(const PlaneState& plane, Size window) const;
  void show_overlays(const OutputState& state);
  void proceed();
  void commit();
  void resize();
  void released(BufferId buffer);
  void forget(std::unique_ptr<ParentImage> image);
  void drop(const ParentImage* image);
  [[nodiscard]] bool show_black(Size size);
  void taken(FrameId frame, TimePoint time) override;
  void ended(FlipEvent event, Nanoseconds refresh) override;

  EventLoop& loop_;
  Log& log_;
  // In the order in which they need each other.
  std::unique_ptr<ParentConnection> connection_;
  std::unique_ptr<ParentWindow> window_;
  std::vector<std::unique_ptr<ParentOverlay>> overlays_; ///< Bottom to top.
  std::unique_ptr<ParentFrames> frames_;
  std::unique_ptr<ParentFormats> formats_;
  std::unique_ptr<ParentCursor> cursor_;
  std::map<BufferId, std::unique_ptr<DmabufImage>> dmabufs_;
  std::map<BufferId, std::unique_ptr<ShmImage>> written_; ///< By write_pixels.
  std::vector<std::unique_ptr<ParentImage>> forgotten_;   ///< The parent still reads them, or is yet to answer.
  std::optional<OutputState> waiting_;                    ///< For its image or its fence.
  std::unique_ptr<EventSource> fence_;                    ///< The wait for it.
  std::unique_ptr<ShmImage> black_;                       ///< What an output that is switched off shows.
  OutputInfo info_;
  UniqueFd drm_; ///< The parent's main device.
  bool hand_over_ = true;
  BufferId shown_{};              ///< What was attached last.
  std::vector<FrameId> overlaid_; ///< On their way, with overlays.
  bool resize_pending_ = false;   ///< The window has another size, which is told when the frame under way is taken.
  ScanoutListener* listener_ = nullptr;
  std::function<void(const std::string&)> on_end_;
  std::function<Point()> hotspot_;
  std::shared_ptr<const int> alive_ = std::make_shared<const int>(0);
};

} // namespace fenceline
