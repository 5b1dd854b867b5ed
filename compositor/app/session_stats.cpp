#include "compositor/app/session_stats.h"

#include <nlohmann/json.hpp>
#include <unordered_map>

#include "compositor/frame/output_settings.h"

namespace fenceline {
namespace {

using Json = nlohmann::ordered_json;

double ms(Nanoseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

/// The counts that are not 0, by name.
template <class Enum, class Counts>
Json by_name(const Counts& counts) {
  Json told = Json::object();
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] != 0)
      told[std::string(name(static_cast<Enum>(i)))] = counts[i];
  return told;
}

/// Where the layers of the last frame are.
Json layers_of(const FramePlan& plan) {
  std::size_t on_planes = 0, background = 0, composed = 0, hidden = 0;
  for (const LayerPlan& layer : plan.layers)
    ++(layer.plane ? on_planes : layer.hidden ? hidden : layer.background ? background : composed);
  return {{"on-planes", on_planes}, {"composed", composed}, {"background", background}, {"hidden", hidden}};
}

Json output_stats(const StatsSources& of, const PlacedOutput& output) {
  const OutputLoop* loop = of.outputs.find(output.info.id);
  Json told{{"name", output.info.name}, {"on", loop && loop->powered()}, {"mode", mode_text(output.info.mode)}};
  if (loop) {
    told["period-ms"] = ms(loop->period());
    told["lead-ms"] = ms(loop->lead());
    told["learned-lead-ms"] = ms(loop->learned_lead());
    told["planes"] = output.info.planes.size();
    told["composes"] = loop->last_plan().composes;
    told["layers"] = layers_of(loop->last_plan());
  }
  if (const FrameCounters::Output* counts = of.counters.find(output.info.id)) {
    told["frames"] = counts->flips;
    told["presented"] = counts->presented;
    told["zero-copy"] = counts->zero_copy;
    told["missed"] = by_name<MissCause>(counts->missed);
    told["missed-blanks"] = counts->missed_blanks;
    told["commits-refused"] = counts->submits_failed;
    told["copied"] = by_name<CopyKind>(counts->copied);
    if (counts->recent() != 0)
      told["submit-to-flip-ms"] = {{"frames", counts->recent()},
                                   {"p50", ms(counts->submit_to_flip(0.5))},
                                   {"least", ms(counts->submit_to_flip(0))},
                                   {"most", ms(counts->submit_to_flip(1))}};
  }
  return told;
}

} // namespace

Json session_stats(const StatsSources& of) {
  Json outputs = Json::array(), clients = Json::array();
  for (const PlacedOutput& output : of.layout.outputs())
    outputs.push_back(output_stats(of, output));

  std::unordered_map<ClientId, std::string> programs;
  for (const auto& window : of.desktop.windows().all())
    programs.try_emplace(window->owner, window->app_id);
  const auto queued = of.scene.queued_updates();
  const auto add = [&](std::uint32_t number, Json who) {
    const auto id = static_cast<ClientId>(number);
    const FrameCounters::Client* counts = of.counters.find(id);
    if (!counts)
      return;
    const auto waiting = queued.find(id);
    who["commits"] = counts->commits;
    who["presented"] = counts->presented;
    who["zero-copy"] = counts->zero_copy;
    who["queued"] = waiting == queued.end() ? 0 : waiting->second;
    who["input-events"] = counts->input_events;
    who["copied"] = by_name<CopyKind>(counts->copied);
    clients.push_back(std::move(who));
  };
  // The compositor itself: its cursor, screenshots.
  add(0, {{"client", 0}, {"name", "fenceline"}, {"app-id", ""}});
  for (const wl::ClientInfo& client : of.globals.clients()) {
    const auto program = programs.find(static_cast<ClientId>(client.number));
    add(client.number, {{"client", client.number},
                        {"name", client.name},
                        {"pid", client.pid},
                        {"app-id", program == programs.end() ? std::string() : program->second}});
  }
  return {{"time-ms", ms(Nanoseconds(of.clock.now().ns))},
          {"outputs", std::move(outputs)},
          {"clients", std::move(clients)}};
}

} // namespace fenceline
