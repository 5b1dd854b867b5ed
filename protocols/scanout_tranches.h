#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "compositor/base/event_loop.h"
#include "compositor/frame/format_chance.h"

namespace fenceline {

/// Decides what the scanout tranche of each surface's feedback has in it, and when its clients are told.
///
/// A surface of which nothing is known yet has the tranche: to allocate for planes at the first costs nothing, to do it
/// at the second a new set of buffers. From then on:
///
/// - It comes when the surface is composed and would be on a plane of an output that shows it if its buffers were of
///   another format or modifier.
/// - It goes when other things keep the surface off the planes: then buffers of the renderer's choice are better.
/// - Where the planner does not know, and while the surface is on a plane, it stays as it is. Other buffers would not
///   make that better.
///
/// It has the formats of all planes that the surface could be on: those of the overlays, and of the primary plane where
/// it could be on that. On several outputs, what all of them take for which it is wanted, or, if that is nothing, what
/// any of them takes. A surface that is on no output keeps what it has.
///
/// A change is told when it has been wanted for a while without a break, so that what comes and goes (a popup, a window
/// that is dragged over others) has nobody make new buffers. To go takes longer than to come.
class ScanoutTranches {
 public:
  using Indices = std::vector<std::uint16_t>;
  static constexpr std::chrono::milliseconds comes_after{500};
  static constexpr std::chrono::milliseconds goes_after{3000};

  /// What planes of an output take, as indices into the format table.
  struct Output {
    OutputId id{};
    Indices any;     ///< Of the primary plane and the overlays.
    Indices overlay; ///< Of the overlays.
    friend bool operator==(const Output&, const Output&) = default;
  };

  /// `first`: the tranche until there are outputs. `always`: it never goes, because nothing else is on offer.
  /// `changed` is told of each surface whose tranche has changed.
  [[nodiscard]] static Result<std::unique_ptr<ScanoutTranches>> create(EventLoop& loop, Indices first, bool always,
                                                                       std::function<void(SurfaceId)> changed);
  ScanoutTranches(const ScanoutTranches&) = delete;
  ScanoutTranches& operator=(const ScanoutTranches&) = delete;

  /// All outputs, in the display's order.
  void set_outputs(std::vector<Output> outputs);
  /// See FormatChanceListener.
  void planned(OutputId output, std::span<const SurfaceChance> chances);

  /// From now on its tranche is kept. Does nothing when it is already.
  void follow(SurfaceId surface);
  void forget(SurfaceId surface) { surfaces_.erase(surface); }
  /// Of a surface that is followed.
  [[nodiscard]] const Indices& formats(SurfaceId surface) const { return surfaces_.at(surface).told; }

 private:
  struct Surface {
    std::map<OutputId, FormatChance> on; ///< Never Unknown: what was known last.
    FormatChance last = FormatChance::Any;
    bool seen = false; ///< Some output has shown it.
    Indices told, wanted;
    TimePoint since; ///< Where they differ: since when that is wanted.
  };

  ScanoutTranches(EventLoop& loop, Indices first, bool always, std::function<void(SurfaceId)> changed)
      : loop_(loop), first_(std::move(first)), always_(always), changed_(std::move(changed)) {}
  [[nodiscard]] const Output* find(OutputId output) const;
  [[nodiscard]] Indices want(const Surface& surface) const;
  void take(OutputId output, const SurfaceChance& now);
  void look(Surface& surface);
  [[nodiscard]] static TimePoint due(const Surface& surface);
  void arm();
  void tell();

  EventLoop& loop_;
  Indices first_;
  bool always_;
  std::function<void(SurfaceId)> changed_;
  std::unique_ptr<Timer> timer_;
  std::vector<Output> outputs_;
  std::unordered_map<SurfaceId, Surface> surfaces_;
  std::map<OutputId, std::vector<SurfaceChance>> planned_; ///< Last.
};

} // namespace fenceline
