#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "compositor/output/output_loop.h"

namespace fenceline {

/// The outputs of one display device: hands each flip to its output. One loop for each OutputInfo that the device has.
class OutputSet final : public ScanoutListener, private ModeListener {
 public:
  [[nodiscard]] static Result<std::unique_ptr<OutputSet>> create(const OutputServices& services);
  OutputSet(const OutputSet&) = delete;
  OutputSet& operator=(const OutputSet&) = delete;
  ~OutputSet() override;

  /// Outputs came or went: makes loops for new ones, drops those of gone ones. An error: of one of the new ones; the
  /// others have theirs.
  [[nodiscard]] Result<void> follow();
  /// Who is told that the device's outputs have changed, and calls follow(). Without, the set follows by itself.
  void on_changed(std::function<void()> callback) { changed_ = std::move(callback); }
  /// Who chooses another mode for an output whose display does not take the one that it was given.
  void on_mode_refused(std::function<void(OutputId, const Mode&)> callback) { mode_refused_ = std::move(callback); }
  void outputs_changed() override;
  void needs_modeset(OutputId output) override;
  [[nodiscard]] const std::vector<std::unique_ptr<OutputLoop>>& outputs() const { return outputs_; }
  [[nodiscard]] OutputLoop* find(OutputId output);

  void schedule(OutputId output);
  /// See OutputLoop::schedule_in_time.
  void schedule_in_time(OutputId output);
  /// See OutputLoop::schedule_look.
  void schedule_look(OutputId output);
  void schedule_all();
  /// See OutputLoop::due: of all outputs the one that is due the longest.
  [[nodiscard]] std::optional<TimePoint> due(TimePoint now) const;
  /// Switches an output off (DPMS) or on again: see OutputLoop::power. False: there is no such output.
  bool set_power(OutputId output, bool on);
  /// The session was taken away, or is back.
  void pause();
  void resume();
  /// See OutputLoop::composer_changed.
  void composer_changed();
  /// The surface is gone: nothing of it is kept, here or in the composer.
  void forget_surface(SurfaceId surface);

  void flipped(const FlipEvent& event) override;
  void ready(OutputId output, FrameId frame, TimePoint time) override;
  void released(BufferId buffer) override;

 private:
  explicit OutputSet(const OutputServices& services) : services_(services) { services_.modes = this; }
  void mode_refused(OutputId output, const Mode& mode) override;

  OutputServices services_;
  std::vector<std::unique_ptr<OutputLoop>> outputs_;
  std::function<void()> changed_;
  std::function<void(OutputId, const Mode&)> mode_refused_;
};

} // namespace fenceline
