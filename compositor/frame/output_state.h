#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compositor/base/clock.h"
#include "compositor/base/fd.h"
#include "compositor/base/geometry.h"
#include "compositor/frame/color.h"
#include "compositor/frame/content_type.h"
#include "compositor/frame/dmabuf.h"
#include "compositor/frame/ids.h"
#include "compositor/frame/yuv.h"

namespace fenceline {

/// A display timing. The refresh is the exact length of a frame.
struct Mode {
  Size size;
  Nanoseconds refresh{};
  std::uint32_t id = 0; ///< The backend's own number for it.
  bool preferred = false;
};

/// Whether they are one and the same of a display's modes.
[[nodiscard]] inline bool same_mode(const Mode& a, const Mode& b) {
  return a.size == b.size && a.refresh == b.refresh && a.id == b.id;
}

enum class PlaneType : std::uint8_t { Primary, Overlay, Cursor };

/// Where a plane can lie among the others of its output (KMS: zpos): higher is nearer to the eye.
struct PlaneDepths {
  std::uint64_t lowest = 0, highest = 0;
  std::uint64_t at_start = 0; ///< From lowest to highest.
  [[nodiscard]] bool movable() const { return lowest < highest; }
};

/// What a plane of an output takes.
struct PlaneInfo {
  PlaneId id{};
  PlaneType type = PlaneType::Primary;
  std::vector<FormatModifier> formats;
  std::uint8_t transforms = 1;    ///< Bit N: it shows a buffer whose content was turned by Transform N upright.
  bool alpha = false;             ///< It fades its picture (KMS: alpha).
  std::vector<YuvEncoding> yuv{}; ///< What it takes YCbCr formats in; none: it does not say, and takes none.
  /// None: the display does not say. Then overlays lie over the primary plane, in the order in which they are listed.
  std::optional<PlaneDepths> depths{};
  [[nodiscard]] bool takes(FormatModifier format) const;
  [[nodiscard]] bool takes(Transform transform) const {
    return (transforms >> static_cast<unsigned>(transform) & 1U) != 0;
  }
  [[nodiscard]] bool takes(const YuvEncoding& encoding) const;
};

/// A display whose blanks come when there is a new picture.
struct VariableRefresh {
  Nanoseconds longest{}; ///< That it holds a picture before it shows it again; 0: it does not say.
  friend bool operator==(const VariableRefresh&, const VariableRefresh&) = default;
};

/// An output as its backend describes it. Fixed as long as the output is there, but for `mode`.
struct OutputInfo {
  OutputId id{};
  std::string name; ///< The connector's, such as HDMI-A-1.
  std::string make, model, serial;
  Size physical_mm;
  std::vector<Mode> modes;
  Mode mode; ///< The one that is set, or that the first commit sets.
  std::vector<PlaneInfo> planes;
  Size cursor_size;       ///< Largest image of the cursor plane; empty when there is no cursor plane.
  bool in_fences = false; ///< Whether a plane takes IN_FENCE_FD.
  /// Where no plane shows anything it shows a colour of our choice (KMS: BACKGROUND_COLOR); else black.
  bool background = false;
  /// The primary plane shows CPU memory only: ScanoutDevice::write_pixels brings a composed image to it.
  bool reads_pixels = false;
  bool async_flips = false;                  ///< It may take states that tear (OutputState::tears).
  bool content_types = false;                ///< It may be told what it shows (OutputState::content).
  std::optional<VariableRefresh> variable{}; ///< None: its blanks are a mode's refresh apart, always.
};

/// One plane, showing one buffer. Its fence travels with it.
struct PlaneState {
  PlaneId plane{};
  BufferId buffer{};
  FRect source;                            ///< In buffer pixels (KMS: 16.16).
  Rect dest;                               ///< In output pixels.
  UniqueFd in_fence;                       ///< A sync file that the display waits for; not valid: the content is there.
  Transform transform = Transform::Normal; ///< How the buffer's content was turned; shown upright. In PlaneInfo's.
  float alpha = 1.0F;                      ///< 0 to 1; below 1 only where the plane fades.
  YuvEncoding yuv{};                       ///< For formats of YCbCr. In PlaneInfo's.
  std::optional<std::uint64_t> depth{};    ///< In PlaneInfo's; none: as at the start.
};

/// The complete request for one CRTC: planes that are not named are off. A newer one replaces one that was not sent;
/// nothing is merged.
struct OutputState {
  OutputId output{};
  FrameId frame{};
  /// False: the output goes dark (DPMS). There are no planes then, and the next active state must set the mode.
  bool active = true;
  Mode mode;
  bool modeset = false; ///< Whether the mode may be set with it: the first commit, and after a resume.
  std::vector<PlaneState> planes;
  Color background = black; ///< Opaque; another than black only where OutputInfo has a background.
  /// Shown at once, in the middle of a frame (DRM_MODE_PAGE_FLIP_ASYNC): nothing but the primary plane's buffer and its
  /// fence may differ from the state before. Only where OutputInfo has async flips; a display may refuse it all the
  /// same.
  bool tears = false;
  bool variable_refresh = false;           ///< Its blank comes when it is ready; only where OutputInfo can.
  ContentType content = ContentType::None; ///< A hint for the display; one that takes none ignores it.
};

/// What the display says of a flip that has happened.
struct FlipEvent {
  OutputId output{};
  FrameId frame{};             ///< The OutputState's.
  TimePoint time;              ///< When the new content began to be scanned out.
  std::uint64_t sequence = 0;  ///< The blank's number, counted on past the kernel's 32 bits.
  bool hardware_clock = false; ///< The time is the display's own (presentation feedback HW_CLOCK and HW_COMPLETION).
  bool vsync = false; ///< The new content appeared in the vertical blank of a display (presentation feedback VSYNC).
  /// The state tore (OutputState::tears): no blank was at that time.
  bool torn = false;
  bool variable = false; ///< The output's blanks are not a refresh apart (OutputState::variable_refresh).
  bool seen = true;      ///< False: the frame is over, but nobody has seen it (a parent compositor hides our window).
  bool copied_again = false; ///< The display itself has composed it once more: nothing in it was shown without a copy.
};

} // namespace fenceline
