#pragma once
// What the display's own composition comes to, through vkms' writeback connector.

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "compositor/base/fd.h"
#include "tests/lab/witness_picture.h"

namespace fenceline::lab {

/// Only the display's master may commit, and that is the compositor. The kernel's own way for a second program is a
/// lease: it is asked for on the compositor's descriptor (pidfd_getfd; both are root), for the CRTC, its primary plane
/// and the writeback connector. The compositor keeps all of its rights. Through the lease, commits are made that name
/// nothing but the writeback connector: the planes stay as the compositor set them. While such a commit is under way
/// the compositor's own are refused with EBUSY, and it tries them again: frames may come a blank late while this looks.
class Writeback {
 public:
  /// Waits for the display to be on and attaches the writeback connector, with a modeset: the display blinks as seen by
  /// the kernel, not in its picture. `display`: which CRTC of the card.
  explicit Writeback(pid_t compositor, std::string node = lab_card, std::size_t display = 0);
  /// Detaches it, or the compositor could not give the display back.
  ~Writeback();
  Writeback(const Writeback&) = delete;
  Writeback& operator=(const Writeback&) = delete;

  /// The picture of one frame, when the display has written it.
  [[nodiscard]] Picture capture();
  /// Captures until two in a row are equal; throws where that does not come about. For a display that nobody changes.
  [[nodiscard]] Picture capture_settled();

 private:
  struct Buffer {
    std::uint32_t framebuffer = 0;
    const std::uint32_t* pixels = nullptr;
    std::size_t words_per_row = 0, bytes = 0;
  };
  void find_objects();
  void wait_until_lit();
  void make_lease(pid_t compositor);
  void make_buffer();
  void write_once();
  void commit(const std::map<std::string, std::uint64_t>& properties, std::uint32_t flags) const;

  static constexpr const char* lab_card = "/dev/dri/card1"; ///< The kernel's own, vkms.enable_writeback=1.

  std::string node_;
  std::size_t display_;
  UniqueFd card_;
  std::uint32_t crtc_ = 0, primary_ = 0, connector_ = 0;
  std::map<std::string, std::uint32_t> properties_; ///< Of the connector.
  Size size_;
  UniqueFd lease_;
  Buffer buffer_;
  /// Fences of pictures that are not written yet, oldest first. vkms loses a picture when the compositor's next commit
  /// comes between the blank's event and the moment when vkms looks which state to compose. It is then asked for again;
  /// and since the driver signals its fences in their order, the second picture signals the first one's fence.
  std::deque<UniqueFd> written_;
};

} // namespace fenceline::lab
