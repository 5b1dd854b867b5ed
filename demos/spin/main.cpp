// spin: a Vulkan client that draws into a ring of dma-bufs and says with timeline points when each is done.

#include <cstdio>
#include <memory>
#include <optional>

#include "demos/client/connection.h"
#include "demos/client/dmabuf_feedback.h"
#include "demos/client/failure.h"
#include "demos/client/frame_loop.h"
#include "demos/client/options.h"
#include "demos/client/png_file.h"
#include "demos/spin/dmabuf_frames.h"
#include "demos/spin/shm_frames.h"

namespace {

using namespace fenceline::demos;

enum class SyncChoice { automatic, on, off };

struct SpinOptions : CommonOptions {
  SyncChoice explicit_sync = SyncChoice::automatic;
  bool shm = false;
  bool validate = false;
  const PixelFormat* format = nullptr; // null: the usual one
  bool follow_feedback = false;

  [[nodiscard]] DmabufFrames::Choice ring() const {
    return {buffers, format != nullptr ? format : &usual_format(alpha), follow_feedback, verbose};
  }
};

void note(const std::string& text) {
  std::fprintf(stderr, "spin: %s\n", text.c_str());
}

void dump(const SpinOptions& options, ValidationLog* log) {
  const Gpu gpu(std::nullopt, log);
  FrameRenderer renderer(gpu, {options.pattern, options.alpha}, 1);
  const TargetImage target = TargetImage::for_reading(gpu, options.size);
  Picture picture{options.size, {}};
  renderer.draw_and_read(target, options.limits.start_frame, [&](int, const std::uint32_t* pixels) {
    picture.pixels.insert(picture.pixels.end(), pixels, pixels + options.size.width);
  });
  write_png(options.dump, picture, options.alpha);
}

/// Null where the session goes on with implicit sync.
std::unique_ptr<ExplicitSync> make_sync(Connection& connection, const Window& window, dev_t main_device,
                                        SyncChoice choice) {
  if (choice == SyncChoice::off)
    return nullptr;
  try {
    return std::make_unique<ExplicitSync>(connection, window.surface(), main_device);
  } catch (const Failure& failure) {
    if (choice == SyncChoice::on)
      throw Failure(std::string("no explicit sync: ") + failure.what());
    note(std::string("goes on with implicit sync: ") + failure.what());
    return nullptr;
  }
}

template <typename Source>
void show(Source& source, EventLoop& loop, Window& window, PresentationTracker& presentation, Statistics& statistics,
          const SpinOptions& options) {
  FrameLoop(loop, window, source, presentation, statistics, options.limits).run();
  const Summary summary = statistics.summary();
  const std::string report = options.json ? to_json(summary, "spin", source.facts()) + "\n"
                                          : to_text(summary, "spin") + "  " + source.description() + "\n";
  std::fputs(report.c_str(), stdout);
}

/// Why dma-bufs cannot be used; nothing where they can.
std::optional<std::string> obstacle(const SpinOptions& options, const DmabufFeedback* feedback, const Gpu& gpu) {
  if (options.shm)
    return "--shm asks for it";
  if (feedback == nullptr)
    return "the compositor takes no dma-bufs (linux-dmabuf 4 or newer)";
  if (!gpu.exports_dmabuf())
    return gpu.name() + " cannot export dma-bufs here";
  if (!DmabufFrames::usable(*feedback, gpu, options.ring()))
    return "the compositor takes no dma-buf format that " + gpu.name() + " can draw into";
  return std::nullopt;
}

void run_with(const SpinOptions& options, ValidationLog* log) {
  if (!options.dump.empty())
    return dump(options, log);
  Connection connection(options.socket);
  Statistics statistics;
  Window window(connection, {"Fenceline: spin", "fenceline.spin", options.size, options.fullscreen, !options.alpha,
                             options.transform});
  const Input input(connection, window, options.cursor, options.verbose);
  PresentationTracker presentation(connection, statistics, options.verbose);
  EventLoop loop(connection);

  std::optional<DmabufFeedback> feedback;
  if (connection.dmabuf() != nullptr && !options.shm)
    feedback.emplace(connection, window.surface());
  const Gpu gpu(feedback ? std::optional(feedback->preferences().main_device) : std::nullopt, log);
  FrameRenderer renderer(gpu, {options.pattern, options.alpha}, options.buffers);

  if (const auto reason = obstacle(options, feedback ? &*feedback : nullptr, gpu)) {
    if (options.explicit_sync == SyncChoice::on)
      throw Failure("no explicit sync without dma-bufs: " + *reason + "; paint needs neither");
    note("copies its pictures into shared memory, as paint does without a GPU: " + *reason);
    ShmFrames frames(connection, gpu, renderer, options.buffers, options.alpha);
    return show(frames, loop, window, presentation, statistics, options);
  }
  const auto sync = make_sync(connection, window, feedback->preferences().main_device, options.explicit_sync);
  DmabufFrames frames(connection, loop, *feedback, gpu, renderer, sync.get(), options.ring());
  show(frames, loop, window, presentation, statistics, options);
}

void run(const SpinOptions& options) {
  ValidationLog log;
  run_with(options, options.validate ? &log : nullptr);
  log.check();
}

} // namespace

int main(int argc, char** argv) {
  SpinOptions options;
  options.size = {640, 480};
  CLI::App app("Draws a turning string of beads with Vulkan, into a ring of dma-bufs that the compositor shows as they "
               "are.\nEscape or Q ends it, F turns fullscreen on and off.",
               "spin");
  add_common_options(app, options);
  add_choice<SyncChoice>(app, "--explicit-sync", options.explicit_sync,
                         {{"auto", SyncChoice::automatic}, {"on", SyncChoice::on}, {"off", SyncChoice::off}},
                         "timeline points: auto (where there are any), on or off")
      ->option_text("WHEN");
  std::vector<std::pair<std::string, const PixelFormat*>> formats;
  for (const PixelFormat& known : pixel_formats)
    formats.emplace_back(known.name, &known);
  CLI::Option* const format = add_choice<const PixelFormat*>(app, "--format", options.format, formats,
                                                             "DRM's name of the dma-bufs' format [XRGB8888]")
                                  ->option_text("FORMAT");
  app.add_flag("--follow-feedback", options.follow_feedback,
               "take another format with new buffers, for as long as the compositor's scanout tranche has that and not "
               "this one");
  app.add_flag("--shm", options.shm, "copy the pictures into shared memory instead of sharing dma-bufs");
  for (const char* const other : {"--alpha", "--dump", "--shm"})
    format->excludes(app.get_option(other));
  app.add_flag("--validate", options.validate, "end with status 1 if the Vulkan validation layer reports anything");
  return run_demo(app, argc, argv, [&] {
    if (options.format != nullptr)
      options.alpha = options.format->alpha;
    run(options);
  });
}
