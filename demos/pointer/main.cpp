// pointer: a square under the pointer, and how long it takes to get there.

#include <cstdio>
#include <string>

#include "demos/client/connection.h"
#include "demos/client/input.h"
#include "demos/client/options.h"
#include "demos/pointer/follower.h"

namespace {

using namespace fenceline::demos;

struct Options : BasicOptions {
  bool shm = false;
  CursorChoice cursor = CursorChoice::hidden;
};

void run(const Options& options) {
  Connection connection(options.socket);
  Statistics statistics;
  Window window(connection, {"Fenceline: pointer", "fenceline.pointer", options.size, options.fullscreen, true, 0});
  const Input input(connection, window, options.cursor, options.verbose);
  PresentationTracker presentation(connection, statistics, options.verbose);
  EventLoop loop(connection);
  Follower follower(connection, window, loop, presentation, statistics,
                    {.buffers = options.buffers, .shm = options.shm, .limits = options.limits});
  follower.run();
  const Summary summary = statistics.summary();
  const std::string report = options.json ? to_json(summary, "pointer", follower.facts()) + "\n"
                                          : to_text(summary, "pointer") + follower.text();
  std::fputs(report.c_str(), stdout);
}

} // namespace

int main(int argc, char** argv) {
  Options options;
  options.size = {640, 480};
  options.buffers = 4;
  CLI::App app(
      "Draws a square under the pointer, in linear dma-bufs where they can be had, and tells how long it took\n"
      "from the pointer's events to the display. Escape or Q ends it, F turns fullscreen on and off.",
      "pointer");
  add_window_options(app, options);
  app.add_flag("--shm", options.shm, "in shared memory (wl_shm), not in dma-bufs");
  add_choice<CursorChoice>(app, "--cursor", options.cursor,
                           {{"none", CursorChoice::hidden}, {"default", CursorChoice::standard}},
                           "none (the square is the cursor), or default: the compositor's, too [none]")
      ->option_text("none|default");
  return run_demo(app, argc, argv, [&] { run(options); });
}
