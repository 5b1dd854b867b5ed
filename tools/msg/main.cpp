#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tools/msg/control_client.h"
#include "tools/msg/outline.h"

namespace {

constexpr const char* commands =
    "Commands:\n"
    "  outputs                 displays: mode, place, whether they are on\n"
    "  windows                 windows from the topmost down\n"
    "  clients                 who is connected\n"
    "  planes                  for each output where each layer went, and why not on a plane\n"
    "  output NAME on|off      switch a display on or off\n"
    "  config path|reload      the configuration file; read it anew\n"
    "  screenshot FILE         write a PNG of what is shown\n"
    "  trace save FILE         write what the trace has kept, for fenceline-report\n"
    "  trace on FILE, trace off  write the trace to a file from now on; end that\n"
    "  version                 the session's\n"
    "  quit                    end the session\n\n"
    "Status: 0 done, 1 the session could not do it or there is none.";

int fail(const std::string& why) {
  std::fprintf(stderr, "fenceline-msg: %s\n", why.c_str());
  return 1;
}

/// The session has another working directory.
void make_paths_absolute(std::vector<std::string>& request) {
  const bool screenshot = request.size() == 2 && request[0] == "screenshot";
  const bool trace = request.size() == 3 && request[0] == "trace";
  if (screenshot || trace)
    request.back() = std::filesystem::absolute(request.back()).lexically_normal().string();
}

int run(int argc, char** argv) {
  CLI::App app{"Asks a running Fenceline session what it shows, and tells it what to do."};
  app.name("fenceline-msg");
  app.footer(commands);
  std::string socket;
  bool json = false;
  std::vector<std::string> request;
  app.add_option("-s,--socket", socket,
                 "The session: the name of its Wayland socket, or the path of its control socket (default: the one "
                 "this runs in, else the only one)")
      ->option_text("NAME");
  app.add_flag("-j,--json", json, "Print the answer as JSON");
  app.add_option("COMMAND", request, "The command and what it needs")->required();
  app.positionals_at_end();
  app.set_version_flag("--version", "fenceline-msg " FENCELINE_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForVersion& version) {
    return std::puts(version.what()) < 0 ? 1 : 0;
  } catch (const CLI::CallForHelp&) {
    return std::fputs(app.help().c_str(), stdout) < 0 ? 1 : 0;
  } catch (const CLI::ParseError& error) {
    return fail(std::string(error.what()) + " (see fenceline-msg --help)");
  }
  make_paths_absolute(request);
  const auto session = fenceline::msg::find_session(socket);
  if (!session)
    return fail(session.error().text());
  const auto answer = fenceline::msg::ask(*session, request);
  if (!answer)
    return fail(answer.error().text());
  const std::string text = json ? answer->dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
                                : fenceline::msg::outline(*answer);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    return fail(fenceline::Error::from_errno("cannot write the answer").text());
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) { // Out of memory, or what the option library throws.
    return fail(error.what());
  }
}
