#pragma once
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "compositor/app/snapshot_thread.h"
#include "compositor/base/log.h"
#include "compositor/output/composer.h"
#include "compositor/output/composer_gate.h"

namespace fenceline {

/// Makes the composer that really draws.
class ComposerMaker {
 public:
  virtual ~ComposerMaker() = default;
  /// What takes its time, on a thread of its own. Touches nothing of the main thread's.
  [[nodiscard]] virtual Result<std::unique_ptr<Composer>> load() = 0;
  /// The rest, on the main thread, before the composer's first call.
  [[nodiscard]] virtual Result<void> attach(Composer& composer) = 0;
};

/// A composer that is loaded when something has to be composed for the first time, on a thread of its own, while the
/// planes go on showing what they can. Until then it keeps what it is told of: clients' dma-bufs, and pixels that are
/// uploaded. What is drawn to can be had only afterwards (see ComposerGate).
class DeferredComposer final : public Composer, public ComposerGate {
 public:
  struct Formats {
    std::vector<FormatModifier> advertised; ///< What clients are told of; it stays so when the composer is there.
    std::vector<FormatModifier> textures, targets; ///< What the composer could do when it was loaded last.
  };
  /// Pixels that are kept for the composer: more are not taken, bytes.
  static constexpr std::uint64_t most_kept = std::uint64_t{16} << 20;
  /// Each buffer that is kept costs descriptors: with so many buffers the composer is loaded, and with so many
  /// descriptors no more are taken until it is.
  static constexpr std::size_t many_buffers = 512, most_descriptors = 4096;

  /// The loop and the log outlive it.
  [[nodiscard]] static Result<std::unique_ptr<DeferredComposer>>
  create(EventLoop& loop, Log& log, std::unique_ptr<ComposerMaker> maker, Formats formats);
  DeferredComposer(const DeferredComposer&) = delete;
  DeferredComposer& operator=(const DeferredComposer&) = delete;
  /// Waits for a load that is under way.
  ~DeferredComposer() override;

  /// Told when state() is another, on the main thread: OutputSet::composer_changed().
  void on_changed(std::function<void()> changed) { changed_ = std::move(changed); }

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
  [[nodiscard]] Result<void> compose(ComposeRequest&& request, std::function<void(Result<Composed>)> done) override;
  /// One that comes before the composer is there waits for it.
  [[nodiscard]] Result<void> read_back(BufferId image, const YuvEncoding& yuv,
                                       std::function<void(Result<ReadBack>)> done) override;

 private:
  class KeptPixels;
  struct Reading {
    BufferId image{};
    YuvEncoding yuv;
    std::function<void(Result<ReadBack>)> done;
  };
  struct Loaded;

  DeferredComposer(EventLoop& loop, Log& log, std::unique_ptr<ComposerMaker> maker, Formats formats);
  void loaded(Loaded& loaded);
  void hand_over();
  [[nodiscard]] Error not_there();

  EventLoop& loop_;
  Log& log_;
  std::unique_ptr<ComposerMaker> maker_;
  Formats formats_;
  State state_ = State::Closed;
  bool loading_ = false;
  bool said_no_thread_ = false;
  std::function<void()> changed_;
  std::string failure_;                          ///< Why there will be none.
  std::map<BufferId, DmabufAttributes> buffers_; ///< Until they are the composer's.
  std::map<SurfaceId, std::unique_ptr<KeptPixels>> pixels_;
  std::uint64_t kept_bytes_ = 0;
  std::size_t kept_descriptors_ = 0;
  std::vector<Reading> readings_;
  std::unique_ptr<Composer> composer_;     ///< Null: not yet.
  std::unique_ptr<SnapshotThread> thread_; ///< The last member: a job uses the others.
};

} // namespace fenceline
