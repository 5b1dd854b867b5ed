#include "demos/client/options.h"

#include <charconv>
#include <csignal>
#include <cstdio>

#include "demos/client/failure.h"
#include "demos/client/window.h"

namespace fenceline::demos {

std::string listed(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i)
    out += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  return out;
}

std::optional<Size> parse_size(const std::string& text) {
  Size size;
  const char* const end = text.data() + text.size();
  const auto [after_width, bad_width] = std::from_chars(text.data(), end, size.width);
  if (bad_width != std::errc() || after_width == end || *after_width != 'x')
    return std::nullopt;
  const auto [after_height, bad_height] = std::from_chars(after_width + 1, end, size.height);
  if (bad_height != std::errc() || after_height != end)
    return std::nullopt;
  const auto fits = [](int side) { return side >= 32 && side <= 16384; };
  if (!fits(size.width) || !fits(size.height))
    return std::nullopt;
  return size;
}

void add_window_options(CLI::App& app, BasicOptions& options) {
  app.set_version_flag("--version", app.get_name() + " " DEMO_VERSION);
  app.add_option("--socket", options.socket, "Wayland display to connect to (a name or a path)")->option_text("NAME");
  app.add_option_function<std::string>(
         "--size",
         [&options](const std::string& text) {
           const auto size = parse_size(text);
           if (!size)
             throw CLI::ValidationError("--size", "'" + text + "' is not WIDTHxHEIGHT with sides of 32 to 16384 px");
           options.size = *size;
         },
         "size in px when not fullscreen [" + std::to_string(options.size.width) + "x" +
             std::to_string(options.size.height) + "]")
      ->option_text("WxH");
  app.add_flag("--fullscreen", options.fullscreen, "fill the output");
  app.add_option("--buffers", options.buffers, "buffers in the ring, 2 to 8 [" + std::to_string(options.buffers) + "]")
      ->check(CLI::Range(2, 8).description(""))
      ->option_text("N");
  app.add_option("--frames", options.limits.frames, "end after N frames were presented")
      ->check(CLI::Range(1u, 0xffffffffu).description(""))
      ->option_text("N");
  app.add_option("--seconds", options.limits.seconds, "end after S seconds")
      ->check(CLI::Range(0.001, 1e7).description(""))
      ->option_text("S");
  app.add_flag("--json", options.json, "print the statistics as one JSON object");
  app.add_flag("--verbose", options.verbose, "say on stderr what happens to each frame, and each input event");
}

void add_basic_options(CLI::App& app, BasicOptions& options) {
  add_window_options(app, options);
  app.add_option("--start-frame,--frame", options.limits.start_frame, "number of the first frame [0]")
      ->option_text("N");
  app.add_flag("--still", options.limits.still, "show one frame only, then idle");
}

void add_common_options(CLI::App& app, CommonOptions& options) {
  add_basic_options(app, options);
  app.add_flag("--pattern", options.pattern, "an exact test picture, computed in integers");
  app.add_flag("--alpha", options.alpha, "translucent ARGB8888, instead of opaque XRGB8888");
  add_choice<int>(app, "--transform", options.transform,
                  {{"normal", 0},
                   {"90", 1},
                   {"180", 2},
                   {"270", 3},
                   {"flipped", 4},
                   {"flipped-90", 5},
                   {"flipped-180", 6},
                   {"flipped-270", 7},
                   {"preferred", preferred_transform}},
                  "say that the picture lies turned in its buffers: 90, 180, 270, flipped, flipped-90 ..., or "
                  "preferred: as the compositor asks for it [normal]")
      ->option_text("TRANSFORM");
  add_choice<CursorChoice>(
      app, "--cursor", options.cursor,
      {{"default", CursorChoice::standard}, {"own", CursorChoice::own}, {"own-dmabuf", CursorChoice::own_dmabuf}, {"none", CursorChoice::hidden}},
      "default (the compositor's), own (in wl_shm), own-dmabuf (the same in a dma-buf), or none")
      ->option_text("default|own|own-dmabuf|none");
  app.add_option("--dump", options.dump, "write the first frame to a PNG and end; needs no compositor")
      ->option_text("FILE");
}

int run_demo(CLI::App& app, int argc, char** argv, const std::function<void()>& body) {
  const std::string name = app.get_name();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0)
      return app.exit(error); // --help, --version
    std::fprintf(stderr, "%s: %s (%s --help lists the options)\n", name.c_str(), error.what(), name.c_str());
    return 1;
  }
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGINT);
  sigaddset(&mask, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &mask, nullptr);
  try {
    body();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), error.what());
    return 1;
  }
}

} // namespace fenceline::demos
