#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "demos/client/ending.h"
#include "demos/client/geometry.h"
#include "demos/client/input.h"

namespace fenceline::demos {

/// What every demo can be told.
struct BasicOptions {
  std::string socket;
  Size size;
  bool fullscreen = false;
  bool json = false;
  bool verbose = false;
  int buffers = 2;
  Ending::Limits limits;
};

/// What the demos that draw their window themselves can be told, too.
struct CommonOptions : BasicOptions {
  bool pattern = false;
  bool alpha = false;
  int transform = 0; // wl_output.transform, or preferred_transform
  CursorChoice cursor = CursorChoice::standard;
  std::string dump; // write start_frame to this PNG, with no compositor
};

/// Adds those options that say where the window is and when the demo ends; what `options` holds already are the
/// defaults.
void add_window_options(CLI::App& app, BasicOptions& options);

/// The same, with which frames to draw: all of BasicOptions.
void add_basic_options(CLI::App& app, BasicOptions& options);

/// The same, with those of BasicOptions.
void add_common_options(CLI::App& app, CommonOptions& options);

/// "a, b or c".
std::string listed(const std::vector<std::string>& words);

/// An option that takes one of a few words. CLI11's own check tells people of its insides.
template <class Value>
CLI::Option* add_choice(CLI::App& app, const std::string& name, Value& value,
                        const std::vector<std::pair<std::string, Value>>& choices, const std::string& help) {
  return app.add_option_function<std::string>(
      name,
      [&value, choices, name](const std::string& text) {
        std::vector<std::string> words;
        for (const auto& [word, meaning] : choices) {
          if (word == text) {
            value = meaning;
            return;
          }
          words.push_back(word);
        }
        throw CLI::ValidationError(name + " takes " + listed(words) + ", not " + text);
      },
      help);
}

/// "WxH", each side 32 to 16384 px.
std::optional<Size> parse_size(const std::string& text);

/// The whole of a demo's main: blocks SIGINT and SIGTERM for the frame loop, parses, runs, and turns every failure into
/// one line on stderr and status 1.
int run_demo(CLI::App& app, int argc, char** argv, const std::function<void()>& body);

} // namespace fenceline::demos
