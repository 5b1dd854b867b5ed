#include "tests/fuzz/options.h"

#include "tests/fuzz/evidence.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace fenceline::fuzz {

ParsedOptions parse_options(int argc, char** argv) {
  ParsedOptions parsed;
  auto& options = parsed.options;
  CLI::App app(
      "Sends well-formed and nearly well-formed Wayland messages to a server from many connections, while an\n"
      "innocent client watches that it is still answered. Ends with status 0 if the server lived through it.\n\n"
      "With '-- COMMAND' the server is started first and ended with SIGTERM afterwards; its status must be 0.\n"
      "In COMMAND, {socket} becomes the socket's name and {ready-fd} the number of a descriptor on which the\n"
      "server writes a line when it is ready.",
      "wire_fuzz");
  app.add_option("--socket", options.socket, "the server's socket: a path, or a name in XDG_RUNTIME_DIR");
  app.add_option("--seconds", options.seconds, "how long")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--messages", options.messages, "end after about so many messages, if that comes first");
  app.add_option("--seed", options.seed, "what decides all messages: a number, or 'random'")->capture_default_str();
  app.add_option("--connections", options.connections, "how many at a time")
      ->check(CLI::Range(1, 200))
      ->capture_default_str();
  app.add_option("--rate", options.rate, "messages a second at most; 0: no limit")->capture_default_str();
  app.add_option("--only", options.only, "interfaces that random and spoiled messages go to")->delimiter(',');
  app.add_option("--protocols", options.protocols, "XML files, or folders of them, instead of the installed ones")
      ->delimiter(',');
  app.add_option("--limit", options.limit, "seconds that the innocent client's roundtrip may take")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--start-limit", options.start_limit, "seconds that COMMAND may take to start, and to end")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--input", options.input,
               "make a mouse and a keyboard with /dev/uinput, move and click and type meanwhile; the server's seat\n"
               "must take them");
  app.add_option(
         "--accepted", options.accepted,
         "fail unless the server was seen to accept these requests; where few frames are shown, the run goes on\n"
         "for up to five times as long until it was")
      ->delimiter(',')
      ->check(CLI::IsMember(std::vector<std::string>(accepted::all.begin(), accepted::all.end())));
  app.add_option("--log", options.log, "write all messages to this file");
  app.add_option("--replay", options.replay, "send what this log says instead of something new");
  app.add_option("--save", options.save, "where a failure's log goes; it can be replayed")->capture_default_str();
  app.add_option("--server-log", options.server_log, "keep COMMAND's output in this file");
  char** const end = argv + argc;
  char** const dashes = std::find_if(argv, end, [](const char* word) { return std::string_view(word) == "--"; });
  if (dashes != end)
    options.command.assign(dashes + 1, end);
  try {
    app.parse(static_cast<int>(dashes - argv), argv);
  } catch (const CLI::ParseError& error) {
    parsed.exit_status = app.exit(error) == 0 ? 0 : 2;
  }
  return parsed;
}

} // namespace fenceline::fuzz
