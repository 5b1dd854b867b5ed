#include "tools/command_line.h"

#include <cstdio>
#include <exception>

namespace fenceline {
namespace {

int fail(const CLI::App& app, const std::string& why) {
  std::fprintf(stderr, "%s: %s\n", app.get_name().c_str(), why.c_str());
  return 1;
}

int print(const CLI::App& app, const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0)
    return 0;
  return fail(app, Error::from_errno("cannot write the answer").text());
}

} // namespace

int run_command_line(CLI::App& app, int argc, char** argv, const std::function<Result<std::string>()>& work) {
  app.set_version_flag("--version", app.get_name() + " " FENCELINE_VERSION);
  try {
    app.parse(argc, argv);
    const Result<std::string> answer = work();
    return answer ? print(app, *answer) : fail(app, answer.error().text());
  } catch (const CLI::CallForVersion& version) {
    return print(app, std::string(version.what()) + "\n");
  } catch (const CLI::CallForHelp&) {
    return print(app, app.help());
  } catch (const CLI::ParseError& error) {
    return fail(app, std::string(error.what()) + " (see " + app.get_name() + " --help)");
  } catch (const std::exception& error) {
    return fail(app, error.what());
  }
}

} // namespace fenceline
