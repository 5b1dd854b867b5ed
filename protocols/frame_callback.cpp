#include "protocols/frame_callback.h"

namespace fenceline {

namespace {

class SurfaceFrameCallback;

/// wl_callback: no requests. It goes when it is done, with the surface's update, or with its client.
class CallbackResource final : public wl::Resource<CallbackResource> {
 public:
  /// They are answered all at once.
  static constexpr std::uint32_t most = 4096;

  CallbackResource(wl_client* client, wl::NewId id) : Resource(client, 1, id) {}
  ~CallbackResource() override;
  static const wl_interface& interface() { return wl_callback_interface; }
  static const void* implementation() { return nullptr; }
  SurfaceFrameCallback* peer = nullptr;
};

class SurfaceFrameCallback final : public FrameCallback {
 public:
  SurfaceFrameCallback() = default;
  SurfaceFrameCallback(const SurfaceFrameCallback&) = delete;
  SurfaceFrameCallback& operator=(const SurfaceFrameCallback&) = delete;
  ~SurfaceFrameCallback() override { drop(); }
  void done(TimePoint time) override {
    if (!resource)
      return;
    wl_callback_send_done(resource->resource(), static_cast<std::uint32_t>(time.ns / 1'000'000));
    drop();
  }
  CallbackResource* resource = nullptr;

 private:
  void drop() {
    if (CallbackResource* last = std::exchange(resource, nullptr)) {
      last->peer = nullptr;
      last->destroy_resource();
    }
  }
};

CallbackResource::~CallbackResource() {
  if (peer)
    peer->resource = nullptr;
}

} // namespace

std::unique_ptr<FrameCallback> make_frame_callback(wl_client* client, wl::NewId id) {
  auto callback = std::make_unique<SurfaceFrameCallback>();
  callback->resource = new CallbackResource(client, id);
  callback->resource->peer = callback.get();
  return callback;
}

} // namespace fenceline
