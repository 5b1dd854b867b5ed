#include "tests/fuzz/fuzz_session.h"
#include "tests/fuzz/options.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <charconv>
#include <csignal>
#include <random>

namespace {

/// The seed that the text asks for; nothing when it is neither a number nor "random".
std::optional<std::uint64_t> seed_from(const std::string& text) {
  if (text == "random") {
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
  }
  std::uint64_t seed = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (failure != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return seed;
}

} // namespace

int main(int argc, char** argv) {
  auto [options, exit_status] = fenceline::fuzz::parse_options(argc, argv);
  if (exit_status >= 0)
    return exit_status;
  const auto seed = seed_from(options.seed);
  if (!seed) {
    fmt::print(stderr, "wire_fuzz: --seed takes a number or 'random', not '{}'\n", options.seed);
    return 2;
  }
  if (options.protocols.empty())
    options.protocols = {FENCELINE_FUZZ_PROTOCOLS};
  // Peers vanish as a matter of course, and descriptors are many.
  std::signal(SIGPIPE, SIG_IGN);
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
  }
  return fenceline::fuzz::FuzzSession(std::move(options), *seed).run();
}
