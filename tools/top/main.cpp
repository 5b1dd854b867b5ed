#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "tools/command_line.h"
#include "tools/msg/control_client.h"
#include "tools/top/picture.h"
#include "tools/top/rates.h"
#include "tools/top/terminal.h"

namespace {

using namespace fenceline;
using Json = nlohmann::ordered_json;

struct Options {
  std::string session; ///< The control socket's path.
  std::chrono::duration<double> interval{1};
};

/// Meanwhile no key is read: who watches is not kept waiting for a session that hangs.
constexpr std::chrono::seconds watching_patience{10};

/// Of one interval.
Result<Json> once(const Options& options) {
  const Result<Json> before = msg::ask(options.session, {"stats"});
  if (!before)
    return before.error();
  std::this_thread::sleep_for(options.interval);
  const Result<Json> now = msg::ask(options.session, {"stats"});
  if (!now)
    return now.error();
  return top::with_rates(*now, *before);
}

/// Until the user ends it, or the session is gone: that is an error.
Result<std::string> watch(const Options& options) {
  Json before;
  const auto terminal = top::Terminal::open();
  if (!terminal)
    return terminal.error();
  for (;;) {
    const auto began = std::chrono::steady_clock::now();
    const Result<Json> now = msg::ask(options.session, {"stats"}, watching_patience);
    if (!now)
      return now.error();
    std::vector<top::Line> lines = top::picture(top::with_rates(*now, before), options.session);
    lines.front().text += ", q ends";
    before = *now;
    const auto next = began + std::chrono::duration_cast<std::chrono::steady_clock::duration>(options.interval);
    for (auto event = top::Terminal::Event::Resized; event != top::Terminal::Event::Time;) {
      if (event == top::Terminal::Event::End)
        return std::string();
      if (const Result<void> drawn = (*terminal)->draw(lines); !drawn)
        return drawn.error();
      event = (*terminal)->wait(next);
    }
  }
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Shows live how the frames of a Fenceline session go: displays, clients, misses, copies, planes.\n"
               "q ends it."};
  app.name("fenceline-top");
  app.footer("Status: 0 done, 1 there is no session, or it is gone.");
  std::string socket;
  bool is_once = false, json = false;
  double interval = 1;
  app.add_option("-s,--socket", socket,
                 "The session: the name of its Wayland socket, or the path of its control socket (default: the one "
                 "this runs in, else the only one)")
      ->option_text("NAME");
  app.add_option("-i,--interval", interval, "Seconds from one picture to the next [1]")
      ->check(CLI::Range(0.1, 3600.0).description(""))
      ->option_text("S");
  app.add_flag("--once", is_once,
               "Print one picture, of one interval, as text; also where standard output is no terminal");
  app.add_flag("-j,--json", json, "Print the figures of one interval as one JSON object");
  return run_command_line(app, argc, argv, [&]() -> Result<std::string> {
    const Result<std::string> session = msg::find_session(socket);
    if (!session)
      return session.error();
    const Options options{.session = *session, .interval = std::chrono::duration<double>(interval)};
    if (!is_once && !json && ::isatty(STDOUT_FILENO) != 0)
      return watch(options);
    const Result<Json> told = once(options);
    if (!told)
      return told.error();
    if (json)
      return told->dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    std::string out;
    for (const top::Line& line : top::picture(*told, *session))
      out += line.text + "\n";
    return out;
  });
}
