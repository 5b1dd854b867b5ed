#pragma once
#include <array>
#include <memory>

#include "compositor/base/log.h"
#include "compositor/output/composer.h"
#include "compositor/output/composer_gate.h"
#include "compositor/output/scanout_device.h"

namespace fenceline {

/// An image to compose to. Whoever shows it or draws to it keeps a copy of `use`; it is free when nobody does.
struct OutputImage {
  BufferId buffer{};
  FormatModifier format;
  Size size;
  BufferLeasePtr use;
  bool black = false; ///< Black it is, and cannot be drawn to.
};

/// The images of one plane that an output is composed to: one on the screen, one on its way there, one to draw to. Made
/// when the first composed frame needs them, by the display's allocator where it can and the composer can draw to that;
/// else by the composer, exported to the display; for a display that takes no buffers (headless) by the composer alone.
///
/// While the composer cannot draw yet (ComposerGate) the only image is a black one of the display's.
class OutputImages {
 public:
  OutputImages(ScanoutDevice& device, Composer& composer, IdSource<BufferId>& ids, Log& log, const OutputInfo& output,
               const ComposerGate* gate = nullptr);
  /// Images for an overlay, over other planes' pictures: of the output's size, in a format with alpha.
  OutputImages(ScanoutDevice& device, Composer& composer, IdSource<BufferId>& ids, Log& log, const OutputInfo& output,
               const PlaneInfo& overlay, const ComposerGate* gate = nullptr);
  OutputImages(const OutputImages&) = delete;
  OutputImages& operator=(const OutputImages&) = delete;
  ~OutputImages();

  /// An image that is neither on the screen, nor on its way there, nor drawn to. EBUSY when there is none.
  [[nodiscard]] Result<OutputImage> acquire();
  /// The black image is not wanted for now: its memory, that of a whole screen, goes when nobody shows it.
  void drop_black();
  /// Whether there is a format that both the plane and the composer can.
  [[nodiscard]] bool possible() const { return offscreen_ || !formats_.empty(); }

 private:
  struct Token final : BufferLease {};
  void find_formats(const PlaneInfo& plane, bool translucent);
  [[nodiscard]] Result<OutputImage> create();
  [[nodiscard]] Result<OutputImage> black();
  [[nodiscard]] Result<OutputImage> create_for_display(BufferId buffer);

  ScanoutDevice& device_;
  Composer& composer_;
  IdSource<BufferId>& ids_;
  Log& log_;
  const ComposerGate* gate_; ///< Null: always open.
  std::string name_;
  Size size_;
  std::vector<FormatModifier> formats_; ///< What both the plane and the composer can, best first.
  bool offscreen_ = false;              ///< The display takes no buffers.
  bool upper_ = false;                  ///< For an overlay.
  std::array<OutputImage, 3> images_;
  OutputImage black_;
};

} // namespace fenceline
