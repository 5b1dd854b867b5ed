#pragma once
#include <memory>
#include <vector>

#include "compositor/output/output_loop.h"

namespace fenceline {

/// The outputs of one display device: hands each flip to its output. One loop for each OutputInfo that the device has.
class OutputSet final : public ScanoutListener {
 public:
  [[nodiscard]] static Result<std::unique_ptr<OutputSet>> create(const OutputServices& services);
  OutputSet(const OutputSet&) = delete;
  OutputSet& operator=(const OutputSet&) = delete;
  ~OutputSet() override;

  /// Outputs came or went: makes loops for new ones, drops those of gone ones.
  [[nodiscard]] Result<void> outputs_changed();
  [[nodiscard]] const std::vector<std::unique_ptr<OutputLoop>>& outputs() const { return outputs_; }
  [[nodiscard]] OutputLoop* find(OutputId output);

  void schedule(OutputId output);
  void schedule_all();
  /// The session was taken away, or is back.
  void pause();
  void resume();
  /// The surface is gone: nothing of it is kept, here or in the composer.
  void forget_surface(SurfaceId surface);

  void flipped(const FlipEvent& event) override;

 private:
  explicit OutputSet(const OutputServices& services) : services_(services) {}
  OutputServices services_;
  std::vector<std::unique_ptr<OutputLoop>> outputs_;
};

} // namespace fenceline
