#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compositor/base/clock.h"
#include "compositor/base/result.h"
#include "compositor/frame/output_settings.h"
#include "compositor/input/input_settings.h"
#include "compositor/input/key_bindings.h"

namespace fenceline {

/// When the renderer is loaded: at the start, or when something has to be composed for the first time.
enum class RendererLoad { Eager, OnDemand };

/// In what the renderer blends what is translucent.
enum class BlendValues { Encoded, Linear };

/// When clients that can be seen are told to draw (wl_surface.frame).
enum class FrameCallbacks { Late, AtFlip };

/// How frames are made.
struct RendererSettings {
  bool validation = false;                  ///< Vulkan's validation layers. Read at start only.
  RendererLoad load = RendererLoad::Eager;  ///< Read at start only.
  BlendValues blend = BlendValues::Encoded; ///< Read at start only.
  bool shm_in_place = true;                 ///< wl_shm is read where it is, where that can be. Read at start only.
  /// How long before the blank an output latches; none: as long as its frames are found to need.
  std::optional<Nanoseconds> latch_lead;
  FrameCallbacks callbacks = FrameCallbacks::Late;
};

/// What clients and the session itself may use up. Read at start only.
struct LimitSettings {
  std::uint64_t trace_file_bytes = 256ULL << 20;              ///< Then the file rotates.
  Nanoseconds trace_kept = std::chrono::seconds(60);          ///< How far back a trace on demand reaches.
  std::uint64_t client_unread_bytes = std::uint64_t{1} << 20; ///< What a client may leave unread.
  Nanoseconds fence_wait = std::chrono::seconds(5); ///< How long an update waits for its client's fence.
  std::uint64_t plane_tests = 8; ///< Test commits a frame; 0: no plane is used that needs one.
};

/// What the session does beside showing.
struct SessionSettings {
  std::vector<std::string> start; ///< Commands for the shell, run when clients may connect. Read at start only.
  Nanoseconds idle{};             ///< How long nothing is touched until the displays go off; 0: they stay on.
};

/// All that the configuration file can say. What it does not say is as here.
struct Config {
  std::vector<OutputSettings> outputs;
  InputSettings input;
  KeyBindings keys = KeyBindings::defaults(); ///< The file adds to them, and unbinds ("none").
  SessionSettings session;
  RendererSettings renderer;
  LimitSettings limits;
};

/// A configuration and the file that it is from; none: all is as by default.
struct LoadedConfig {
  Config config;
  std::optional<std::string> path;
};

/// The keys that are read at the start only and say something else in `now` than in `started`, as in
/// "limits.plane-tests".
[[nodiscard]] std::vector<std::string_view> changed_for_next_start(const Config& started, const Config& now);

/// Reads TOML. `file`: its name for messages. The error has a line for everything that is wrong, each with file, line
/// and column: nothing is taken of a file that is not right.
[[nodiscard]] Result<Config> parse_config(std::string_view text, const std::string& file);

} // namespace fenceline
