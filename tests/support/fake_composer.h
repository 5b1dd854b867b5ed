#pragma once
#include <drm_fourcc.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "compositor/output/composer.h"
#include "tests/support/virtual_loop.h"

namespace fenceline::test {

/// A descriptor that is readable once signalled, as a sync file is.
class FakeFence {
 public:
  FakeFence() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  [[nodiscard]] UniqueFd handle() const { return fd_.duplicate(); }
  void signal() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(fd_.get(), &one, sizeof one);
  }

 private:
  UniqueFd fd_;
};

/// A composer that draws nothing and takes the time that it is told to.
class FakeComposer : public Composer {
 public:
  enum class Mode {
    Done,       ///< The image is done within the call.
    Fence,      ///< A fence comes at once; it signals after `gpu_time` (never when that is negative).
    DoneLater,  ///< A CPU device: done is called after `gpu_time`, without a fence.
    FenceLater, ///< done is called after `gpu_time`, with a fence that has signalled.
  };
  struct Draw {
    FrameId frame{};
    BufferId target{};
    std::vector<SurfaceId> surfaces;
    std::vector<BufferId> buffers;
    TimePoint at;
    Size size;
    bool transparent = false;
    std::vector<Rect> places; ///< In the target.
  };

  explicit FakeComposer(VirtualLoop& loop) : loop_(loop) {}

  Mode mode = Mode::Done;
  Nanoseconds gpu_time{};
  Nanoseconds cpu_time{}; ///< What a compose call takes.
  int compose_errors = 0; ///< So many compose calls fail.
  int late_errors = 0;    ///< So many compositions end with an error through `done`.
  std::vector<FormatModifier> formats{{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR}, ///< Of textures and targets.
                                      {DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR}};
  bool upload_fails = false;
  bool import_target_fails = false;
  bool create_target_fails = false;

  std::vector<Draw> draws;
  std::vector<SurfaceId> uploads;
  std::vector<BufferId> read_backs;       ///< Images that were copied,
  std::vector<YuvEncoding> read_back_yuv; ///< and how they were to be read.
  int read_back_errors = 0;               ///< So many copies are refused.
  Size read_back_size{1024, 768};
  std::size_t drawn_over = 0; ///< Compositions to an image that was being copied.
  std::set<BufferId> targets;
  std::size_t offscreen_targets = 0;
  std::size_t exported_targets = 0;
  std::size_t imported_targets = 0;

  /// Whether the GPU still reads the buffer: from the compose call until its fence or its end.
  [[nodiscard]] bool reads(BufferId buffer) const {
    for (const auto& job : jobs_)
      for (const BufferId read : job->reads)
        if (read == buffer && !job->ended)
          return true;
    return false;
  }
  [[nodiscard]] bool draws_to(BufferId target) const {
    for (const auto& job : jobs_)
      if (job->target == target && !job->ended)
        return true;
    return false;
  }
  /// Lets go of what all work holds, done or not.
  void forget_jobs() { jobs_.clear(); }
  /// Ends all drawing now.
  void finish_all() {
    for (const auto& job : jobs_)
      finish(*job);
  }

  [[nodiscard]] std::span<const FormatModifier> texture_formats() const override { return formats; }
  [[nodiscard]] std::span<const FormatModifier> target_formats() const override { return formats; }
  [[nodiscard]] Result<void> import_dmabuf(BufferId, const DmabufAttributes&) override { return {}; }
  void forget_buffer(BufferId buffer) override { targets.erase(buffer); }

  [[nodiscard]] Result<std::uint64_t> upload(SurfaceId surface, const PixelSource& pixels, const Region&) override {
    if (upload_fails)
      return Error{"no memory for a texture", ENOMEM};
    uploads.push_back(surface);
    return static_cast<std::uint64_t>(pixels.stride()) * static_cast<std::uint64_t>(pixels.size().height);
  }
  void forget_surface(SurfaceId) override {}

  [[nodiscard]] Result<DmabufAttributes> create_target(BufferId buffer, Size size,
                                                       std::span<const FormatModifier> wanted) override {
    if (create_target_fails || wanted.empty())
      return Error{"no export", ENOTSUP};
    ++exported_targets;
    targets.insert(buffer);
    DmabufAttributes attributes;
    attributes.size = size;
    attributes.format = wanted.front();
    attributes.plane_count = 1;
    attributes.planes[0].fd.reset(::memfd_create("image", MFD_CLOEXEC));
    attributes.planes[0].stride = static_cast<std::uint32_t>(size.width) * 4;
    return attributes;
  }
  [[nodiscard]] Result<void> create_offscreen_target(BufferId buffer, Size) override {
    ++offscreen_targets;
    targets.insert(buffer);
    return {};
  }
  [[nodiscard]] Result<void> import_target(BufferId buffer, const DmabufAttributes&) override {
    if (import_target_fails)
      return Error{"cannot draw to it", ENOTSUP};
    ++imported_targets;
    targets.insert(buffer);
    return {};
  }

