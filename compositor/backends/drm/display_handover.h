#pragma once
#include <cstdint>
#include <functional>
#include <set>
#include <vector>

#include "compositor/backends/drm/drm_api.h"
#include "compositor/backends/drm/kms_outputs.h"

namespace fenceline {

/// Takes the display over from whoever had it, and gives it back as it was found.
class DisplayHandover {
 public:
  /// Reads the state of every CRTC, connector and plane, before the first commit. Property blobs are copied, since the
  /// kernel drops them with the state that holds them.
  [[nodiscard]] static Result<DisplayHandover> read(const DrmApi& drm);

  /// Whether an object (connector, plane) is at work for one of our outputs at this moment.
  using AtWork = std::function<bool(std::uint32_t object)>;
  /// Adds to an output's first modeset what frees its CRTC and connector of their former bonds: other connectors on the
  /// same CRTC, and a CRTC that the connector leaves without any.
  void add_evictions(AtomicRequest& request, const KmsOutput& output, const AtWork& at_work) const;
  /// Others have had the display meanwhile, or connectors came or went: reads anew what is bound to what. What is to be
  /// given back stays.
  [[nodiscard]] Result<void> look_again(const DrmApi& drm);
  /// The request was accepted: its objects are to be given back.
  void note(const AtomicRequest& request);

  /// What puts back as it was found all that was noted. The blobs that it names are made for it: whoever sends it
  /// destroys them.
  struct AsFound {
    AtomicRequest request;
    std::vector<std::uint32_t> blobs;
  };
  [[nodiscard]] AsFound as_found(DrmApi& drm) const;
  /// Puts back what was found with one blocking commit. When the kernel refuses that (another program's framebuffers
  /// may be gone), switches off what was touched, and answers false. Nothing was noted: does nothing.
  [[nodiscard]] Result<bool> restore(DrmApi& drm) const;

 private:
  enum class Kind : std::uint8_t { Connector, Crtc, Plane };
  struct Saved {
    std::uint32_t property = 0;
    std::uint64_t value = 0;
    std::vector<std::byte> blob; ///< The content, when the value is a blob's id.
    bool off_is_zero = false;    ///< Setting it to 0 switches the object off.
  };
  struct Object {
    std::uint32_t id = 0;
    Kind kind = Kind::Plane;
    std::uint32_t crtc = 0; ///< The CRTC it was bound to; a CRTC is bound to itself when it was on.
    std::vector<Saved> saved;
  };
  [[nodiscard]] Result<void> read_object(const DrmApi& drm, std::uint32_t id, Kind kind);
  static void add_off(AtomicRequest& request, const Object& object);

  std::vector<Object> objects_;
  std::set<std::uint32_t> touched_;
};

} // namespace fenceline
