#pragma once
#include <cstdint>
#include <vector>

#include "compositor/wl/resource.h"
#include "linux-dmabuf-v1-server-protocol.h"
#include "protocols/dmabuf_formats.h"

namespace fenceline {

class SurfaceFeedback;

/// zwp_linux_dmabuf_feedback_v1. A surface's goes inert with the surface: nothing is sent any more.
class DmabufFeedbackResource final : public wl::Resource<DmabufFeedbackResource> {
 public:
  /// `feedback` outlives it.
  DmabufFeedbackResource(wl_client* client, std::uint32_t version, wl::NewId id, const DmabufFeedback& feedback)
      : Resource(client, version, id), feedback_(feedback) {}
  ~DmabufFeedbackResource() override;
  static const wl_interface& interface() { return zwp_linux_dmabuf_feedback_v1_interface; }
  static const void* implementation() { return &requests; }

  /// Whose it is; null: no surface's, or it is gone.
  void set_surface(SurfaceFeedback* surface) { surface_ = surface; }
  /// All of it, with what can be scanned out as indices into the table; empty: no such tranche. The table itself goes
  /// with the first: it never changes.
  void send(const std::vector<std::uint16_t>& scanout);

 private:
  [[nodiscard]] std::uint32_t sampling() const;
  void send_tranche(const std::vector<std::uint16_t>& indices, std::uint32_t flags) const;

  static const struct zwp_linux_dmabuf_feedback_v1_interface requests;
  const DmabufFeedback& feedback_;
  SurfaceFeedback* surface_ = nullptr;
  bool has_table_ = false; ///< The client has.
};

} // namespace fenceline
