#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tools/command_line.h"
#include "tools/msg/control_client.h"
#include "tools/msg/outline.h"

namespace {

constexpr const char* commands =
    "Commands:\n"
    "  outputs                 displays: mode, place, whether they are on, their modes, what [[output]] match may say\n"
    "  windows                 windows from the topmost down\n"
    "  clients                 who is connected\n"
    "  planes                  for each output where each layer went, and why not on a plane\n"
    "  scheduling              how the session is scheduled, and whether its memory stays\n"
    "  stats                   running counts of displays and clients, which fenceline-top shows\n"
    "  memory                  how wl_shm pictures get to the devices: in place or copied, and why\n"
    "  output NAME on|off      switch a display on or off\n"
    "  config path|reload      the configuration file that is, or would be, read; read it anew\n"
    "  screenshot FILE [OUTPUT]  write a PNG of what the displays that are on show, or one of them\n"
    "  trace save FILE         write what the trace has kept, for fenceline-report\n"
    "  trace on FILE, trace off  write the trace to a file from now on; end that\n"
    "  version                 the session's\n"
    "  quit                    end the session\n\n"
    "Status: 0 done, 1 the session could not do it or there is none.";

/// The session has another working directory.
void make_paths_absolute(std::vector<std::string>& request) {
  const bool screenshot = request.size() >= 2 && request[0] == "screenshot";
  const bool trace = request.size() == 3 && request[0] == "trace";
  if (!screenshot && !trace)
    return;
  std::string& path = request[screenshot ? 1 : 2];
  path = std::filesystem::absolute(path).lexically_normal().string();
}

} // namespace

int main(int argc, char** argv) {
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
  return fenceline::run_command_line(app, argc, argv, [&]() -> fenceline::Result<std::string> {
    make_paths_absolute(request);
    const auto session = fenceline::msg::find_session(socket);
    if (!session)
      return session.error();
    const auto answer = fenceline::msg::ask(*session, request);
    if (!answer)
      return answer.error();
    return json ? answer->dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
                : fenceline::msg::outline(*answer);
  });
}
