#include "compositor/app/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cctype>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "compositor/app/version.h"

namespace fenceline {
namespace {

constexpr const char* footer =
    "With COMMAND the session ends when it ends, with its status (127: there is no such program). SIGTERM, SIGINT and "
    "SIGHUP end the session, Super+Shift+Q "
    "quits.\n"
    "SIGUSR1 takes the screenshot at once. SIGUSR2 writes the trace of the last minute, which is kept when there is "
    "no\n"
    "--trace, to $XDG_RUNTIME_DIR/fenceline-SOCKET.pftrace. The configuration is read anew when its file changes.\n"
    "fenceline-msg asks a running session what it shows, and tells it what to do.\n\n"
    "Examples:\n"
    "  fenceline                                     a session on this machine's display\n"
    "  fenceline --trace t.pftrace -- foot           one program, and a trace for fenceline-report\n"
    "  fenceline --kiosk -- cog https://example.org  one program, fullscreen on all displays, kept running\n"
    "  fenceline --backend headless --exit-after 5   no display needed";

/// An option that takes one word of a few. CLI11's own check tells the user of its numbers.
template <typename Value>
void add_choice(CLI::App& app, const std::string& name, Value& value,
                std::vector<std::pair<std::string_view, Value>> words, const std::string& help) {
  std::string listed, shown;
  for (std::size_t i = 0; i < words.size(); ++i) {
    listed += fmt::format("{}{}", i == 0 ? "" : i + 1 == words.size() ? " or " : ", ", words[i].first);
    shown += fmt::format("{}{}", i == 0 ? "" : "|", words[i].first);
  }
  app.add_option_function<std::string>(
         name,
         [&value, words = std::move(words), listed = std::move(listed), name](const std::string& text) {
           for (const auto& [word, meaning] : words)
             if (text == word) {
               value = meaning;
               return;
             }
           throw CLI::ValidationError(fmt::format("{} takes {}, not {}", name, listed, text));
         },
         help)
      ->option_text(shown);
}

/// A number of seconds.
double parse_seconds(const char* option, const std::string& text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || !(seconds >= 0.001 && seconds <= 1e7))
    throw CLI::ValidationError(fmt::format("{} takes seconds from 0.001 to 10000000, not {}", option, text));
  return seconds;
}

/// What is wrong with options that are right each for itself; empty: nothing.
std::string contradiction(const Options& options) {
  if (options.socket.find('/') != std::string::npos)
    return fmt::format("--socket takes a name in the runtime directory, no path: {}", options.socket);
  if (options.fullscreen && options.backend != BackendChoice::Nested && options.backend != BackendChoice::Auto)
    return "--fullscreen is for a session in a window (--backend nested)";
  if (options.check_config && !options.command.empty())
    return fmt::format("--check-config takes no program: to check {}, say --config {} --check-config",
                       options.command.front(), options.command.front());
  if (options.kiosk && options.command.empty() && !options.check_config)
    return "--kiosk needs the program that it is for: fenceline --kiosk -- COMMAND";
  if (options.backend == BackendChoice::Nested && !options.device.empty())
    return "--device is for the kms backend: --backend nested drives none";
  if (options.backend == BackendChoice::Headless && !options.device.empty())
    return "--device is for the kms backend: --backend headless drives none";
  if (options.no_config && (options.check_config || !options.config_file.empty()))
    return "--no-config reads no configuration: leave it out, or --config and --check-config";
  return {};
}

} // namespace

