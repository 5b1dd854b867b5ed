#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "compositor/backends/drm/drm_api.h"
#include "compositor/backends/drm/kms_properties.h"
#include "compositor/frame/output_settings.h"
#include "compositor/frame/output_state.h"

namespace fenceline {

/// A plane that one of our outputs uses.
struct KmsPlane {
  std::uint32_t id = 0;
  PlaneProperties properties;
};

/// A connector with the CRTC and the planes that drive it. Each plane belongs to one output for good.
struct KmsOutput {
  OutputInfo info;
  std::uint32_t connector = 0;
  ConnectorProperties connector_properties;
  std::uint32_t crtc = 0;
  CrtcProperties crtc_properties;
  std::vector<drmModeModeInfo> modes; ///< Mode::id is the place in here.
  /// The planes of info.planes, and those that must be switched off because somebody else left them on.
  std::vector<KmsPlane> planes;
};

/// Which CRTC each of some connectors gets.
struct CrtcWish {
  std::uint32_t possible = 0;         ///< Bits of CRTC indices.
  std::optional<std::size_t> current; ///< The index of the CRTC it is on: kept when possible, so that nothing blinks.
};
/// An index for each wish; none for those that are left over when there are too few CRTCs. As many as can be get one.
[[nodiscard]] std::vector<std::optional<std::size_t>> choose_crtcs(std::span<const CrtcWish> wishes,
                                                                   std::size_t crtc_count);

/// What there is after a look at the connectors.
struct KmsLook {
  std::vector<KmsOutput> outputs;  ///< Those that stay, as they were, then the new ones.
  std::vector<OutputId> bad_links; ///< Of those that stay.
  bool waiting = false;            ///< A display is connected that was not taken in.
};
struct KmsLookWishes {
  std::span<const KmsOutput> known{};  ///< In use: their CRTCs and planes are left alone.
  std::optional<ModeRequest> mode{};   ///< See discover_outputs.
  std::optional<std::uint32_t> only{}; ///< The one connector that has changed; the others are as they were.
  bool take_new = true;
};
/// Reads the connectors. An output stays when its connector still has the same display with the same modes; another
/// display on the same connector is another output.
[[nodiscard]] Result<KmsLook> look_at_connectors(const DrmApi& drm, IdSource<OutputId>& ids,
                                                 const KmsLookWishes& wishes);

/// All connected displays, with ids from 1 on. Reads every property once. The requested mode is that of each output
/// which has it; an error when there are some and none does. No display may be connected.
[[nodiscard]] Result<std::vector<KmsOutput>> discover_outputs(const DrmApi& drm, IdSource<OutputId>& ids,
                                                              const std::optional<ModeRequest>& requested);

} // namespace fenceline
