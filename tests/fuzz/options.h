#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace fenceline::fuzz {

struct Options {
  std::string socket; ///< path, or name in XDG_RUNTIME_DIR; empty: WAYLAND_DISPLAY
  double seconds = 30;
  std::uint64_t messages = 0; ///< end after so many; 0: by time alone
  std::string seed = "1";     ///< a number, or "random"
  std::uint32_t connections = 8;
  std::uint64_t rate = 0; ///< messages a second at most; 0: as fast as the server takes them
  std::vector<std::string> only;
  std::vector<std::string> protocols; ///< files and folders with XML
  double limit = 5;                   ///< seconds that a roundtrip of the innocent client may take
  double start_limit = 30;            ///< seconds for the server's start, and for its end
  bool input = false;                 ///< a mouse and a keyboard of our own
  std::vector<std::string> accepted;  ///< fail unless the server was seen to accept these
  std::string log;
  std::string replay;
  std::string save = "wire-fuzz-failure.log";
  std::string server_log;
  std::vector<std::string> command; ///< after "--": the server to start
};

struct ParsedOptions {
  Options options;
  int exit_status = -1; ///< 0 or more: end with it
};
/// Prints help or complaints itself.
[[nodiscard]] ParsedOptions parse_options(int argc, char** argv);

} // namespace fenceline::fuzz
