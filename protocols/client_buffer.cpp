#include "protocols/client_buffer.h"

#include "compositor/wl/thunk.h"

namespace fenceline {

ClientBuffer::ClientBuffer(BufferId id, BufferKind kind, Size size, FormatModifier format,
                           std::shared_ptr<const PixelSource> pixels, Color color)
    : id_(id), kind_(kind), size_(size), format_(format), pixels_(std::move(pixels)), color_(color) {}

BufferAttachment ClientBuffer::attachment() const {
  return {
      .id = id_, .kind = kind_, .size = size_, .format = format_, .pixels = pixels_, .lease = nullptr, .color = color_};
}

BufferAttachment ClientBuffer::attachment_in_place() const {
  BufferAttachment attachment = this->attachment();
  attachment.kind = BufferKind::Dmabuf;
  attachment.pixels.reset();
  return attachment;
}

Result<void> ClientBuffer::add_write_fences(EventLoop&, std::vector<std::unique_ptr<CommitConstraint>>&,
                                            const WantedBy&) const {
  return {};
}

const struct wl_buffer_interface BufferResource::requests = {.destroy = wl::destroy};

BufferResource::BufferResource(wl_client* client, std::uint32_t version, wl::NewId id,
                               std::shared_ptr<ClientBuffer> buffer)
    : Resource(client, version, id), buffer_(std::move(buffer)) {
  buffer_->resource_ = this;
}

BufferResource::~BufferResource() {
  buffer_->resource_ = nullptr;
}

ClientLease::ClientLease(std::shared_ptr<ClientBuffer> buffer, SurfaceId surface, FrameObserver& observer)
    : buffer_(std::move(buffer)), surface_(surface), observer_(observer) {}

void ClientLease::record_release() const {
  observer_.record({.kind = FrameEventKind::Released,
                    .surface = surface_,
                    .commit = commit_,
                    .value = static_cast<std::uint64_t>(buffer_->id())});
}

ImplicitLease::ImplicitLease(std::shared_ptr<ClientBuffer> buffer, SurfaceId surface, FrameObserver& observer)
    : ClientLease(std::move(buffer), surface, observer) {
  ++this->buffer().uses_;
}

ImplicitLease::~ImplicitLease() {
  if (--buffer().uses_ != 0)
    return;
  record_release();
  if (BufferResource* resource = buffer().resource_)
    wl_buffer_send_release(resource->resource());
}

} // namespace fenceline
