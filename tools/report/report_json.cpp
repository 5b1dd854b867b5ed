#include "tools/report/json_writer.h"
#include "tools/report/report_text.h"

namespace fenceline::report {

namespace {

double ms(Nanoseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

template <class Enum, class Array>
void counts(JsonWriter& json, std::string_view key, const Array& array) {
  json.begin_object(key);
  for (std::size_t i = 0; i < array.size(); ++i)
    if (array[i] != 0)
      json.number(name(static_cast<Enum>(i)), array[i]);
  json.end_object();
}

void quantiles(JsonWriter& json, std::string_view key, const Histogram& h) {
  json.begin_object(key);
  json.number("n", h.count());
  if (h.count() != 0) {
    json.number("p50", ms(h.quantile(0.5)));
    json.number("p95", ms(h.quantile(0.95)));
    json.number("p99", ms(h.quantile(0.99)));
    json.number("max", ms(h.greatest()));
    json.number("mean", ms(h.mean()));
  }
  json.end_object();
}

void figures(JsonWriter& json, const Figures& f, Nanoseconds traced) {
  json.number("presented", f.presented);
  json.number("zero_copy", f.zero_copy);
  json.number("discarded", f.discarded);
  json.number("missed_frames", f.missed);
  json.number("missed_blanks", f.blanks);
  counts<MissCause>(json, "missed_by_cause", f.causes);
  json.number("fps", f.rate());
  const double seconds = static_cast<double>(traced.count()) / 1e9;
  json.number("fps_of_traced_time", seconds > 0 ? static_cast<double>(f.shown) / seconds : 0.0);
  json.number("layers_on_planes", f.on_plane);
  json.number("layers_composed", f.composed);
  json.number("layers_hidden", f.hidden);
  json.number("layers_background", f.background);
  json.number("layers_not_shown", f.not_shown);
  counts<Refusal>(json, "composed_by_reason", f.refusals);
  json.number("copied_bytes", f.copied_bytes());
  counts<CopyKind>(json, "copied_by_kind", f.copied);
  json.begin_object("steps_ms");
  for (std::size_t i = 0; i < step_count; ++i)
    quantiles(json, name(static_cast<Step>(i)), f.steps[i]);
  json.end_object();
}

void input(JsonWriter& json, const InputFigures& f) {
  json.begin_object("input");
  json.number("events", f.events);
  json.number("answered", f.answered);
  json.number("unseen", f.unseen);
  json.begin_object("steps_ms");
  for (std::size_t i = 0; i < input_step_count; ++i)
    quantiles(json, name(static_cast<InputStep>(i)), f.steps[i]);
  json.end_object();
  json.end_object();
}

/// Each frame of an output that was missed, its stations from the blank that it was for.
void misses(JsonWriter& json, const Report& report, OutputId output) {
  json.begin_list("misses");
  for (const FrameLine& frame : report.frames) {
    if (frame.output != output || frame.blanks == 0)
      continue;
    const RecordedFrame& times = frame.times;
    json.begin_object();
    json.number("frame", static_cast<std::uint64_t>(frame.frame));
    json.number("blanks", frame.blanks);
    json.text("cause", name(frame.cause));
    if (frame.busy) {
      json.text("busy_with", name(frame.busy->part));
      if (frame.busy->client != ClientId{})
        json.number("busy_for", static_cast<std::uint64_t>(frame.busy->client));
    }
    if (times.aimed.ns != 0) {
      json.number("aimed_ns", static_cast<std::uint64_t>(times.aimed.ns));
      json.begin_object("from_blank_ms");
      const auto station = [&](std::string_view key, TimePoint when) {
        if (when.ns != 0)
          json.number(key, ms(when - times.aimed));
      };
      station("planned", times.planned);
      station("latch", times.latch_begin);
      station("compose", times.compose_begin);
      station("composed", times.compose_end);
      if (times.accepting > Nanoseconds::zero())
        station("sent", times.submit - times.accepting);
      station("submit", times.submit);
      station("fence", times.fence);
      station("flip", times.flip);
      json.end_object();
    }
    json.end_object();
  }
  json.end_list();
}

} // namespace

std::string as_json(const Report& report, const std::string& path) {
  JsonWriter json;
  json.begin_object();
  json.text("trace", path);
  json.text("version", report.version);
  json.text("ticks", report.ticks);
  json.number("seconds", static_cast<double>(report.traced.count()) / 1e9);
  json.number("events", static_cast<std::uint64_t>(report.events));
  json.begin_list("warnings");
  for (const std::string& warning : report.warnings)
    json.text({}, warning);
  json.end_list();
  json.number("renderer_lost", report.renderer_lost);
  json.number("without_renderer_ms", ms(report.without_renderer));
  quantiles(json, "long_turns_ms", report.turns);
  counts<TurnPart>(json, "long_turns_by_part", report.turns_by_part);
  json.begin_list("outputs");
  for (const OutputReport& output : report.outputs) {
    json.begin_object();
    json.text("name", output.name);
    json.number("refresh_ms", ms(output.refresh));
    json.number("flips", output.figures.shown);
    const auto frames = [&output](FrameWay way) { return output.frames[static_cast<std::size_t>(way)]; };
    json.number("frames_by_planes_alone", frames(FrameWay::PlanesAlone));
    json.number("frames_composed", frames(FrameWay::ComposedAnew));
    json.number("frames_shown_again", frames(FrameWay::ShownAgain));
    json.number("frames_sent_before_trace", frames(FrameWay::Unknown));
    json.number("submits_failed", output.submits_failed);
    json.number("test_commits", output.tests);
    json.number("test_commits_rejected", output.tests_rejected);
    quantiles(json, "gpu_ms", output.gpu);
    json.number("latch_lead_ms", ms(output.lead));
    quantiles(json, "composed_late_ms", output.composed_late);
    figures(json, output.figures, report.traced);
    misses(json, report, output.id);
    json.end_object();
  }
  json.end_list();
  json.begin_list("clients");
  for (const ClientReport& client : report.clients) {
    json.begin_object();
    json.text("name", client.name);
    json.number("id", static_cast<std::uint64_t>(client.id));
    json.number("pid", client.pid);
    figures(json, client.figures, report.traced);
    counts<LostCause>(json, "lost_blanks_by_cause", client.lost);
    json.number("made_miss", client.made_miss);
    input(json, client.input);
    json.end_object();
  }
  json.end_list();
  json.end_object();
  return json.result() + '\n';
}

} // namespace fenceline::report