  [[nodiscard]] Result<void> compose(const ComposeRequest& request, std::shared_ptr<ComposeSink> sink) override {
    loop_.clock().spend(cpu_time);
    if (compose_errors > 0) {
      --compose_errors;
      return Error{"device lost", ENODEV};
    }
    if (reads(request.target))
      ++drawn_over;
    Draw draw{request.frame, request.target, {}, {}, loop_.now(), request.size, request.transparent, {}};
    std::vector<BufferId> buffers;
    std::vector<ComposedBytes> bytes;
    for (const Layer& layer : request.layers) {
      draw.surfaces.push_back(layer.surface);
      draw.buffers.push_back(layer.buffer);
      draw.places.push_back(layer.dest);
      bytes.push_back({layer.surface, static_cast<std::uint64_t>(layer.dest.width) * 4U *
                                          static_cast<std::uint64_t>(layer.dest.height)});
      if (layer.kind == BufferKind::Dmabuf)
        buffers.push_back(layer.buffer);
    }
    draws.push_back(std::move(draw));
    run(add_job(request.target, std::move(buffers)), [bytes, sink = std::move(sink)](const Job& ended) {
      if (ended.fails)
        return sink->composed(Error{"device lost while drawing", ENODEV});
      sink->composed(Composed{ended.fence ? ended.fence->handle() : UniqueFd(), bytes});
    });
    return {};
  }

  /// A grey that tells which image it was.
  static std::uint32_t grey_of(BufferId image) { return 0x010101U * (static_cast<std::uint32_t>(image) & 0xffU); }
  [[nodiscard]] Result<void> read_back(BufferId image, const YuvEncoding& yuv,
                                       std::function<void(Result<ReadBack>)> done) override {
    if (read_back_errors > 0) {
      --read_back_errors;
      return Error{"no memory for a copy", ENOMEM};
    }
    read_backs.push_back(image);
    read_back_yuv.push_back(yuv);
    run(add_job({}, {image}), [image, size = read_back_size, done = std::move(done)](const Job& ended) {
      if (ended.fails)
        return done(Error{"device lost while copying", ENODEV});
      const auto pixels = std::make_shared<std::vector<std::uint32_t>>(
          static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height), grey_of(image));
      done(ReadBack{size, *pixels, pixels, ended.fence ? ended.fence->handle() : UniqueFd()});
    });
    return {};
  }

 private:
  struct Job {
    BufferId target{};
    std::vector<BufferId> reads;
    std::unique_ptr<FakeFence> fence;
    std::function<void(const Job&)> done;
    std::unique_ptr<Timer> timer;
    bool ended = false;
    bool fails = false;
  };

  Job& add_job(BufferId target, std::vector<BufferId> reads) {
    jobs_.push_back(std::make_unique<Job>());
    jobs_.back()->target = target;
    jobs_.back()->reads = std::move(reads);
    return *jobs_.back();
  }
  void run(Job& job, std::function<void(const Job&)> done) {
    if (late_errors > 0) {
      --late_errors;
      job.fails = true;
    }
    if (mode == Mode::Done || mode == Mode::Fence) {
      if (mode == Mode::Done) {
        job.ended = true;
      } else {
        job.fence = std::make_unique<FakeFence>();
        start_timer(job);
      }
      done(job);
    } else {
      job.done = std::move(done);
      start_timer(job);
    }
  }
  void start_timer(Job& job) {
    if (gpu_time < Nanoseconds::zero())
      return;
    job.timer = *loop_.make_timer([this, &job] { finish(job); });
    job.timer->arm(loop_.now() + gpu_time);
  }
  void finish(Job& job) {
    if (std::exchange(job.ended, true))
      return;
    if (job.fence)
      job.fence->signal();
    if (auto done = std::exchange(job.done, nullptr)) {
      if (mode == Mode::FenceLater) {
        job.fence = std::make_unique<FakeFence>();
        job.fence->signal();
      }
      done(job);
    }
  }

  VirtualLoop& loop_;
  std::vector<std::unique_ptr<Job>> jobs_;
};

} // namespace fenceline::test
