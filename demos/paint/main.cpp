// paint: a wl_shm client that draws on the CPU, and only what changes.

#include <cstdio>
#include <memory>

#include "demos/client/connection.h"
#include "demos/client/frame_loop.h"
#include "demos/client/options.h"
#include "demos/client/png_file.h"
#include "demos/paint/light_artwork.h"
#include "demos/paint/paint_frames.h"
#include "demos/paint/pattern_artwork.h"

namespace {

using namespace fenceline::demos;

std::unique_ptr<Artwork> make_artwork(const CommonOptions& options) {
  if (options.pattern)
    return std::make_unique<PatternArtwork>(options.alpha);
  return std::make_unique<LightArtwork>(options.alpha);
}

void dump(const CommonOptions& options, Artwork& artwork) {
  artwork.resize(options.size);
  artwork.advance(options.limits.start_frame);
  const auto width = static_cast<std::size_t>(options.size.width);
  Picture picture{options.size, std::vector<std::uint32_t>(width * static_cast<std::size_t>(options.size.height))};
  for (int y = 0; y < options.size.height; ++y)
    artwork.draw_row(y, 0, options.size.width, picture.pixels.data() + static_cast<std::size_t>(y) * width);
  write_png(options.dump, picture, options.alpha);
}

void run(const CommonOptions& options, bool whole_damage) {
  const auto artwork = make_artwork(options);
  if (!options.dump.empty())
    return dump(options, *artwork);
  Connection connection(options.socket);
  Statistics statistics;
  Window window(connection, {"Fenceline: paint", "fenceline.paint", options.size, options.fullscreen, !options.alpha,
                             options.transform});
  const Input input(connection, window, options.cursor, options.verbose);
  PresentationTracker presentation(connection, statistics, options.verbose);
  PaintFrames frames(connection, *artwork, {options.buffers, options.alpha, whole_damage});
  EventLoop loop(connection);
  FrameLoop(loop, window, frames, presentation, statistics, options.limits).run();
  const Summary summary = statistics.summary();
  std::fputs((options.json ? to_json(summary, "paint", frames.facts()) + "\n" : to_text(summary, "paint")).c_str(),
             stdout);
}

} // namespace

int main(int argc, char** argv) {
  CommonOptions options;
  options.size = {640, 480};
  options.cursor = CursorChoice::own;
  bool whole_damage = false;
  CLI::App app("Paints with light on the CPU, into shared memory (wl_shm); redraws and damages only what changes.\n"
               "Escape or Q ends it, F turns fullscreen on and off.",
               "paint");
  add_common_options(app, options);
  app.add_flag("--no-damage", whole_damage, "redraw and damage everything in each frame");
  return run_demo(app, argc, argv, [&] { run(options, whole_damage); });
}
