#pragma once
#include <deque>
#include <optional>

#include "compositor/base/region.h"
#include "compositor/input/seat.h"
#include "protocols/surface_resource.h"

namespace fenceline {

class RegionResource;

/// What a locked and a confined pointer have in common: the surface, the region and the position hint, which are its
/// double-buffered state, and the part in between that the seat sees.
class HeldPointer : public PointerConstraint, public CommitExtension, public SceneListener {
 public:
  /// Rectangles of the regions that wait for their commits' turn, of one constraint: as much as two regions have.
  static constexpr std::size_t max_waiting_rectangles = 2048;

  HeldPointer(SurfaceResource& surface, const RegionResource* region, bool persistent, Scene& scene, Seat& seat);
  ~HeldPointer() override;
  HeldPointer(const HeldPointer&) = delete;
  HeldPointer& operator=(const HeldPointer&) = delete;

  [[nodiscard]] SurfaceId surface() const override { return surface_ ? surface_->surface_id() : SurfaceId{}; }
  [[nodiscard]] bool contains(SurfacePosition at) const override;
  [[nodiscard]] SurfacePosition nearest(SurfacePosition to) const override;
  [[nodiscard]] std::optional<SurfacePosition> release_position() const override;
  void activated() final;
  void deactivated() final;

  [[nodiscard]] bool before_commit(SurfaceResource& surface, SurfacePatch& patch,
                                   std::vector<std::unique_ptr<CommitConstraint>>& constraints) override;
  void surface_gone() override;
  void surface_changed(Surface& surface) override;
  void update_joined(const Surface& surface, std::size_t behind) override;
  void surface_gone(SurfaceId) override {}

 protected:
  void set_region(const RegionResource* region);
  void set_position_hint(SurfacePosition hint) { pending_.hint = hint; }
  virtual void tell(bool active) = 0;
  /// Its client has too much on its way.
  virtual void refuse() = 0;

 private:
  struct Change {
    std::optional<std::optional<Region>> region; ///< Empty inside: the whole surface.
    std::optional<SurfacePosition> hint;
  };
  /// Where the pointer may be: the region within the input region within the surface.
  [[nodiscard]] Region area() const;
  void apply(Change&& change);

  SurfaceResource* surface_; ///< Null: it is gone, or a oneshot constraint is over.
  bool persistent_;
  Scene& scene_;
  Seat& seat_;
  std::optional<Region> region_;
  std::optional<SurfacePosition> hint_;
  Change pending_;
  std::deque<Change> waiting_; ///< One for each update that is not applied yet.
};

} // namespace fenceline
