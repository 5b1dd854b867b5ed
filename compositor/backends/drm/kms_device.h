#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compositor/backends/drm/crash_restore.h"
#include "compositor/backends/drm/display_handover.h"
#include "compositor/backends/drm/drm_api.h"
#include "compositor/backends/drm/framebuffer_cache.h"
#include "compositor/backends/drm/hotplug_monitor.h"
#include "compositor/backends/drm/image_allocator.h"
#include "compositor/backends/drm/kms_outputs.h"
#include "compositor/backends/drm/sequence_counter.h"
#include "compositor/backends/drm/session.h"
#include "compositor/base/event_loop.h"
#include "compositor/base/log.h"
#include "compositor/frame/output_settings.h"
#include "compositor/output/scanout_device.h"

namespace fenceline {

struct KmsOptions {
  std::string card; ///< /dev/dri/cardN; empty: find_card() chooses.
  std::optional<ModeRequest> mode;
};

/// ScanoutDevice on the kernel's atomic modesetting. Follows the displays that are plugged and pulled. Gives the
/// display back as it found it when it is destroyed, which may wait for the last flip.
class KmsDevice final : public ScanoutDevice {
 public:
  /// Opens the card through the session, which outlives the device, as do the others. Errors are lines for the user.
  [[nodiscard]] static Result<std::unique_ptr<KmsDevice>> create(EventLoop& loop, Log& log, Session& session,
                                                                 const KmsOptions& options);
  /// On a card that is open already. `card` is its name in messages.
  [[nodiscard]] static Result<std::unique_ptr<KmsDevice>> create_on(EventLoop& loop, Log& log, std::string card,
                                                                    std::unique_ptr<DrmApi> drm,
                                                                    std::unique_ptr<ImageAllocator> allocator,
                                                                    const std::optional<ModeRequest>& mode);
  KmsDevice(const KmsDevice&) = delete;
  KmsDevice& operator=(const KmsDevice&) = delete;
  ~KmsDevice() override;

  [[nodiscard]] std::span<const OutputInfo> outputs() const override { return infos_; }
  void set_listener(ScanoutListener* listener) override { listener_ = listener; }
  [[nodiscard]] Result<void> import_buffer(BufferId buffer, const DmabufAttributes& attributes) override;
  [[nodiscard]] Result<DmabufAttributes> allocate(BufferId buffer, Size size,
                                                  std::span<const FormatModifier> formats) override;
  void prepare_to_allocate() override {
    if (allocator_)
      allocator_->prepare();
  }
  [[nodiscard]] Result<void> allocate_black(BufferId buffer, Size size) override {
    return framebuffers_->create_black(buffer, size);
  }
  [[nodiscard]] Result<MappedImage> allocate_cursor(BufferId buffer, OutputId output) override;
  [[nodiscard]] bool knows(BufferId buffer) const override { return framebuffers_->knows(buffer); }
  void forget_buffer(BufferId buffer) override;
  [[nodiscard]] Result<void> accepts(const OutputState& state) const override;
  /// When it fails, the state and its fences are still the caller's.
  [[nodiscard]] Result<void> submit(OutputState&& state) override { return submit(std::move(state), nullptr); }
  [[nodiscard]] Result<UniqueFd> submit_with_fence(OutputState&& state) override;
  void abandon(OutputId output) override;
  [[nodiscard]] std::optional<dev_t> main_device() const override { return main_device_; }
  [[nodiscard]] int sync_object_fd() const override { return has_sync_objects_ ? drm_->fd() : -1; }

  /// Cables were pulled or plugged (a hotplug event of the card): reads the connectors anew, or the one that is named.
  /// Outputs that stay are left alone, those of gone displays are given up, and new ones get a CRTC and planes.
  void connectors_changed(std::optional<std::uint32_t> connector);
  /// The card itself is gone: there are no outputs any more.
  void card_removed();
  /// The session does not have the card. Nothing is read or given up before it is back.
  void suspend();
  /// The session has it back: another may have bound connectors otherwise, and cables may have been pulled.
  void resume();