std::variant<Options, int> parse_options(int argc, char** argv) {
  Options options;
  CLI::App app("Fenceline, a Wayland compositor that shows what clients rendered without copying it, and says so frame "
               "by frame.",
               "fenceline");
  app.footer(footer);
  app.set_version_flag("--version", std::string("fenceline ") + version);
  app.get_formatter()->column_width(34);

  std::string mode;
  double exit_after = 0;
  int ready_fd = -1;
  add_choice<BackendChoice>(
      app, "--backend", options.backend,
      {{"auto", BackendChoice::Auto},
       {"kms", BackendChoice::Kms},
       {"nested", BackendChoice::Nested},
       {"headless", BackendChoice::Headless}},
      "The display: a card's (kms), a window of the Wayland session that runs (nested), none (headless), or what there "
      "is (auto: nested in a Wayland session, else kms, and an error where no display is connected)");
  app.add_flag("--fullscreen", options.fullscreen, "Nested: cover the screen of the session that runs");
  app.add_flag_function(
      "--no-hand-over", [&options](std::int64_t) { options.hand_over = false; },
      "Nested: compose everything, hand no client's buffer to the session that runs: for comparisons");
  app.add_flag("--kiosk", options.kiosk,
               "For COMMAND alone: its windows are fullscreen, dialogs over them, it is started again when it fails, "
               "and the session ends when it ends with status 0");
  app.add_option("--device", options.device, "The DRM device to drive")->option_text("/dev/dri/cardN");
  app.add_option("--socket", options.socket,
                 "Name of the Wayland socket (default: wayland-1, or the next number that is free)")
      ->option_text("NAME");
  app.add_option("--mode", mode, "Mode of the display (default: the one it prefers); nested: size of the window")
      ->option_text("WxH[@Hz]");
  app.add_option("--config", options.config_file,
                 "The configuration (default: ~/.config/fenceline/fenceline.toml, else "
                 "/etc/xdg/fenceline/fenceline.toml, if there is one)")
      ->option_text("FILE");
  app.add_flag("--no-config", options.no_config, "Read no configuration");
  app.add_flag("--check-config", options.check_config,
               "Say what is wrong with the configuration, with file and line, and end: status 0 when nothing is");
  app.add_option("--trace", options.trace_file, "Write a trace for fenceline-report and Perfetto")->option_text("FILE");
  app.add_option("--screenshot", options.screenshot_file,
                 "Write a PNG of what is shown, at the end and at each SIGUSR1")
      ->option_text("FILE");
  app.add_option_function<std::string>(
         "--exit-after", [&exit_after](const std::string& text) { exit_after = parse_seconds("--exit-after", text); },
         "End the session after so many seconds, with status 0 whatever COMMAND does then")
      ->option_text("S");
  app.add_option_function<std::string>(
         "--idle",
         [&options](const std::string& text) {
           options.idle = std::chrono::duration<double>(parse_seconds("--idle", text));
         },
         "Switch the displays off when nothing was touched for so many seconds, until something is (default: never)")
      ->option_text("S");
  app.add_option("--plane-tests", options.plane_tests,
                 "Ask the display at most so many times a frame what it can show without composing (8); 0: compose all")
      ->check(CLI::Range(0, 1000).description(""))
      ->option_text("N");
  add_choice<std::optional<RendererLoad>>(
      app, "--renderer", options.renderer, {{"eager", RendererLoad::Eager}, {"on-demand", RendererLoad::OnDemand}},
      "Load the renderer at the start (eager, the default), or when a frame does not fit on the display's planes "
      "(on-demand: kms only)");
  add_choice<std::optional<BlendValues>>(
      app, "--blend", options.blend, {{"encoded", BlendValues::Encoded}, {"linear", BlendValues::Linear}},
      "Blend what is translucent in the values of its buffers (encoded, the default), or in linear light (linear)");
  add_choice<LogLevel>(app, "--log-level", options.log_level,
                       {{"trace", LogLevel::Trace},
                        {"debug", LogLevel::Debug},
                        {"info", LogLevel::Info},
                        {"warn", LogLevel::Warn},
                        {"error", LogLevel::Error},
                        {"off", LogLevel::Off}},
                       "How much is told on stderr (info)");
  app.add_option("--ready-fd", ready_fd,
                 "Write the socket's name and a newline to this descriptor when clients may connect")
      ->check(CLI::Range(0, 1 << 20).description(""))
      ->option_text("N");
  app.add_flag("--validation", options.validation, "Run the renderer under Vulkan's validation layers");
  app.add_option("command", options.command, "A program to run in the session, with its arguments, after --")
      ->option_text("COMMAND...");
  app.positionals_at_end();
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    return app.exit(asked);
  } catch (const CLI::ParseError& mistake) {
    fmt::print(stderr, "fenceline: {} (see fenceline --help)\n", mistake.what());
    return 1;
  }
  if (const std::string wrong = contradiction(options); !wrong.empty()) {
    fmt::print(stderr, "fenceline: {}\n", wrong);
    return 1;
  }
  if (!mode.empty()) {
    Result<ModeRequest> parsed = parse_mode(mode);
    if (!parsed) {
      fmt::print(stderr, "fenceline: --mode: {}\n", parsed.error().text());
      return 1;
    }
    options.mode = *parsed;
  }
  if (exit_after > 0)
    options.exit_after = std::chrono::duration<double>(exit_after);
  if (ready_fd >= 0)
    options.ready_fd = ready_fd;
  return options;
}

} // namespace fenceline
