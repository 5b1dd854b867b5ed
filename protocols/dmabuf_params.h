#pragma once
#include <array>
#include <functional>
#include <memory>
#include <optional>

#include "compositor/frame/dmabuf.h"
#include "compositor/frame/ids.h"
#include "compositor/scene/buffer_importer.h"
#include "compositor/wl/client_state.h"
#include "compositor/wl/resource.h"
#include "linux-dmabuf-v1-server-protocol.h"
#include "protocols/client_buffer.h"
#include "protocols/dmabuf_formats.h"

namespace fenceline {

/// Tells a dma-buf from other descriptors by its size, without asking whoever serves the file: dmabuf_size, or a
/// test's.
using DmabufMeasure = std::function<Result<std::uint64_t>(int fd)>;

/// What makes buffers of dma-bufs.
struct DmabufFactory {
  /// What the buffers of one client have together.
  static constexpr std::uint32_t most_descriptors = 1024;
  const DmabufFeedback& feedback;
  BufferImporter& importer;
  IdSource<BufferId>& ids;
  DmabufMeasure measure;
  std::uint64_t most_bytes; ///< By their strides and heights.
};

/// zwp_linux_buffer_params_v1: collects planes, then makes one buffer.
class DmabufParams final : public wl::Resource<DmabufParams> {
 public:
  /// Each may have four descriptors that no buffer has yet.
  static constexpr std::uint32_t most = 256;

  DmabufParams(wl_client* client, std::uint32_t version, wl::NewId id, const DmabufFactory& factory)
      : Resource(client, version, id), factory_(factory) {}
  static const wl_interface& interface() { return zwp_linux_buffer_params_v1_interface; }
  static const void* implementation() { return &requests; }

 private:
  void add(UniqueFd fd, std::uint32_t plane, std::uint32_t offset, std::uint32_t stride, std::uint32_t modifier_high,
           std::uint32_t modifier_low);
  void create(std::int32_t width, std::int32_t height, std::uint32_t format, std::uint32_t flags);
  void create_immed(wl::NewId id, std::int32_t width, std::int32_t height, std::uint32_t format, std::uint32_t flags);
#ifdef ZWP_LINUX_BUFFER_PARAMS_V1_SET_SAMPLING_DEVICE_SINCE_VERSION
  void set_sampling_device(wl_array* device);
#endif

  /// False: a protocol error was posted.
  [[nodiscard]] bool check(std::int32_t width, std::int32_t height, std::uint32_t format);
  [[nodiscard]] bool check_plane(std::size_t index, std::int32_t width, std::int32_t height, std::uint32_t format);
  /// An error: these dma-bufs can't be shown, which is no fault of the protocol's.
  [[nodiscard]] Result<std::shared_ptr<ClientBuffer>> import(std::int32_t width, std::int32_t height,
                                                             std::uint32_t format, std::uint32_t flags);

  /// What a buffer of these planes takes. An error: with it the client had too much.
  [[nodiscard]] Result<wl::Held> hold(const DmabufAttributes& attributes) const;

  static const struct zwp_linux_buffer_params_v1_interface requests;
  /// What `add` was told. Without a size the descriptor was no dma-buf's, and is gone already.
  struct Plane {
    DmabufPlane memory;
    Result<std::uint64_t> size;
  };
  const DmabufFactory& factory_;
  std::array<std::optional<Plane>, DmabufAttributes::max_planes> planes_;
  std::optional<std::uint64_t> modifier_;
  std::optional<dev_t> sampling_device_; ///< Since version 6.
  bool used_ = false;
};

} // namespace fenceline
