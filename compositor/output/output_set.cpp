#include "compositor/output/output_set.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace fenceline {

Result<std::unique_ptr<OutputSet>> OutputSet::create(const OutputServices& services) {
  std::unique_ptr<OutputSet> set(new OutputSet(services));
  if (auto made = set->follow(); !made)
    return made.error();
  services.device.set_listener(set.get());
  return set;
}

// What an output lets go of at its end may ask for frames: by then it is not in the list any more.
OutputSet::~OutputSet() {
  services_.device.set_listener(nullptr);
  const auto gone = std::exchange(outputs_, {});
}

Result<void> OutputSet::follow() {
  const auto infos = services_.device.outputs();
  const auto first_gone = std::stable_partition(outputs_.begin(), outputs_.end(), [&infos](const auto& output) {
    return std::any_of(infos.begin(), infos.end(),
                       [&output](const OutputInfo& info) { return info.id == output->info().id; });
  });
  const std::vector<std::unique_ptr<OutputLoop>> gone(std::make_move_iterator(first_gone),
                                                      std::make_move_iterator(outputs_.end()));
  outputs_.erase(first_gone, outputs_.end());
  for (const auto& output : gone) {
    output->retire();
    services_.observer.gone(output->info().id);
  }
  std::optional<Error> failed;
  for (const OutputInfo& info : infos) {
    if (find(info.id) != nullptr)
      continue;
    auto output = OutputLoop::create(services_, info);
    if (output)
      outputs_.push_back(std::move(*output));
    else
      failed = output.error();
  }
  for (const auto& output : outputs_)
    output->others_changed();
  if (failed)
    return *failed;
  return {};
}

void OutputSet::outputs_changed() {
  if (changed_)
    return changed_();
  if (const auto followed = follow(); !followed)
    services_.log.error("an output cannot be used: {}", followed.error().text());
  schedule_all();
}

void OutputSet::mode_refused(OutputId output, const Mode& mode) {
  if (mode_refused_)
    mode_refused_(output, mode);
}

OutputLoop* OutputSet::find(OutputId output) {
  const auto found =
      std::find_if(outputs_.begin(), outputs_.end(), [output](const auto& o) { return o->info().id == output; });
  return found == outputs_.end() ? nullptr : found->get();
}

void OutputSet::schedule(OutputId output) {
  if (OutputLoop* found = find(output))
    found->schedule();
}

void OutputSet::schedule_in_time(OutputId output) {
  if (OutputLoop* found = find(output))
    found->schedule_in_time();
}

void OutputSet::schedule_look(OutputId output) {
  if (OutputLoop* found = find(output))
    found->schedule_look();
}

void OutputSet::schedule_all() {
  for (const auto& output : outputs_)
    output->schedule();
}

std::optional<TimePoint> OutputSet::due(TimePoint now) const {
  std::optional<TimePoint> until;
  for (const auto& output : outputs_)
    until = std::max(until, output->due(now));
  return until;
}

void OutputSet::needs_modeset(OutputId output) {
  if (OutputLoop* found = find(output))
    found->set_mode_anew();
}

bool OutputSet::set_power(OutputId output, bool on) {
  OutputLoop* found = find(output);
  if (found != nullptr)
    found->power(on);
  for (const auto& other : outputs_)
    other->others_changed();
  return found != nullptr;
}

void OutputSet::pause() {
  for (const auto& output : outputs_)
    output->pause();
}

void OutputSet::resume() {
  for (const auto& output : outputs_)
    output->resume();
}

void OutputSet::composer_changed() {
  // For outputs that are yet to come, too.
  if (services_.gate->state() == ComposerGate::State::Broken)
    services_.composer = nullptr;
  for (const auto& output : outputs_)
    output->composer_changed();
}

void OutputSet::forget_surface(SurfaceId surface) {
  for (const auto& output : outputs_)
    output->forget_surface(surface);
  services_.cursors.forget(surface);
  if (services_.composer != nullptr)
    services_.composer->forget_surface(surface);
}

void OutputSet::flipped(const FlipEvent& event) {
  if (OutputLoop* output = find(event.output))
    output->flipped(event);
}

void OutputSet::ready(OutputId output, FrameId frame, TimePoint time) {
  if (OutputLoop* found = find(output))
    found->ready(frame, time);
}

void OutputSet::released(BufferId buffer) {
  for (const auto& output : outputs_)
    output->released(buffer);
}

} // namespace fenceline