 private:
  using Framebuffers = std::vector<std::uint32_t>;
  /// What an output does at the moment. Parallel to outputs_.
  struct Activity {
    bool lit = false;                        ///< A modeset of ours was accepted, and it is not switched off.
    bool running = false;                    ///< Its CRTC is on, whoever did that.
    std::optional<FrameId> in_flight;        ///< The frame whose flip has not been reported yet.
    std::vector<std::uint32_t> planes;       ///< On since the last accepted state.
    std::vector<std::uint32_t> dressed;      ///< See CommitContext.
    bool coloured = false;                   ///< The same.
    bool variable_refresh = false;           ///< The same.
    ContentType content = ContentType::None; ///< The same.
    std::optional<TimePoint> torn;           ///< When the state in flight was sent, if it tears.
    Framebuffers shown, coming;              ///< On the screen; those of the state in flight.
    /// Frames that are not waited for any more. Their framebuffers may be on the screen until a later flip.
    std::vector<std::pair<FrameId, Framebuffers>> abandoned;
    SequenceCounter sequence;
  };
  /// An output whose display is gone, until its CRTC is off.
  struct Leaving {
    KmsOutput output;
    Activity activity;
    bool asked = false; ///< The commit that switches it off was accepted.
    int tries = 0;
  };

  KmsDevice(EventLoop& loop, Log& log, std::unique_ptr<DrmApi> drm, std::unique_ptr<ImageAllocator> allocator,
            std::optional<ModeRequest> mode);
  [[nodiscard]] Result<void> start();
  [[nodiscard]] Result<void> submit(OutputState&& state, UniqueFd* fence);
  [[nodiscard]] std::optional<std::size_t> index_of(OutputId output) const;
  /// Into request_.
  [[nodiscard]] Result<void> request_for(std::size_t index, const OutputState& state) const;
  [[nodiscard]] Result<std::uint32_t> mode_blob(std::size_t index, const Mode& mode) const;
  void guard_against_crash();
  [[nodiscard]] bool in_use(std::uint32_t framebuffer) const;
  /// What the framebuffer of an image of this format takes it for.
  [[nodiscard]] FramebufferCache::Kinds framebuffers_of(FormatModifier format) const;
  [[nodiscard]] std::optional<std::uint32_t> framebuffer(std::size_t index, const PlaneState& state) const;
  void read_events(IoEvents events);
  void handle_flip(const PageFlip& flip);
  void finish_flip(std::size_t index, FrameId frame, const PageFlip& flip);
  [[nodiscard]] bool at_work(std::uint32_t object) const;
  void look(std::optional<std::uint32_t> connector);
  /// True when there was something to take or to give up.
  [[nodiscard]] bool take_over(KmsLook&& look);
  void add_output(KmsOutput&& output);
  void give_up(std::size_t index);
  void release_leaving();
  void look_later(Nanoseconds when);
  void follow(Session& session);
  void stop_following();
  /// Waits for those under way, at most so long. False: some have not come.
  [[nodiscard]] bool finish_flips(std::chrono::milliseconds patience);

  EventLoop& loop_;
  Log& log_;
  // Closed last: everything below talks to it.
  std::unique_ptr<SessionDevice> device_;
  std::unique_ptr<DrmApi> drm_;
  std::unique_ptr<ImageAllocator> allocator_;
  std::vector<KmsOutput> outputs_;
  std::vector<OutputInfo> infos_;
  std::vector<Activity> activities_;
  mutable AtomicRequest request_; ///< Of one call, kept for the next.
  DisplayHandover handover_;
  std::unique_ptr<CrashRestore> crash_restore_; ///< Null: nothing is lit, or a test's card.
  std::unique_ptr<FramebufferCache> framebuffers_;
  // MODE_ID blobs by output and mode. A test commit needs them too.
  mutable std::map<std::pair<OutputId, std::uint32_t>, std::uint32_t> mode_blobs_;
  IdSource<OutputId> ids_;
  std::optional<ModeRequest> mode_;
  std::vector<Leaving> leaving_;
  std::unique_ptr<Timer> leaving_timer_, look_timer_;
  bool suspended_ = false;
  bool gone_ = false;
  int failed_looks_ = 0;
  std::optional<dev_t> main_device_;
  bool has_sync_objects_ = false;
  bool monotonic_events_ = false;
  bool async_flips_ = false;
  ScanoutListener* listener_ = nullptr;
  std::vector<PageFlip> events_;
  std::unique_ptr<EventSource> source_;
  std::unique_ptr<SessionListener> session_watch_;
  std::unique_ptr<HotplugMonitor> hotplug_;
  std::shared_ptr<const int> alive_ = std::make_shared<const int>(0); ///< Deferred work sees by it whether we are here.
};

} // namespace fenceline
