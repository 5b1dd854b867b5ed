#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "tools/report/report_text.h"

namespace {

int fail(const std::string& why) {
  std::fprintf(stderr, "fenceline-report: %s\n", why.c_str());
  return 1;
}

int run(int argc, char** argv) {
  CLI::App app{
      "Tells from a Fenceline trace how long each step of the frames took, which were missed and why, and what was\n"
      "copied. Older parts of the same session (TRACE.1, TRACE.2, ...) are read with it."};
  app.name("fenceline-report");
  std::string path;
  bool json = false;
  app.add_option("TRACE", path, "The file that fenceline --trace wrote")->required();
  app.add_flag("--json", json, "Print one JSON object instead of text");
  app.set_version_flag("--version", "fenceline-report " FENCELINE_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForVersion& version) {
    return std::puts(version.what()) < 0 ? 1 : 0;
  } catch (const CLI::CallForHelp&) {
    return std::fputs(app.help().c_str(), stdout) < 0 ? 1 : 0;
  } catch (const CLI::ParseError& error) {
    return fail(std::string(error.what()) + " (see fenceline-report --help)");
  }
  const auto trace = fenceline::report::read_trace(path);
  if (!trace)
    return fail(trace.error().text());
  const auto report = fenceline::report::make_report(*trace);
  const std::string text = json ? as_json(report, path) : as_text(report, path);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    return fail("cannot write the report: " + fenceline::Error::from_errno("standard output").text());
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
