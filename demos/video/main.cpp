// video: a clip in YCbCr dma-bufs under a translucent bar, as a player shows it.

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "demos/client/connection.h"
#include "demos/client/input.h"
#include "demos/client/options.h"
#include "demos/video/player.h"

namespace {

using namespace fenceline::demos;

struct Options : BasicOptions {
  bool no_bar = false;
  std::string format = "nv12";
  Player::Choice choice;
};

void add_options(CLI::App& app, Options& o) {
  add_basic_options(app, o);
  app.add_flag("--no-overlay", o.no_bar, "without the bar over the video");
  app.add_flag("--menu", o.choice.menu, "with a menu open over it (xdg_popup)");
  app.add_option("--rate", o.choice.rate, "frames a second, 24, 30 or 60 as a rule [30]")
      ->check(CLI::Range(1.0, 240.0).description(""))
      ->option_text("N");
  using Pace = Player::Pace;
  add_choice<Pace>(app, "--pace", o.choice.pace,
                   {{"auto", Pace::automatic}, {"timing", Pace::commit_timing}, {"callbacks", Pace::callbacks}},
                   "timing (commit-timing says when each frame is to be shown), callbacks, or auto: the first that is "
                   "on offer [auto]")
      ->option_text("PACE");
  std::vector<std::string> names;
  std::vector<std::pair<std::string, std::string>> formats;
  for (const ClipFormat& format : clip_formats()) {
    names.emplace_back(format.name);
    formats.emplace_back(format.name, format.name);
  }
  add_choice<std::string>(app, "--format", o.format, formats, listed(names) + " [nv12]")->option_text("FORMAT");
  using Matrix = ClipEncoding::Matrix;
  add_choice<Matrix>(app, "--matrix", o.choice.encoding.matrix,
                     {{"bt601", Matrix::bt601}, {"bt709", Matrix::bt709}, {"bt2020", Matrix::bt2020}},
                     "coefficients: bt601, bt709 or bt2020 [bt709]")
      ->option_text("MATRIX");
  add_choice<bool>(app, "--range", o.choice.encoding.full_range, {{"limited", false}, {"full", true}},
                   "limited or full [limited]")
      ->option_text("RANGE");
}

void run(Options o) {
  o.choice.format = find_clip_format(o.format);
  o.choice.bar = !o.no_bar;
  o.choice.buffers = o.buffers;
  o.choice.limits = o.limits;
  Connection connection(o.socket);
  Statistics statistics;
  Window window(connection, {"Fenceline: video", "fenceline.video", o.size, o.fullscreen, true, 0});
  const Input input(connection, window, CursorChoice::standard, o.verbose);
  PresentationTracker presentation(connection, statistics, o.verbose);
  EventLoop loop(connection);
  Player player(connection, window, loop, presentation, statistics, o.choice);
  player.run();
  const Summary summary = statistics.summary();
  const std::string report =
      o.json ? to_json(summary, "video", player.facts()) + "\n" : to_text(summary, "video") + player.pace_text();
  std::fputs(report.c_str(), stdout);
}

} // namespace

int main(int argc, char** argv) {
  Options options;
  options.size = {640, 360};
  options.buffers = 3;
  CLI::App app("Plays a computed clip in YCbCr dma-bufs, with a translucent bar of shared memory (wl_shm) over it.\n"
               "Escape or Q ends it, F turns fullscreen on and off.",
               "video");
  add_options(app, options);
  return run_demo(app, argc, argv, [&] { run(options); });
}
