#include "tools/command_line.h"
#include "tools/report/report_text.h"

int main(int argc, char** argv) {
  CLI::App app{
      "Tells from a Fenceline trace how long each step of the frames took, which were missed and why, and what was\n"
      "copied. Older parts of the same session (TRACE.1, TRACE.2, ...) are read with it."};
  app.name("fenceline-report");
  std::string path;
  bool json = false;
  app.add_option("TRACE", path, "The file that fenceline --trace wrote")->required();
  app.add_flag("--json", json, "Print one JSON object instead of text");
  return fenceline::run_command_line(app, argc, argv, [&]() -> fenceline::Result<std::string> {
    const auto trace = fenceline::report::read_trace(path);
    if (!trace)
      return trace.error();
    const auto report = fenceline::report::make_report(*trace);
    return json ? as_json(report, path) : as_text(report, path);
  });
}
