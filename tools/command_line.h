#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "compositor/base/result.h"

namespace fenceline {

/// What the command-line tools have in common: --help, --version, one line on stderr for whatever goes wrong (also
/// memory that is used up), and the answer on stdout. `work` is called when the options are parsed, and returns the
/// answer. The status to exit with: 0, or 1 after a complaint.
[[nodiscard]] int run_command_line(CLI::App& app, int argc, char** argv,
                                   const std::function<Result<std::string>()>& work);

} // namespace fenceline
