#pragma once
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "compositor/frame/frame_event.h"
#include "compositor/scene/surface.h"

namespace fenceline {

/// Told when the picture may have changed.
class SceneListener {
 public:
  virtual ~SceneListener() = default;
  /// Content, size, children or callbacks of a surface have changed; outputs that may show it have to look.
  virtual void surface_changed(Surface& surface) = 0;
  /// A commit has attached a buffer. It may still have to wait for its fence and its turn.
  virtual void content_committed(const Surface& /*surface*/) {}
  /// An update has taken over the one before it, which is not queued any more. `behind`: how many are queued behind it.
  virtual void update_joined(const Surface& /*surface*/, std::size_t /*behind*/) {}
  /// An update waits for a fence from now on.
  virtual void fence_pending() {}
  /// The fence of an update that waits has signalled: at `when`, by its own stamp. Not told where that is not known.
  virtual void fence_signalled(const Surface& /*surface*/, TimePoint /*when*/) {}
  /// An output is the first to take what was applied last into its picture.
  virtual void latched(const Surface& /*surface*/) {}
  /// All surfaces that changed at once have been told of.
  virtual void settled() {}
  /// It is going away; nothing may keep its id.
  virtual void surface_gone(SurfaceId surface) = 0;
};

/// All surfaces with their applied state, and the content updates on their way into it. Main thread. The only mutable
/// picture of the world.
///
/// A commit makes a content update. An update is applied when its own constraints and those of all that it carries are
/// met and nothing older of its surface waits; a group (an update with the synchronised children that it carries, to
/// any depth) is applied at once or not at all. A constraint that is never met holds up its own surface, and the group
/// that it is part of, alone.
class Scene {
 public:
  /// From so many on a commit joins the newest update that waits on its surface, if nobody can tell (see follow_with).
  static constexpr std::size_t joining_queue = 8;
  /// More updates than this may not wait on one surface: the client that queues without end pays for it.
  static constexpr std::size_t max_queued_updates = 512;
  /// Trees are walked by recursion: a client may not choose how deep.
  static constexpr int max_depth = 64;
  /// Lists of children are walked with each commit.
  static constexpr std::size_t max_subsurfaces = 1024;
  static constexpr std::size_t max_surfaces_per_client = 4096;
  /// Of all updates that wait for one client: an update weighs 1, and 1 for each 16 rectangles of its regions.
  static constexpr std::size_t max_queued_weight = 16384;

  explicit Scene(FrameObserver& observer);
  ~Scene();
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  void add_listener(SceneListener& listener) { listeners_.push_back(&listener); }
  /// Also from within a call of one.
  void remove_listener(SceneListener& listener) {
    std::replace(listeners_.begin(), listeners_.end(), &listener, static_cast<SceneListener*>(nullptr));
    drop_removed();
  }

  /// Whoever asks for a client has seen to it that it has fewer than max_surfaces_per_client.
  [[nodiscard]] Surface& create_surface(ClientId client);
  [[nodiscard]] std::size_t surfaces_of(ClientId client) const;
  /// Content updates that were committed and are held back, by client.
  [[nodiscard]] std::unordered_map<ClientId, std::size_t> queued_updates() const;
  /// Its updates are dropped, its feedback discarded, its buffers let go; children lose their parent and are unmapped.
  void destroy_surface(SurfaceId surface);
  [[nodiscard]] Surface* find(SurfaceId surface);
  [[nodiscard]] const Surface* find(SurfaceId surface) const;
  [[nodiscard]] std::size_t surface_count() const { return surfaces_.size(); }

  /// wl_surface.commit: takes the pending patch. ENOMEM when too many updates wait.
  [[nodiscard]] Result<CommitId> commit(Surface& surface, std::vector<std::unique_ptr<CommitConstraint>> constraints);

  /// One that has waited for its fence for too long.
  struct OverdueFence {
    ClientId client{};
    SurfaceId surface{};
    CommitId commit{};
  };
  struct FenceWaits {
    bool any = false; ///< Others wait for fences.
    std::vector<OverdueFence> overdue;
  };
  /// A tick for all updates that wait for a fence. Those that have seen `limit` of them, answered once each, hold up
  /// nothing any more: newer content of their surface takes their place as soon as it is there, and the group of a
  /// parent goes without them. They are shown if their fence signals before that.
  [[nodiscard]] FenceWaits age_fences(unsigned limit);

  /// The output has latched what set the surface's fifo barrier, or is not waited for any longer: the next update that
  /// waits for it may be applied.
  void clear_barrier(SurfaceId surface);

