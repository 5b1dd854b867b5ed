#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compositor/app/output_arrangement.h"
#include "compositor/base/log.h"
#include "compositor/input/seat.h"
#include "compositor/output/output_set.h"
#include "compositor/output/scanout_device.h"
#include "compositor/scene/snapshot_builder.h"
#include "compositor/shell/desktop.h"
#include "protocols/output_global.h"

namespace fenceline {

/// Who is told of the outputs. All of it outlives the layout.
struct OutputLayoutParts {
  ScanoutDevice& device;
  OutputSet& outputs;
  Desktop& desktop;
  SnapshotBuilder& builder;
  Seat& seat;
  Log& log;
};

/// The one place that decides which outputs are used, in which mode, and where they lie, from what the device has and
/// what the settings say, and that tells everybody. Follows the device: outputs come and go. Main thread.
class OutputLayout {
 public:
  /// Takes the device's outputs in at once. `forced_mode`: see ArrangementWishes.
  OutputLayout(const OutputLayoutParts& parts, std::vector<OutputSettings> settings,
               std::optional<ModeRequest> forced_mode);
  OutputLayout(const OutputLayout&) = delete;
  OutputLayout& operator=(const OutputLayout&) = delete;
  ~OutputLayout();

  /// Other settings, at run time: what differs is set, the rest is left alone.
  void apply(std::vector<OutputSettings> settings);
  /// From now on the clients are told too. `globals` must not have an output yet, and goes before the layout, or is
  /// taken away (null) before it goes.
  void announce(OutputGlobals* globals);
  /// What is odd about the outputs under the present settings, a line each: the log has said it already.
  [[nodiscard]] std::vector<std::string> remarks() const;
  /// Called after a change has been told to everybody.
  void on_changed(std::function<void()> callback) { changed_ = std::move(callback); }

  /// The outputs in use, in the order of the device.
  [[nodiscard]] const std::vector<PlacedOutput>& outputs() const { return used_; }
  [[nodiscard]] const std::vector<OutputSettings>& settings() const { return settings_; }
  /// The output of that name, or null.
  [[nodiscard]] const PlacedOutput* find(std::string_view name) const;

 private:
  void update();
  void refuse(OutputId output, const Mode& mode);
  void look_for_strays();
  void tell_clients(const std::vector<PlacedOutput>& before);
  void say(const std::vector<PlacedOutput>& before, const std::vector<std::string>& remarks);

  OutputLayoutParts parts_;
  std::vector<OutputSettings> settings_;
  std::optional<ModeRequest> forced_mode_;
  std::vector<PlacedOutput> used_;
  std::map<std::string, Point> places_;      ///< By name, of all that have been in use under these settings.
  std::map<std::string, Mode> modes_before_; ///< By name: the one before the present one.
  std::vector<RefusedMode> refused_;         ///< Under these settings, of outputs that are there.
  std::vector<std::string> said_;            ///< Remarks are made once.
  std::vector<std::string> strays_;          ///< Those on settings that are for no output.
  std::set<std::string> met_; ///< Settings that an output matched, or of which it was said that none does.
  OutputGlobals* globals_ = nullptr;
  std::function<void()> changed_;
};

} // namespace fenceline
