#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "compositor/output/cursor_store.h"
#include "compositor/output/scanout_device.h"

namespace fenceline {

/// The cursor plane's images of one output: two, so that the one on the screen is never written to.
class CursorImages {
 public:
  /// What the plane is to show. `copied`: bytes that had to be written for it; 0 when the picture was there already.
  struct Image {
    BufferId buffer{};
    Size size;
    std::uint64_t copied = 0;
  };

  CursorImages(ScanoutDevice& device, IdSource<BufferId>& ids, OutputId output, Size largest);
  CursorImages(const CursorImages&) = delete;
  CursorImages& operator=(const CursorImages&) = delete;
  ~CursorImages();

  [[nodiscard]] bool fits(Size picture) const {
    return picture.width <= largest_.width && picture.height <= largest_.height;
  }
  /// An image that holds the picture upright, in its upper left corner over transparent pixels. `turned_by`: how the
  /// picture's content was turned, see Layer; the plane need not turn. An error where the display gives none.
  [[nodiscard]] Result<Image> show(const CursorStore::Picture& picture, Transform turned_by);
  /// An image's pixels: ARGB8888 premultiplied, rows without padding.
  struct Pixels {
    Size size;
    std::vector<std::uint32_t> pixels;
  };
  /// What is in an image now; the one on the screen is never written to. Nothing when it is none of these.
  [[nodiscard]] std::optional<Pixels> read(BufferId image) const;
  /// The plane shows this buffer from now on (BufferId{}: none).
  void flipped(BufferId shown) { on_screen_ = shown; }

 private:
  struct Slot {
    std::optional<MappedImage> image;
    std::uint64_t version = 0; ///< Of the picture in it; 0: none.
    Transform turned_by = Transform::Normal;
  };
  ScanoutDevice& device_;
  IdSource<BufferId>& ids_;
  OutputId output_;
  Size largest_;
  std::array<Slot, 2> slots_;
  BufferId on_screen_{};
};

} // namespace fenceline
