#pragma once
#include <wayland-server-protocol.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "compositor/scene/scene.h"
#include "compositor/wl/resource.h"
#include "protocols/client_buffer.h"
#include "protocols/output_global.h"
#include "protocols/shm_turns.h"

namespace fenceline {

class CompositorGlobal;
class SurfaceResource;

/// A protocol that adds to wl_surface.commit: a role, points of synchronisation, a viewport.
class CommitExtension {
 public:
  virtual ~CommitExtension() = default;
  /// A buffer, not null, is attached for the next commit. False: a protocol error was posted.
  [[nodiscard]] virtual bool before_attach() { return true; }
  /// Looks at what is going to be committed and adds its own part. False: a protocol error was posted, nothing is
  /// committed.
  [[nodiscard]] virtual bool before_commit(SurfaceResource& surface, SurfacePatch& patch,
                                           std::vector<std::unique_ptr<CommitConstraint>>& constraints) = 0;
  /// The scale that the surface's outputs want has changed: pixels a logical pixel.
  virtual void scale_preferred(double /*scale*/) {}
  /// The wl_surface is going: it must not be used any more, also not to remove the extension from it.
  virtual void surface_gone() = 0;
};

/// wl_surface.
class SurfaceResource final : public wl::Resource<SurfaceResource> {
 public:
  /// How long a wl_shm buffer is held on trial (see ShmTurns) before the client gets it back; where no output has taken
  /// it by then, up to so many times as long.
  static constexpr std::chrono::milliseconds shm_patience{250};
  static constexpr unsigned most_looks = 4;

  SurfaceResource(wl_client* client, std::uint32_t version, wl::NewId id, CompositorGlobal& compositor);
  ~SurfaceResource() override;
  static const wl_interface& interface() { return wl_surface_interface; }
  static const void* implementation() { return &requests; }

  [[nodiscard]] SurfaceId surface_id() const { return surface_id_; }
  /// The scene's side. Valid as long as this object.
  [[nodiscard]] Surface& surface() const { return *surface_; }
  [[nodiscard]] CompositorGlobal& compositor() const { return compositor_; }

  /// Asked at each commit, in the order of their adding. The extension outlives the surface, or removes itself.
  void add_extension(CommitExtension& extension) { extensions_.push_back(&extension); }
  void remove_extension(CommitExtension& extension) { std::erase(extensions_, &extension); }
  /// The first extension of a type: for "one a surface" rules.
  template <class T>
  [[nodiscard]] T* find_extension() const {
    for (CommitExtension* extension : extensions_)
      if (T* found = dynamic_cast<T*>(extension))
        return found;
    return nullptr;
  }

  template <class T>
  [[nodiscard]] std::size_t count_extensions() const {
    return static_cast<std::size_t>(std::count_if(extensions_.begin(), extensions_.end(),
                                                  [](CommitExtension* e) { return dynamic_cast<T*>(e) != nullptr; }));
  }

  /// Whether a buffer is committed, or attached for the next commit.
  [[nodiscard]] bool has_buffer() const { return result_.buffer.has_value() || (attached_ && *attached_); }

  /// The object that gives the surface its role, as xdg_toplevel; null when it is gone. Destroying the surface before
  /// it is the error defunct_role_object; but a wl_subsurface just becomes inert (wl_subsurface in wayland.xml).
  void set_role_object(const wl::ResourceBase* object) { role_object_ = object; }
  [[nodiscard]] const wl::ResourceBase* role_object() const { return role_object_; }

  // For extensions, within before_commit.
  /// The buffer that is attached with this commit; null when none is, or null is.
  [[nodiscard]] const std::shared_ptr<ClientBuffer>& committed_buffer() const { return committing_; }
  /// The state once this commit and all before it are applied: updates of one surface are applied in order, so what it
  /// says at the commit is what will be. Buffer (without its lease), scale, transform and viewport are filled in.
  [[nodiscard]] const SurfaceState& resulting_state() const { return result_; }
  /// Holds the committed buffer instead of the implicit lease; its implicit fences are not waited for then.
  void use_lease(std::shared_ptr<ClientLease> lease) { lease_ = std::move(lease); }

  // Outputs that show it.
  /// First the one that has for longest.
  [[nodiscard]] const std::vector<OutputId>& shown_on() const { return outputs_; }
  void enter(OutputId output);
  void leave(OutputId output);
  /// A client has bound one more wl_output.
  void output_bound(const OutputResource& output) const;
  void output_updated(OutputId output);
  /// The largest scale of the outputs that show it, or last did; before that the one that all outputs have, if there is
  /// such a one.
  [[nodiscard]] std::optional<double> preferred_scale() const;

 private:
  void request_destroy();
  void attach(wl_resource* buffer, std::int32_t x, std::int32_t y);
  void damage(std::int32_t x, std::int32_t y, std::int32_t width, std::int32_t height);
  void damage_buffer(std::int32_t x, std::int32_t y, std::int32_t width, std::int32_t height);
  void frame(wl::NewId callback);
  void set_opaque_region(wl_resource* region);
  void set_input_region(wl_resource* region);
  void commit();
  void set_buffer_transform(std::int32_t transform);
  void set_buffer_scale(std::int32_t scale);
  void offset(std::int32_t x, std::int32_t y);

  /// The committed buffer, for the scene.
  [[nodiscard]] BufferAttachment attachment();
  [[nodiscard]] bool have_trial_timer();
  void watch_hold(const std::shared_ptr<ClientBuffer>& buffer);
  void give_back();
  void take_result(const SurfacePatch& patch);
  [[nodiscard]] bool check_size() const;
  [[nodiscard]] bool take_picture();
  void send_preferences();

  static const struct wl_surface_interface requests;
  CompositorGlobal& compositor_;
  Surface* surface_;
  SurfaceId surface_id_;
  /// Set: attach was called since the last commit.
  std::optional<std::shared_ptr<ClientBuffer>> attached_;
  std::shared_ptr<ClientBuffer> committing_;
  std::shared_ptr<ClientLease> lease_;
  SurfaceState result_;
  ShmTurns shm_turns_;
  /// The wl_shm picture that was committed last and is to be given back if nothing follows it.
  std::weak_ptr<ClientBuffer> on_trial_;
  std::shared_ptr<ClientLease> held_; ///< Its hold, where it was uploaded.
  bool hold_uploaded_ = false;        ///< That is wanted of the commit at hand.
  std::unique_ptr<Timer> trial_;
  unsigned looks_ = 0; ///< At the hold, that came too early.
  std::vector<CommitExtension*> extensions_;
  const wl::ResourceBase* role_object_ = nullptr;
  std::uint64_t picture_bytes_ = 0; ///< Of the last wl_shm picture; what comes after it leaves the texture there.
  std::vector<OutputId> outputs_;
  std::optional<double> preferred_scale_;
  std::optional<std::int32_t> sent_scale_;
  std::optional<Transform> sent_transform_;
};

} // namespace fenceline
