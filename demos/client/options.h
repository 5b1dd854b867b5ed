#pragma once

#include <functional>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "demos/client/frame_loop.h"
#include "demos/client/geometry.h"
#include "demos/client/input.h"

namespace fenceline::demos {

/// What both demos can be told.
struct CommonOptions {
  std::string socket;
  Size size;
  bool fullscreen = false;
  bool pattern = false;
  bool alpha = false;
  bool json = false;
  bool verbose = false;
  int buffers = 2;
  int transform = 0; // wl_output.transform, or preferred_transform
  CursorChoice cursor = CursorChoice::standard;
  FrameLoop::Limits limits;
  std::string dump; // write start_frame to this PNG, with no compositor
};

/// Adds the common options to `app`; what `options` holds already are the defaults.
void add_common_options(CLI::App& app, CommonOptions& options);

/// "WxH", each side 32 to 16384 px.
std::optional<Size> parse_size(const std::string& text);

/// The whole of a demo's main: blocks SIGINT and SIGTERM for the frame loop, parses, runs, and turns every failure into
/// one line on stderr and status 1.
int run_demo(CLI::App& app, int argc, char** argv, const std::function<void()>& body);

} // namespace fenceline::demos
