#pragma once
#include "tests/fuzz/object_tracker.h"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fenceline::fuzz {

/// Requests that a server may ignore without a word, and of which an event can show that it did not.
namespace accepted {
inline constexpr std::string_view set_cursor = "wl_pointer.set_cursor"; ///< the cursor's picture was presented
inline constexpr std::string_view set_selection = "wl_data_device.set_selection"; ///< somebody is offered a selection
inline constexpr std::string_view receive = "wl_data_offer.receive";              ///< the source was asked for its data
/// What was committed with such a point was presented.
inline constexpr std::string_view acquire_point = "wp_linux_drm_syncobj_surface_v1.set_acquire_point";
inline constexpr std::string_view scanout = "scanout"; ///< a buffer was presented without a copy
inline constexpr std::array<std::string_view, 5> all = {set_cursor, set_selection, receive, acquire_point, scanout};
} // namespace accepted

/// What one connection's events show to have been accepted.
class Evidence {
 public:
  /// When this wp_presentation_feedback is told "presented", `request` was accepted.
  void expect(std::uint32_t feedback, std::string_view request) { expected_[feedback] = request; }
  void take_event(const TrackedObject& object, std::span<const std::uint8_t> event);
  /// What has been seen since the last call: elements of accepted::all.
  [[nodiscard]] std::vector<std::string_view> take();

 private:
  std::unordered_map<std::uint32_t, std::string_view> expected_; // Ids of feedback objects are used once.
  std::vector<std::string_view> seen_;
};

} // namespace fenceline::fuzz
