#include "compositor/config/config.h"

#include "compositor/config/config_input.h"
#include "compositor/config/config_outputs.h"
#include "compositor/config/config_section.h"

namespace fenceline {
namespace {

void read_renderer(ConfigSection& section, RendererSettings& settings) {
  section.read("validation", settings.validation);
  section.choice("load", settings.load, {{"eager", RendererLoad::Eager}, {"on-demand", RendererLoad::OnDemand}});
  section.choice("blend", settings.blend, {{"encoded", BlendValues::Encoded}, {"linear", BlendValues::Linear}});
  section.read("shm-in-place", settings.shm_in_place);
  double lead_ms = 0;
  section.read("latch-lead-ms", lead_ms, 0.1, 100.0);
  if (lead_ms > 0)
    settings.latch_lead = std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double, std::milli>(lead_ms));
  section.choice("frame-callbacks", settings.callbacks,
                 {{"late", FrameCallbacks::Late}, {"at-flip", FrameCallbacks::AtFlip}});
  section.finish();
}

void read_limits(ConfigSection& section, LimitSettings& settings) {
  std::uint64_t file_mib = settings.trace_file_bytes >> 20;
  section.read("trace-file-mib", file_mib, 1, 1 << 20);
  settings.trace_file_bytes = file_mib << 20;
  std::int64_t kept_s = std::chrono::duration_cast<std::chrono::seconds>(settings.trace_kept).count();
  section.read("trace-seconds", kept_s, 1, 3600);
  settings.trace_kept = std::chrono::seconds(kept_s);
  std::uint64_t unread_kib = settings.client_unread_bytes >> 10;
  // Not less than what the session itself counts on when it hands out selections.
  section.read("client-unread-kib", unread_kib, 1024, 1 << 20);
  settings.client_unread_bytes = unread_kib << 10;
  std::int64_t fence_s = std::chrono::duration_cast<std::chrono::seconds>(settings.fence_wait).count();
  section.read("fence-seconds", fence_s, 1, 3600);
  settings.fence_wait = std::chrono::seconds(fence_s);
  section.read("plane-tests", settings.plane_tests, 0, 1000);
  section.finish();
}

/// toml++ begins some of its messages with its own state; people need what follows.
std::string words_of(const toml::parse_error& error) {
  std::string text(error.description());
  for (const char* prefix : {"Error while parsing ", "error while parsing "})
    if (text.starts_with(prefix))
      text.erase(0, std::string_view(prefix).size());
  return "not TOML: " + text;
}

} // namespace

std::vector<std::string_view> changed_for_next_start(const Config& started, const Config& now) {
  std::vector<std::string_view> changed;
  const auto compare = [&changed](std::string_view key, const auto& before, const auto& after) {
    if (!(before == after))
      changed.push_back(key);
  };
  compare("renderer.validation", started.renderer.validation, now.renderer.validation);
  compare("renderer.load", started.renderer.load, now.renderer.load);
  compare("renderer.blend", started.renderer.blend, now.renderer.blend);
  compare("renderer.shm-in-place", started.renderer.shm_in_place, now.renderer.shm_in_place);
  compare("limits.trace-file-mib", started.limits.trace_file_bytes, now.limits.trace_file_bytes);
  compare("limits.trace-seconds", started.limits.trace_kept, now.limits.trace_kept);
  compare("limits.fence-seconds", started.limits.fence_wait, now.limits.fence_wait);
  compare("limits.client-unread-kib", started.limits.client_unread_bytes, now.limits.client_unread_bytes);
  compare("limits.plane-tests", started.limits.plane_tests, now.limits.plane_tests);
  compare("session.start", started.session.start, now.session.start);
  return changed;
}

Result<Config> parse_config(std::string_view text, const std::string& file) {
  ConfigProblems problems(file);
  Config config;
  try {
    const toml::table table = toml::parse(text);
    ConfigSection whole(table, {}, problems);
    config.outputs = read_outputs(whole);
    if (auto section = whole.section("input"))
      read_input(*section, config.input);
    if (auto section = whole.section("keys"))
      read_keys(*section, config.keys);
    if (auto section = whole.section("session")) {
      section->read("start", config.session.start);
      std::int64_t idle_s = 0;
      section->read("idle-seconds", idle_s, 0, 7 * 24 * 3600);
      config.session.idle = std::chrono::seconds(idle_s);
      section->finish();
    }
    if (auto section = whole.section("renderer"))
      read_renderer(*section, config.renderer);
    if (auto section = whole.section("limits"))
      read_limits(*section, config.limits);
    whole.finish();
  } catch (const toml::parse_error& error) {
    problems.add(error.source().begin.line, error.source().begin.column, words_of(error));
  }
  if (!problems.empty())
    return Error{problems.text(), 0};
  return config;
}

} // namespace fenceline
