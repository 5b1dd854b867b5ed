#pragma once
// A card of the test's own, with two displays: vkms, made through configfs.

#include <string>

namespace fenceline::lab {

/// Each display has a CRTC, a primary plane and a writeback connector, and a cursor plane if asked for. The connectors
/// are Virtual-1 and Virtual-2, their CRTCs the card's first and second.
class TwoDisplays {
 public:
  explicit TwoDisplays(bool cursor_planes);
  /// The card is taken away: nobody may use it any more.
  ~TwoDisplays();
  TwoDisplays(const TwoDisplays&) = delete;
  TwoDisplays& operator=(const TwoDisplays&) = delete;

  [[nodiscard]] const std::string& node() const { return node_; } ///< /dev/dri/cardN

 private:
  std::string folder_, node_;
};

} // namespace fenceline::lab
