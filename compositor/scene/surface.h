#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "compositor/scene/constraint.h"
#include "compositor/scene/surface_state.h"

namespace fenceline {

class Scene;
class Surface;

/// What a surface is for. Given once; a surface never changes its role.
enum class SurfaceRole : std::uint8_t { None, Toplevel, Popup, Subsurface, Cursor, DragIcon };

/// What the object behind the role is told. Protocol objects implement it.
class RoleHandler {
 public:
  virtual ~RoleHandler() = default;
  /// A content update of the surface was applied. `had_content`: whether it was mapped before.
  virtual void applied(Surface& surface, bool had_content) = 0;
};

struct ContentUpdate;

/// A constraint that is not met yet, and the update that it holds up: another one when that takes this one's place.
struct ArmedConstraint {
  std::unique_ptr<CommitConstraint> constraint;
  std::weak_ptr<ContentUpdate> update;
  bool met = false;
};

/// One commit on its way into the scene, or several that were made one. The unit that waits and that is applied.
struct ContentUpdate {
  CommitId commit{};
  SurfaceId surface{};
  SurfacePatch patch;
  std::vector<std::shared_ptr<ArmedConstraint>> constraints;
  std::size_t unmet = 0;
  unsigned waited = 0;  ///< Ticks of Scene::age_fences.
  bool overdue = false; ///< Its fence did not signal in time.
  /// Whether it has a time of its own (the constraint is taken out of the patch when it is armed).
  bool timed = false;
  /// Whether it waits for a commit of the parent (effectively synchronised when it was made, and not claimed by one
  /// yet).
  bool waits_for_parent = false;
  /// Whether a parent's update carries it: it is applied with that one, not on its own.
  bool claimed = false;
  /// Whether it waits until the surface has no fifo barrier. Not looked at where a parent's update carries it: a
  /// synchronised subsurface has no pace of its own (wp_fifo_v1.wait_barrier).
  bool waits_for_barrier = false;
  /// The last update of each synchronised child that this commit carries. Each update is carried by one other at most.
  std::vector<std::pair<SurfaceId, CommitId>> children;
  /// An update of the group that was not ready when it was last looked at: as long as it isn't, nobody else is asked.
  std::weak_ptr<const ContentUpdate> blocker;
  /// What it counts of its client's budget (Scene::max_queued_weight).
  std::size_t weight = 0;
};

/// One wl_surface without its resource. Made and owned by the Scene.
class Surface {
 public:
  Surface(SurfaceId id, ClientId client);
  Surface(const Surface&) = delete;
  Surface& operator=(const Surface&) = delete;

  [[nodiscard]] SurfaceId id() const { return id_; }
  [[nodiscard]] ClientId client() const { return client_; }

  /// What the next commit will change: requests write here.
  [[nodiscard]] SurfacePatch& pending() { return pending_; }
  /// What is applied.
  [[nodiscard]] const SurfaceState& current() const { return current_; }

  [[nodiscard]] SurfaceRole role() const { return role_; }
  /// False when it has another role already. The same role again is allowed (a new object of the same kind).
  [[nodiscard]] bool give_role(SurfaceRole role);
  void set_role_handler(RoleHandler* handler) { handler_ = handler; }

  /// The children as the next commit will leave them: place_above and the like edit this list (see Scene).
  [[nodiscard]] const std::vector<ChildPlacement>& pending_children() const;

  /// The parent, for a subsurface whose object lives.
  [[nodiscard]] std::optional<SurfaceId> parent() const { return parent_; }
  /// wl_subsurface.set_sync; only its own switch, see Scene::effectively_synchronised.
  [[nodiscard]] bool synchronised() const { return synchronised_; }
  [[nodiscard]] std::size_t queued() const { return queue_.size(); }

  /// The sum of the offsets since the last call: moves a cursor's hotspot and the like.
  [[nodiscard]] Point take_offset();
  /// Whether an output has latched the last applied update.
  [[nodiscard]] bool latched() const { return latched_; }

 private:
  friend class Scene;
  SurfaceId id_;
  ClientId client_;
  SurfacePatch pending_;
  SurfaceState current_;
  std::deque<std::shared_ptr<ContentUpdate>> queue_;
  SurfaceRole role_ = SurfaceRole::None;
  RoleHandler* handler_ = nullptr;
  std::optional<SurfaceId> parent_;
  std::vector<SurfaceId> subsurfaces_; ///< Those whose parent it is.
  bool synchronised_ = true;
  bool latched_ = true;
};

} // namespace fenceline
