#pragma once
#include <sys/types.h>
#include <xf86drmMode.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compositor/base/fd.h"
#include "compositor/base/geometry.h"
#include "compositor/base/result.h"
#include "compositor/frame/dmabuf.h"

namespace fenceline {

/// The object lists of a card.
struct DrmResources {
  std::vector<std::uint32_t> crtcs; ///< In the kernel's order: bit n of a possible_crtcs mask is crtcs[n].
  std::vector<std::uint32_t> connectors;
};

struct DrmConnector {
  std::uint32_t id = 0;
  std::string name; ///< Type and number, such as HDMI-A-1.
  bool connected = false;
  Size physical_mm;
  std::uint32_t possible_crtcs = 0; ///< Bits of every CRTC that one of its encoders reaches.
  std::vector<drmModeModeInfo> modes;
};

struct DrmPlane {
  std::uint32_t id = 0;
  std::uint32_t possible_crtcs = 0;
  std::vector<std::uint32_t> formats; ///< Without modifiers; IN_FORMATS says more where it exists.
};

struct DrmEnumValue {
  std::string name;
  std::uint64_t value = 0; ///< For a bitmask property the bit's number.
};

/// One property of one object, with its value at the time of reading.
struct DrmProperty {
  std::uint32_t id = 0;
  std::uint32_t flags = 0; ///< DRM_MODE_PROP_*
  std::string name;
  std::uint64_t value = 0;
  std::vector<DrmEnumValue> enums;
  std::uint64_t least = 0, most = 0; ///< Of a range that is not signed.

  [[nodiscard]] bool immutable() const { return (flags & DRM_MODE_PROP_IMMUTABLE) != 0; }
  [[nodiscard]] bool is_blob() const { return (flags & DRM_MODE_PROP_BLOB) != 0; }
};

/// What ADDFB2 takes: GEM handles instead of descriptors.
struct DrmFramebuffer {
  Size size;
  FormatModifier format;
  bool with_modifier = false; ///< Whether the modifier is told to the kernel (DRM_MODE_FB_MODIFIERS).
  std::array<std::uint32_t, 4> handles{}, pitches{}, offsets{};
};

/// A buffer of the kernel's simplest allocator, for the CPU to write.
struct DumbBuffer {
  std::uint32_t handle = 0;
  std::uint32_t pitch = 0; ///< Bytes a row.
  std::uint64_t size = 0;  ///< Bytes in all.
};

/// An atomic request: properties of objects, in the order in which they were added.
struct AtomicRequest {
  struct Item {
    std::uint32_t object = 0, property = 0;
    std::uint64_t value = 0;
  };
  std::vector<Item> items;
  void add(std::uint32_t object, std::uint32_t property, std::uint64_t value) {
    items.push_back({object, property, value});
  }
};

/// One page-flip event.
struct PageFlip {
  std::uint32_t crtc = 0;
  std::uint32_t sequence = 0; ///< Wraps at 2^32.
  std::uint64_t cookie = 0;   ///< What the commit was given.
  std::int64_t time_ns = 0;   ///< On the clock that DRM_CAP_TIMESTAMP_MONOTONIC names; 0: the driver knows none.
};

/// The device numbers of a card's nodes.
struct CardNodes {
  dev_t primary = 0;
  std::optional<dev_t> render;
};

/// The libdrm calls that the KMS backend uses, on one open card. Errors carry the kernel's errno. EINTR and EAGAIN are
/// dealt with below.
class DrmApi {
 public:
  virtual ~DrmApi() = default;

  /// Readable when read_events has something to read. Stays this object's.
  [[nodiscard]] virtual int fd() const = 0;
  [[nodiscard]] virtual bool is_master() const = 0;
  [[nodiscard]] virtual std::string driver() const = 0;
  [[nodiscard]] virtual Result<CardNodes> nodes() const = 0;
  [[nodiscard]] virtual Result<void> set_client_cap(std::uint64_t capability, std::uint64_t value) = 0;
  [[nodiscard]] virtual Result<std::uint64_t> cap(std::uint64_t capability) const = 0;
  /// Whether a timeline sync object's point can be awaited through an eventfd (tried out, not looked up).
  [[nodiscard]] virtual bool timeline_eventfd_works() const = 0;

  [[nodiscard]] virtual Result<DrmResources> resources() const = 0;
  [[nodiscard]] virtual Result<std::vector<std::uint32_t>> planes() const = 0;
  /// Asks the display anew what it is, which may take a while (EDID): at start, and after a hotplug.
  [[nodiscard]] virtual Result<DrmConnector> connector(std::uint32_t id) const = 0;
  [[nodiscard]] virtual Result<DrmPlane> plane(std::uint32_t id) const = 0;
  /// `type`: DRM_MODE_OBJECT_*.
  [[nodiscard]] virtual Result<std::vector<DrmProperty>> properties(std::uint32_t object, std::uint32_t type) const = 0;
  [[nodiscard]] virtual Result<std::vector<std::byte>> blob(std::uint32_t id) const = 0;
  [[nodiscard]] virtual Result<std::uint32_t> create_blob(std::span<const std::byte> content) = 0;
  virtual void destroy_blob(std::uint32_t id) = 0;

  /// The same dma-buf gives the same handle again as long as that is open, so close it once.
  [[nodiscard]] virtual Result<std::uint32_t> import_handle(int dmabuf) = 0;
  virtual void close_handle(std::uint32_t handle) = 0;
  [[nodiscard]] virtual Result<std::uint32_t> add_framebuffer(const DrmFramebuffer& request) = 0;
  /// Lets go of a framebuffer; a plane that shows it goes on showing it. False: this kernel can't (before Linux 6.8).
  [[nodiscard]] virtual bool close_framebuffer(std::uint32_t framebuffer) = 0;
  /// Removes a framebuffer; a plane that shows it is switched off, and its CRTC perhaps too.
  virtual void remove_framebuffer(std::uint32_t framebuffer) = 0;

  [[nodiscard]] virtual Result<DumbBuffer> create_dumb(Size size, std::uint32_t bits_per_pixel) = 0;
  [[nodiscard]] virtual Result<std::span<std::byte>> map_dumb(const DumbBuffer& buffer) = 0;
  /// Unmaps `mapping` when it is not empty, and frees the buffer as soon as no framebuffer needs it.
  virtual void destroy_dumb(const DumbBuffer& buffer, std::span<std::byte> mapping) = 0;

  /// `flags`: DRM_MODE_ATOMIC_* and DRM_MODE_PAGE_FLIP_EVENT. `cookie` comes back with the event.
  [[nodiscard]] virtual Result<void> commit(const AtomicRequest& request, std::uint32_t flags,
                                            std::uint64_t cookie) = 0;
  /// Asks the kernel whether it would take the request (DRM_MODE_ATOMIC_TEST_ONLY). Changes nothing.
  [[nodiscard]] virtual Result<void> test(const AtomicRequest& request, std::uint32_t flags) const = 0;
  /// Appends the flips that have happened since. Never blocks.
  [[nodiscard]] virtual Result<void> read_events(std::vector<PageFlip>& flips) = 0;
  /// Waits until there are events, `timeout_ms` at most. For the end of the session only.
  [[nodiscard]] virtual bool wait_for_events(int timeout_ms) = 0;
};

} // namespace fenceline
