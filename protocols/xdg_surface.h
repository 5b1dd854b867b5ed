#pragma once
#include <cstdint>
#include <deque>
#include <memory>

#include "compositor/wl/listener.h"
#include "protocols/surface_resource.h"
#include "protocols/xdg_shell.h"

namespace fenceline {

class XdgSurface;

/// What stands behind an xdg_surface: a toplevel or a popup. Told by the surface.
class XdgRole {
 public:
  virtual ~XdgRole() = default;
  /// The first commit without a buffer: the first configure is due. False when a protocol error was posted.
  virtual bool initial_commit() = 0;
  virtual void mapped() = 0;
  /// A null buffer is committed: whether or not anything was applied yet, it is as new (xdg_toplevel).
  virtual void unmapped() = 0;
  /// A later update was applied while mapped.
  virtual void updated() {}
  /// The client has answered this configure, and the commit that says so is applied: mapped or updated comes next.
  virtual void answered(std::uint32_t serial) { (void)serial; }
  /// Checks its own double-buffered state at commit. False when a protocol error was posted.
  virtual bool before_commit() { return true; }
  /// A popup's; null when it has none, or the parent is gone.
  [[nodiscard]] virtual const XdgSurface* popup_parent() const { return nullptr; }
  /// The xdg_surface is gone: it must not be used any more.
  virtual void base_gone() = 0;
  [[nodiscard]] virtual const wl::ResourceBase& object() const = 0;
};

/// xdg_surface: the configure and ack sequence that toplevels and popups share.
///
/// The sequence is judged when a commit is requested: a first commit without a buffer asks for the first configure, its
/// ack allows buffers, a null buffer starts all over, and so does a new role object. What was committed before that may
/// be applied after it; each buffer says which sequence it belongs to, and maps nothing in another one.
class XdgSurface final : public wl::Resource<XdgSurface>, public CommitExtension, public RoleHandler {
 public:
  XdgSurface(wl_client* client, std::uint32_t version, wl::NewId id, XdgContext& context, XdgWmBase& wm_base,
             SurfaceResource& surface, std::shared_ptr<int> count);
  ~XdgSurface() override;
  static const wl_interface& interface();
  static const void* implementation();

  /// Null once the wl_surface is gone.
  [[nodiscard]] SurfaceResource* surface() const { return surface_; }
  [[nodiscard]] SurfaceId surface_id() const { return id_; }
  [[nodiscard]] XdgContext& context() const { return context_; }
  /// Null once the xdg_wm_base is gone with its client.
  [[nodiscard]] XdgWmBase* wm_base() const { return wm_base_; }
  [[nodiscard]] bool is_mapped() const { return mapped_; }
  [[nodiscard]] bool has_role() const { return role_ != nullptr; }
  /// As far as its client can see it is mapped: content is committed, and may still wait to be applied.
  [[nodiscard]] bool has_content() const { return role_ && content_; }

  /// The role object is gone.
  void drop_role();
  /// Ends a configure sequence: sends xdg_surface.configure with a new serial, after the role's own event.
  std::uint32_t send_configure();

  bool before_attach() override;
  bool before_commit(SurfaceResource& surface, SurfacePatch& patch,
                     std::vector<std::unique_ptr<CommitConstraint>>& constraints) override;
  void surface_gone() override;
  void applied(Surface& surface, bool had_content) override;

  /// A client that never acks is not sent serials without end: the oldest are forgotten, and acking them is an error
  /// then.
  static constexpr std::size_t max_unacked = 1024;

 private:
  enum class Stage : std::uint8_t { Initial, WaitingForAck, Configured };
  /// A serial that was sent, and the sequence that it was sent in.
  struct Sent {
    std::uint32_t serial = 0, sequence = 0;
  };
  void destroy();
  void get_toplevel(wl::NewId id);
  void get_popup(wl::NewId id, XdgSurface* parent, XdgPositioner* positioner);
  void set_window_geometry(std::int32_t x, std::int32_t y, std::int32_t width, std::int32_t height);
  void ack_configure(std::uint32_t serial);
  [[nodiscard]] bool take_role(SurfaceRole role);
  [[nodiscard]] bool can_stand_on(const XdgSurface& parent) const;
  void forget_surface();
  void set_role(XdgRole* role);
  void restart();

  XdgContext& context_;
  XdgWmBase* wm_base_;
  SurfaceResource* surface_;
  SurfaceId id_;
  std::shared_ptr<int> count_;
  wl::Listener<wl_resource> wm_base_gone_;
  XdgRole* role_ = nullptr;
  Stage stage_ = Stage::Initial;
  std::uint32_t sequence_;
  bool told_ = false;    ///< A configure was sent, in any sequence.
  bool content_ = false; ///< Committed in this sequence.
  bool mapped_ = false;  ///< Applied, too.
  std::deque<Sent> sent_;
};

} // namespace fenceline
