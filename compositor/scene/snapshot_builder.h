#pragma once
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "compositor/frame/frame_source.h"
#include "compositor/scene/output_grid.h"
#include "compositor/scene/scene.h"

namespace fenceline {

/// A tree of surfaces and where its root's origin lies, in global coordinates (px).
struct RootPlacement {
  SurfaceId root{};
  Point position;
  LayerRole role = LayerRole::Content;
};

/// Who decides what is shown where: the shell for windows, the seat for its cursor.
class StackProvider {
 public:
  virtual ~StackProvider() = default;
  /// Appends the trees of one output, bottom to top.
  virtual void append_roots(OutputId output, std::vector<RootPlacement>& roots) const = 0;
};

/// Walks the trees and writes down what one output shows. The line from the scene to the outputs crosses here, by
/// value.
class SnapshotBuilder final : public FrameSource {
 public:
  /// Providers from bottom to top; they and the scene outlive it.
  SnapshotBuilder(Scene& scene, std::vector<const StackProvider*> providers);

  /// Where an output lies, see OutputGrid.
  void set_output(OutputId output, Rect area, double scale = 1.0, Size pixels = {},
                  Transform transform = Transform::Normal) {
    outputs_.insert_or_assign(output, OutputGrid(area, scale, pixels, transform));
  }
  void remove_output(OutputId output) { outputs_.erase(output); }

  void latch(OutputId output, FrameId frame, LatchedFrame& into) override;
  void pixels_taken(SurfaceId surface, CommitId commit) override;
  [[nodiscard]] std::optional<Rect> cursor_place(OutputId output, SurfaceId cursor, CommitId commit) const override;
  /// The picture without taking anything: for screenshots.
  [[nodiscard]] SceneSnapshot look(OutputId output) const;

 private:
  struct Visit;
  void find_roots(OutputId output) const;
  void walk_all(OutputId output, const OutputGrid& grid,
                const std::function<void(const Surface&, Layer&&)>& emit) const;
  void walk(const Visit& visit, const Surface& surface, Point origin, int depth) const;

  Scene& scene_;
  std::vector<const StackProvider*> providers_;
  std::unordered_map<OutputId, OutputGrid> outputs_;
  // Of one picture, kept for the next.
  mutable std::vector<RootPlacement> roots_;
  std::vector<SurfaceId> shown_;
};

} // namespace fenceline
