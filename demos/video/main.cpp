// video: a clip in YCbCr dma-bufs under a translucent bar, as a player shows it.

#include <cstdio>
#include <map>
#include <string>

#include "demos/client/connection.h"
#include "demos/client/input.h"
#include "demos/client/options.h"
#include "demos/video/player.h"

namespace {

using namespace fenceline::demos;

struct Options {
  std::string socket;
  Size size{640, 360};
  bool fullscreen = false, no_bar = false, json = false, verbose = false;
  std::string format = "nv12";
  Player::Choice choice;
};

void add_options(CLI::App& app, Options& o) {
  app.set_version_flag("--version", app.get_name() + " " DEMO_VERSION);
  app.add_option("--socket", o.socket, "Wayland display to connect to (a name or a path)")->option_text("NAME");
  app.add_option_function<std::string>(
         "--size",
         [&o](const std::string& text) {
           const auto size = parse_size(text);
           if (!size)
             throw CLI::ValidationError("--size", "'" + text + "' is not WIDTHxHEIGHT with sides of 32 to 16384 px");
           o.size = *size;
         },
         "size in px when not fullscreen [640x360]")
      ->option_text("WxH");
  app.add_flag("--fullscreen", o.fullscreen, "fill the output");
  app.add_flag("--no-overlay", o.no_bar, "without the bar over the video");
  app.add_flag("--menu", o.choice.menu, "with a menu open over it (xdg_popup)");
  app.add_option("--rate", o.choice.rate, "frames a second, 24, 30 or 60 as a rule [30]")
      ->check(CLI::Range(1.0, 240.0).description(""))
      ->option_text("N");
  std::string names;
  std::vector<std::string> formats;
  for (const ClipFormat& format : clip_formats()) {
    formats.emplace_back(format.name);
    names += (names.empty() ? "" : ", ") + formats.back();
  }
  app.add_option("--format", o.format, names + " [nv12]")
      ->check(CLI::IsMember(formats).description(""))
      ->option_text("FORMAT");
  using Matrix = ClipEncoding::Matrix;
  const std::map<std::string, Matrix> matrices{
      {"bt601", Matrix::bt601}, {"bt709", Matrix::bt709}, {"bt2020", Matrix::bt2020}};
  app.add_option("--matrix", o.choice.encoding.matrix, "coefficients: bt601, bt709 or bt2020 [bt709]")
      ->transform(CLI::CheckedTransformer(matrices).description(""))
      ->option_text("MATRIX");
  const std::map<std::string, bool> ranges{{"limited", false}, {"full", true}};
  app.add_option("--range", o.choice.encoding.full_range, "limited or full [limited]")
      ->transform(CLI::CheckedTransformer(ranges).description(""))
      ->option_text("RANGE");
  app.add_option("--buffers", o.choice.buffers, "buffers in the ring, 2 to 8 [3]")
      ->check(CLI::Range(2, 8).description(""))
      ->option_text("N");
  app.add_option("--frames", o.choice.frames, "end after N frames were presented")
      ->check(CLI::Range(1U, 0xffffffffU).description(""))
      ->option_text("N");
  app.add_option("--seconds", o.choice.seconds, "end after S seconds")
      ->check(CLI::Range(0.001, 1e7).description(""))
      ->option_text("S");
  app.add_option("--start-frame,--frame", o.choice.start_frame, "number of the first frame [0]")->option_text("N");
  app.add_flag("--still", o.choice.still, "show one frame only, then idle");
  app.add_flag("--json", o.json, "print the statistics as one JSON object");
  app.add_flag("--verbose", o.verbose, "say on stderr what happens to each frame, and each input event");
}

void run(Options o) {
  o.choice.format = find_clip_format(o.format);
  o.choice.bar = !o.no_bar;
  Connection connection(o.socket);
  Statistics statistics;
  Window window(connection, {"Fenceline: video", "fenceline.video", o.size, o.fullscreen, true, 0});
  const Input input(connection, window, CursorChoice::standard, o.verbose);
  PresentationTracker presentation(connection, statistics, o.verbose);
  EventLoop loop(connection);
  Player player(connection, window, loop, presentation, statistics, o.choice);
  player.run();
  const Summary summary = statistics.summary();
  std::fputs((o.json ? to_json(summary, "video", player.facts()) + "\n" : to_text(summary, "video")).c_str(), stdout);
}

} // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Plays a computed clip in YCbCr dma-bufs, with a translucent bar of shared memory (wl_shm) over it.\n"
               "Escape or Q ends it, F turns fullscreen on and off.",
               "video");
  add_options(app, options);
  return run_demo(app, argc, argv, [&] { run(options); });
}
