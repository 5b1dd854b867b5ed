#pragma once
#include <wayland-server-protocol.h>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "compositor/base/event_loop.h"
#include "compositor/frame/frame_event.h"
#include "compositor/scene/constraint.h"
#include "compositor/scene/surface_state.h"
#include "compositor/wl/resource.h"

namespace fenceline {

class BufferResource;

/// What a wl_buffer stands for. Shared by the resource, by attaches that are not committed yet and by the leases of
/// commits: it lives until the resource is gone and nobody reads it any more.
class ClientBuffer {
 public:
  ClientBuffer(BufferId id, BufferKind kind, Size size, FormatModifier format,
               std::shared_ptr<const PixelSource> pixels, Color color = {});
  virtual ~ClientBuffer() = default;
  ClientBuffer(const ClientBuffer&) = delete;
  ClientBuffer& operator=(const ClientBuffer&) = delete;

  [[nodiscard]] BufferId id() const { return id_; }
  [[nodiscard]] BufferKind kind() const { return kind_; }
  [[nodiscard]] Size size() const { return size_; }
  /// For a content update; the lease is still to be set.
  [[nodiscard]] BufferAttachment attachment() const;
  /// Makes a wl_shm picture one that devices read where it is, if it can be. False: it has to be uploaded.
  [[nodiscard]] virtual bool stay_in_place() { return false; }
  /// For a content update after that: to the scene it is a dma-buf.
  [[nodiscard]] BufferAttachment attachment_in_place() const;

  /// When a content update would be shown at the earliest; none: nobody knows. Asked only where there is a fence.
  using WantedBy = std::function<std::optional<TimePoint>()>;
  /// Waits for what the client's devices still write (implicit synchronisation), and tells them by when that is wanted.
  /// Added to `constraints`; an error when descriptors have run out.
  [[nodiscard]] virtual Result<void>
  add_write_fences(EventLoop& loop, std::vector<std::unique_ptr<CommitConstraint>>& constraints,
                   const WantedBy& wanted_by) const;
  /// Tells the client's devices to wait for `fence`, a sync file, before they write (implicit synchronisation).
  virtual void add_read_fence(const UniqueFd& /*fence*/) const {}

 private:
  friend class BufferResource;
  friend class ImplicitLease;
  BufferId id_;
  BufferKind kind_;
  Size size_;
  FormatModifier format_;
  std::shared_ptr<const PixelSource> pixels_;
  Color color_;
  BufferResource* resource_ = nullptr;
  std::size_t uses_ = 0; ///< Implicit leases.
};

/// wl_buffer, of whatever kind.
class BufferResource final : public wl::Resource<BufferResource> {
 public:
  static constexpr std::uint32_t most = 4096;

  /// `id` 0: libwayland chooses it (zwp_linux_buffer_params_v1.created).
  BufferResource(wl_client* client, std::uint32_t version, wl::NewId id, std::shared_ptr<ClientBuffer> buffer);
  ~BufferResource() override;
  static const wl_interface& interface() { return wl_buffer_interface; }
  static const void* implementation() { return &requests; }

  [[nodiscard]] const std::shared_ptr<ClientBuffer>& buffer() const { return buffer_; }

 private:
  static const struct wl_buffer_interface requests;
  std::shared_ptr<ClientBuffer> buffer_;
};

/// A commit's hold on a client's buffer. Its end is written down under the commit.
class ClientLease : public BufferLease {
 public:
  ClientLease(std::shared_ptr<ClientBuffer> buffer, SurfaceId surface, FrameObserver& observer);
  ClientLease(const ClientLease&) = delete;
  ClientLease& operator=(const ClientLease&) = delete;
  /// The commit's id, known once it is made.
  void set_commit(CommitId commit) { commit_ = commit; }

 protected:
  /// Writes down that the client may use the buffer again.
  void record_release() const;
  [[nodiscard]] ClientBuffer& buffer() const { return *buffer_; }

 private:
  std::shared_ptr<ClientBuffer> buffer_;
  SurfaceId surface_;
  CommitId commit_{};
  FrameObserver& observer_;
};

/// The hold of a client without explicit sync: when the last one of the buffer is gone, wl_buffer.release is sent.
class ImplicitLease final : public ClientLease {
 public:
  ImplicitLease(std::shared_ptr<ClientBuffer> buffer, SurfaceId surface, FrameObserver& observer);
  ~ImplicitLease() override;
  void read_until(const UniqueFd& fence) override { buffer().add_read_fence(fence); }
};

} // namespace fenceline