  // Subsurfaces. Positions and order are the parent's double-buffered state: they come with its next commit.
  /// EINVAL when `parent` is the child or one of its descendants; ENOMEM when the tree would be deeper than max_depth,
  /// or the parent has max_subsurfaces. The child starts synchronised, on top of its siblings.
  [[nodiscard]] Result<void> add_subsurface(Surface& child, Surface& parent);
  /// wl_subsurface.destroy: at once.
  void remove_subsurface(Surface& child);
  void set_subsurface_position(Surface& child, Point position);
  /// `sibling`: another child of the same parent, or the parent. False when it is neither.
  [[nodiscard]] bool place(Surface& child, SurfaceId sibling, bool above);
  void set_synchronised(Surface& child, bool synchronised);
  /// Its own switch or that of any ancestor.
  [[nodiscard]] bool effectively_synchronised(const Surface& surface) const;
  /// The topmost ancestor; the surface itself when it has no parent.
  [[nodiscard]] const Surface& root_of(const Surface& surface) const;

  // For the snapshot builder.
  /// wl_shm content was uploaded: lets go of the client's buffer if `commit` is still the last that was applied.
  void pixels_taken(SurfaceId surface, CommitId commit);
  /// The composer has lost all that was uploaded: the pictures that are shown now are uploaded again, whole, from the
  /// clients' memory. Where a client has its buffer back and has begun to draw there, that is shown until it commits.
  void pixels_lost();
  /// The picture that is shown now, a wl_shm one that devices read in place, is to be uploaded with the next latch, and
  /// its buffer given back then. `attachment`: the same buffer with its pixels; the lease stays. False, and nothing
  /// changes: something else is shown by now.
  [[nodiscard]] bool upload_instead(Surface& surface, const BufferAttachment& attachment);
  /// Moves feedback and callbacks of the applied state out: the first output to latch an update gets them.
  [[nodiscard]] LatchedUpdate take_latched(Surface& surface);
  /// Only the callbacks: of what no output shows.
  [[nodiscard]] std::vector<std::unique_ptr<FrameCallback>> take_callbacks(Surface& surface) {
    return std::exchange(surface.current_.callbacks, {});
  }

  [[nodiscard]] FrameObserver& observer() { return observer_; }

 private:
  struct Applied {
    SurfaceId surface{};
    bool had_content = false;
  };
  void try_apply(SurfaceId surface);
  void try_apply_ancestry(SurfaceId surface);
  /// One look at whether a group is ready: each update is looked at once.
  struct Look {
    std::unordered_map<SurfaceId, CommitId> ready_up_to; ///< Of each surface, what was found ready.
    std::shared_ptr<const ContentUpdate> blocker;        ///< The first one that isn't.
  };
  [[nodiscard]] bool ready(const std::shared_ptr<ContentUpdate>& update, Look& look) const;
  [[nodiscard]] bool ready_up_to(const Surface& surface, CommitId last, Look& look) const;
  void forget_blockers(const Surface& from);
  void apply_up_to(Surface& surface, CommitId last, std::vector<Applied>& changed);
  void apply_one(Surface& surface, ContentUpdate& update, std::vector<Applied>& changed);
  [[nodiscard]] Result<void> arm(const Surface& surface, const std::shared_ptr<ContentUpdate>& update,
                                 std::vector<std::unique_ptr<CommitConstraint>> constraints);
  void claim_children(const Surface& surface, ContentUpdate& update);
  [[nodiscard]] static bool may_join(const Surface& surface, const ContentUpdate& update);
  void join_last(Surface& surface, const std::shared_ptr<ContentUpdate>& joining);
  void take_over(const Surface& surface, ContentUpdate& older, const std::shared_ptr<ContentUpdate>& newer);
  void let_pass(Surface& surface);
  void leave_out(Surface& surface, CommitId commit);
  void note_met(const Surface& surface, const ContentUpdate& update, const CommitConstraint& constraint);
  void constraint_met(const std::weak_ptr<ArmedConstraint>& met);
  void release_from_parent(Surface& child);
  void discard(ContentUpdate& update, ClientId client);
  [[nodiscard]] int depth_of(const Surface& surface) const;
  [[nodiscard]] int height_of(const Surface& surface) const;
  void drop_from_lists(Surface& parent, SurfaceId child);
  /// `call` may add and remove listeners.
  template <class Call>
  void tell_listeners(Call&& call) {
    ++telling_;
    for (std::size_t i = 0; i < listeners_.size(); ++i)
      if (listeners_[i] != nullptr)
        call(*listeners_[i]);
    --telling_;
    drop_removed();
  }
  void drop_removed() {
    if (telling_ == 0)
      std::erase(listeners_, nullptr);
  }

  FrameObserver& observer_;
  IdSource<SurfaceId> surface_ids_;
  IdSource<CommitId> commit_ids_;
  /// What one client has here.
  struct Share {
    std::size_t surfaces = 0;
    std::size_t queued_weight = 0;
  };
  std::unordered_map<SurfaceId, std::unique_ptr<Surface>> surfaces_;
  std::unordered_map<ClientId, Share> shares_;
  std::vector<SceneListener*> listeners_; ///< Null: removed while they are told something.
  int telling_ = 0;
  std::vector<Applied> spare_changed_;
};

} // namespace fenceline
