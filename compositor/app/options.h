#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "compositor/base/log.h"
#include "compositor/base/result.h"
#include "compositor/config/config.h"
#include "compositor/frame/output_settings.h"

namespace fenceline {

enum class BackendChoice { Auto, Kms, Nested, Headless };

/// What the command line says.
struct Options {
  BackendChoice backend = BackendChoice::Auto;
  bool hand_over = true;   ///< Nested: clients' buffers go to the parent as they are.
  bool fullscreen = false; ///< Nested: the parent's whole screen.
  bool kiosk = false;      ///< One program, fullscreen, kept running.
  std::string device;      ///< Empty: the first card with a connected display.
  std::string socket;      ///< Empty: the first wayland-N that is free.
  std::optional<ModeRequest> mode;
  std::string config_file;   ///< Empty: the user's, or the system's, or none.
  bool no_config = false;    ///< All as by default.
  bool check_config = false; ///< Say what is wrong with the configuration, and end.
  std::string trace_file;
  std::string screenshot_file;
  std::optional<std::chrono::duration<double>> exit_after;
  std::optional<std::chrono::duration<double>> idle; ///< Instead of the configuration's.
  std::optional<unsigned> plane_tests;               ///< Instead of the configuration's.
  LogLevel log_level = LogLevel::Info;
  std::optional<int> ready_fd;
  bool validation = false;
  std::optional<RendererLoad> renderer; ///< Instead of the configuration's.
  std::optional<BlendValues> blend;     ///< The same.
  std::vector<std::string> command;
};

/// Options to run with, or the status to exit with at once (--help, --version, a mistake; what there is to say has been
/// printed).
[[nodiscard]] std::variant<Options, int> parse_options(int argc, char** argv);

} // namespace fenceline
