#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "compositor/app/snapshot_thread.h"
#include "compositor/base/log.h"
#include "compositor/output/composer.h"
#include "compositor/output/composer_gate.h"

namespace fenceline {

/// Makes the composer that really draws, as often as it is asked.
class ComposerMaker {
 public:
  virtual ~ComposerMaker() = default;
  /// What takes its time, on a thread of its own. Touches nothing of the main thread's.
  [[nodiscard]] virtual Result<std::unique_ptr<Composer>> load() = 0;
  /// The rest, on the main thread, before the composer's first call.
  [[nodiscard]] virtual Result<void> attach(Composer& composer) = 0;
};

/// A composer that is loaded on a thread of its own while the planes go on showing what they can: when something has to
/// be composed for the first time, and again when its device was lost. It keeps what it is told of for the one that is
/// yet to come: clients' dma-bufs always, pixels that are uploaded as long as there is none. What is drawn to can be
/// had only while there is one (see ComposerGate), and goes with it.
///
/// A device that is lost again within a minute is waited for longer each time, and given up after the fifth.
class DeferredComposer final : public Composer, public ComposerGate {
 public:
  struct Formats {
    std::vector<FormatModifier> advertised; ///< What clients are told of; it stays so when the composer is there.
    std::vector<FormatModifier> textures, targets; ///< What the composer could do when it was loaded last.
  };
  /// Losses within `loss_memory` that a new composer is made after; the next one is the last. The first is followed by
  /// a load at once, the next ones by a wait of `first_wait` that doubles. A load that fails then counts as a loss.
  static constexpr std::size_t most_losses = 5;
  static constexpr std::chrono::seconds loss_memory{60};
  static constexpr std::chrono::milliseconds first_wait{100};
  /// Pixels that are kept for the composer: more are not taken, bytes.
  static constexpr std::uint64_t most_kept = std::uint64_t{16} << 20;
  /// Each buffer that is kept costs descriptors: with so many buffers the composer is loaded, and with so many
  /// descriptors no more are taken until it is. A composer that is there takes more; those are not kept.
  static constexpr std::size_t many_buffers = 512, most_descriptors = 4096;

  /// The loop and the log outlive it. `loaded`: one that is there already, and attached; null: none yet.
  [[nodiscard]] static Result<std::unique_ptr<DeferredComposer>> create(EventLoop& loop, Log& log,
                                                                        std::unique_ptr<ComposerMaker> maker,
                                                                        Formats formats,
                                                                        std::unique_ptr<Composer> loaded = nullptr);
  DeferredComposer(const DeferredComposer&) = delete;
  DeferredComposer& operator=(const DeferredComposer&) = delete;
  /// Waits for a load that is under way.
  ~DeferredComposer() override;

  /// Told when state() is another, on the main thread: OutputSet::composer_changed().
  void on_changed(std::function<void()> changed) { changed_ = std::move(changed); }
  /// How often a composer was lost within the last minute.
  [[nodiscard]] std::size_t losses() const { return losses_.size(); }

  [[nodiscard]] State state() const override { return state_; }
  void want() override;

  [[nodiscard]] std::span<const FormatModifier> texture_formats() const override { return formats_.advertised; }
  [[nodiscard]] std::span<const FormatModifier> target_formats() const override;
  [[nodiscard]] Result<void> import_dmabuf(BufferId buffer, const DmabufAttributes& attributes) override;
  void forget_buffer(BufferId buffer) override;
  [[nodiscard]] Result<std::uint64_t> upload(SurfaceId surface, const PixelSource& pixels,
                                             const Region& damage) override;
  void forget_surface(SurfaceId surface) override;
  [[nodiscard]] Result<DmabufAttributes> create_target(BufferId buffer, Size size,
                                                       std::span<const FormatModifier> formats) override;
  [[nodiscard]] Result<void> create_offscreen_target(BufferId buffer, Size size) override;
  [[nodiscard]] Result<void> import_target(BufferId buffer, const DmabufAttributes& attributes) override;
  [[nodiscard]] Result<void> compose(const ComposeRequest& request, std::shared_ptr<ComposeSink> sink) override;
  /// One that comes before the composer is there waits for it.
  [[nodiscard]] Result<void> read_back(BufferId image, const YuvEncoding& yuv,
                                       std::function<void(Result<ReadBack>)> done) override;
  /// Told of each loss, when state() is another and before on_changed's is told.
  void on_lost(std::function<void(const Error&)> lost) override { lost_ = std::move(lost); }
  void on_gpu_time(std::function<void(const GpuTime&)> told) override;

 private:
  class KeptPixels;
  struct Reading {
    BufferId image{};
    YuvEncoding yuv;
    std::function<void(Result<ReadBack>)> done;
  };
  struct Loaded;

  DeferredComposer(EventLoop& loop, Log& log, std::unique_ptr<ComposerMaker> maker, Formats formats);
  /// `why`: what it is for, for the log.
  void load(std::string_view why);
  void loaded(Loaded& loaded);
  void take(std::unique_ptr<Composer> composer);
  void hand_over();
  void answer_readings();
  [[nodiscard]] Result<void> keep(BufferId buffer, const DmabufAttributes& attributes);
  void keep_if_possible(BufferId buffer, const DmabufAttributes& attributes);
  void lose(const Error& why);
  void after_loss();
  [[nodiscard]] bool count_loss(const Error& why);
  [[nodiscard]] Error not_there();

  EventLoop& loop_;
  Log& log_;
  std::unique_ptr<ComposerMaker> maker_;
  Formats formats_;
  State state_ = State::Closed;
  bool loading_ = false;
  bool said_no_thread_ = false;
  bool was_there_ = false; ///< There has been a composer.
  bool said_not_kept_ = false;
  std::function<void()> changed_;
  std::function<void(const Error&)> lost_;
  std::function<void(const GpuTime&)> gpu_time_;
  std::string failure_;                          ///< Why there will be none.
  std::vector<TimePoint> losses_;                ///< Those of the last minute.
  std::map<BufferId, DmabufAttributes> buffers_; ///< All that clients have, for the next composer.
  std::map<SurfaceId, std::unique_ptr<KeptPixels>> pixels_;
  std::uint64_t kept_bytes_ = 0;
  std::size_t kept_descriptors_ = 0;
  std::vector<Reading> readings_;
  std::shared_ptr<Composer> composer_; ///< Null: not yet. Images that were read back hold it, too.
  std::shared_ptr<Composer> gone_;     ///< A lost one, until it may be destroyed.
  std::unique_ptr<Timer> after_loss_;
  bool waits_ = false;                     ///< For after_loss_.
  std::unique_ptr<SnapshotThread> thread_; ///< The last member: a job uses the others.
};

} // namespace fenceline
