#include "compositor/app/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cctype>
#include <charconv>
#include <map>

#include "compositor/app/version.h"

namespace fenceline {
namespace {

constexpr const char* footer =
    "With COMMAND the session ends when it ends, with its status. SIGTERM and SIGINT end the session, Super+Shift+Q "
    "quits.\n"
    "SIGUSR1 takes the screenshot at once. SIGUSR2 writes the trace of the last minute, which is kept when there is "
    "no\n"
    "--trace, to $XDG_RUNTIME_DIR/fenceline-SOCKET.pftrace.\n\n"
    "Examples:\n"
    "  fenceline                                     a session on this machine's display\n"
    "  fenceline --trace t.pftrace -- demos/spin     one program, and a trace for fenceline-report\n"
    "  fenceline --backend headless --exit-after 5   no display needed";

bool parse_number(std::string_view text, std::int32_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && out > 0 && out <= 65535;
}

} // namespace

Result<ModeRequest> parse_mode(const std::string& text) {
  const Error wrong{fmt::format("\"{}\" is no mode: WxH or WxH@Hz is, as in 1920x1080@60", text), 0};
  const std::size_t x = text.find('x'), at = text.find('@');
  if (x == std::string::npos)
    return wrong;
  ModeRequest request;
  const std::string_view view(text);
  const std::size_t height_length = at == std::string::npos ? std::string::npos : at - x - 1;
  if (!parse_number(view.substr(0, x), request.size.width) ||
      !parse_number(view.substr(x + 1, height_length), request.size.height))
    return wrong;
  if (at != std::string::npos) {
    double hz = 0;
    const std::string_view rest = view.substr(at + 1);
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), hz);
    if (error != std::errc() || end != rest.data() + rest.size() || !(hz >= 1 && hz <= 1000))
      return wrong;
    request.refresh_hz = hz;
  }
  return request;
}

std::variant<Options, int> parse_options(int argc, char** argv) {
  Options options;
  CLI::App app("Fenceline, a Wayland compositor that shows what clients rendered without copying it, and says so frame "
               "by frame.",
               "fenceline");
  app.footer(footer);
  app.set_version_flag("--version", std::string("fenceline ") + version);
  app.get_formatter()->column_width(34);

  const std::map<std::string, BackendChoice> backends{
      {"auto", BackendChoice::Auto}, {"kms", BackendChoice::Kms}, {"headless", BackendChoice::Headless}};
  const std::map<std::string, LogLevel> levels{{"trace", LogLevel::Trace}, {"debug", LogLevel::Debug},
                                               {"info", LogLevel::Info},   {"warn", LogLevel::Warn},
                                               {"error", LogLevel::Error}, {"off", LogLevel::Off}};
  std::string mode;
  double exit_after = 0;
  int ready_fd = -1;
  app.add_option("--backend", options.backend, "The display: auto (KMS, else an error), kms, headless")
      ->transform(CLI::CheckedTransformer(backends, CLI::ignore_case).description(""))
      ->option_text("auto|kms|headless");
  app.add_option("--device", options.device, "The DRM device to drive")->option_text("/dev/dri/cardN");
  app.add_option("--socket", options.socket, "Name of the Wayland socket (default: the first wayland-N that is free)")
      ->option_text("NAME");
  app.add_option("--mode", mode, "Mode of the display (default: the one it prefers)")->option_text("WxH[@Hz]");
  app.add_option("--trace", options.trace_file, "Write a trace for fenceline-report and Perfetto")->option_text("FILE");
  app.add_option("--screenshot", options.screenshot_file,
                 "Write a PNG of what is shown, at the end and at each SIGUSR1")
      ->option_text("FILE");
  app.add_option("--exit-after", exit_after, "End the session after so many seconds")
      ->check(CLI::Range(0.001, 1e7).description(""))
      ->option_text("S");
  app.add_option("--log-level", options.log_level, "trace, debug, info (default), warn, error, off")
      ->transform(CLI::CheckedTransformer(levels, CLI::ignore_case).description(""))
      ->option_text("LEVEL");
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
