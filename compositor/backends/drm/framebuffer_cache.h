#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "compositor/backends/drm/drm_api.h"
#include "compositor/frame/ids.h"
#include "compositor/frame/output_state.h"

namespace fenceline {

/// The framebuffers of the buffers that the display knows.
///
/// A framebuffer keeps the memory by itself, so GEM handles live only while one is made. That also keeps clear of their
/// trap: a dma-buf that is imported twice has one handle, which the first to close it takes away from the other.
class FramebufferCache {
 public:
  /// Whether a framebuffer is on the screen, or on its way there.
  using InUse = std::function<bool(std::uint32_t framebuffer)>;

  /// `with_modifiers`: the driver takes modifiers (DRM_CAP_ADDFB2_MODIFIERS).
  FramebufferCache(DrmApi& drm, bool with_modifiers) : drm_(drm), with_modifiers_(with_modifiers) {}
  FramebufferCache(const FramebufferCache&) = delete;
  FramebufferCache& operator=(const FramebufferCache&) = delete;
  /// Lets go of all framebuffers. On kernels that can only remove them, one that is still on a plane goes dark.
  ~FramebufferCache();

  /// What framebuffers an image gets: of its own format, of that without its alpha, or of both.
  enum class Kinds : std::uint8_t { AsIs, Opaque, Both };
  [[nodiscard]] Result<void> import(BufferId buffer, const DmabufAttributes& attributes, Kinds kinds = Kinds::AsIs);
  /// A dumb ARGB8888 buffer with a framebuffer; its pixels (`pitch` bytes a row) are mapped until it is forgotten.
  struct Mapped {
    std::span<std::byte> pixels;
    std::uint32_t pitch = 0;
  };
  [[nodiscard]] Result<Mapped> create_mapped(BufferId buffer, Size size);
  /// A dumb XRGB8888 buffer as the kernel hands it out: cleared, for what memory held before is nobody's business. It
  /// is not mapped, so that it costs no page until the display reads it.
  [[nodiscard]] Result<void> create_black(BufferId buffer, Size size);

  /// The buffer's framebuffer, if it is known; the one without alpha for a plane that does not take it as it is.
  [[nodiscard]] std::optional<std::uint32_t> find(BufferId buffer, const PlaneInfo& plane) const;
  [[nodiscard]] bool knows(BufferId buffer) const { return entries_.contains(buffer); }
  /// What the screen shows stays: the framebuffer is closed, or, on kernels that can only remove it, kept until
  /// `collect` finds it unused.
  void forget(BufferId buffer, const InUse& in_use);
  void collect(const InUse& in_use);

 private:
  struct Entry {
    FormatModifier format;
    std::uint32_t framebuffer = 0; ///< Of the format; 0: there is none.
    std::uint32_t opaque = 0;      ///< Without alpha; 0: there is none.
    DumbBuffer dumb;               ///< Handle 0: the memory is somebody else's.
    std::span<std::byte> mapping;
  };
  [[nodiscard]] Result<void> check_new(BufferId buffer) const;
  /// Closes it at once if the kernel can; what the screen shows stays.
  [[nodiscard]] bool close(std::uint32_t framebuffer);
  [[nodiscard]] Result<std::uint32_t> dumb_framebuffer(const DumbBuffer& dumb, Size size, std::uint32_t fourcc);
  [[nodiscard]] Result<std::uint32_t> make_framebuffer(const DmabufAttributes& attributes, std::uint32_t fourcc);

  DrmApi& drm_;
  bool with_modifiers_;
  std::unordered_map<BufferId, Entry> entries_;
  std::vector<std::uint32_t> waiting_; ///< Forgotten, but still shown.
};

} // namespace fenceline
