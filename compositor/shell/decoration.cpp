#include "compositor/shell/decoration.h"

#include <drm_fourcc.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

namespace fenceline {
namespace {

/// One pixel.
class Plain final : public PixelSource {
 public:
  explicit Plain(std::uint32_t color) : color_(color) {}
  [[nodiscard]] Size size() const override { return {1, 1}; }
  [[nodiscard]] std::uint32_t fourcc() const override { return DRM_FORMAT_XRGB8888; }
  [[nodiscard]] std::uint32_t stride() const override { return sizeof color_; }
  bool read_rows(std::uint32_t first, std::uint32_t count, std::span<std::byte> out) const override {
    if (first != 0 || count != 1 || out.size() < sizeof color_)
      return false;
    std::memcpy(out.data(), &color_, sizeof color_);
    return true;
  }

 private:
  std::uint32_t color_;
};

constexpr double corner = 16; ///< px along a border that belong to its corner, too.

} // namespace

Decoration::Decoration(Scene& scene, std::shared_ptr<TitleText> text) : scene_(scene), text_(std::move(text)) {
  for (SurfaceId& id : surfaces_)
    id = scene_.create_surface(ClientId{}).id();
}

Decoration::~Decoration() {
  for (const SurfaceId id : surfaces_)
    scene_.destroy_surface(id);
}

Insets Decoration::insets(bool maximized) {
  return maximized ? Insets{0, TitleBar::height, 0, 0} : Insets{border, TitleBar::height, border, border};
}

void Decoration::attach(Piece piece, std::shared_ptr<const PixelSource> pixels, Size size) {
  Surface* surface = scene_.find(surfaces_[piece]);
  if (!surface)
    return;
  SurfacePatch& patch = surface->pending();
  if (!pixels) {
    patch.buffer.emplace(std::nullopt);
  } else {
    const Size own = pixels->size();
    patch.buffer = BufferAttachment{.id = BufferId{},
                                    .kind = BufferKind::Shm,
                                    .size = own,
                                    .format = {pixels->fourcc(), DRM_FORMAT_MOD_LINEAR},
                                    .pixels = std::move(pixels),
                                    .lease = nullptr};
    patch.buffer_damage = Region(Rect{0, 0, own.width, own.height});
    patch.viewport_destination.emplace(size);
  }
  // Nothing waits on a surface of our own: it can't be refused.
  [[maybe_unused]] const Result<CommitId> committed = scene_.commit(*surface, {});
}

void Decoration::show(const Look& look) {
  const Look before = std::exchange(look_, look);
  if (look == before)
    return;
  const Insets around = insets(look.maximized);
  const std::int32_t width = std::clamp(look.content.width + around.left + around.right, 1, TitleBar::widest);
  const std::int32_t tall = std::clamp(look.content.height + around.bottom, 1, TitleBar::widest);
  const bool wider = before.content.width != look.content.width || before.maximized != look.maximized;
  if (wider || before.title != look.title || before.active != look.active)
    attach(Title, std::make_shared<TitleBar>(text_, width, look.title, look.active, look.maximized),
           {width, TitleBar::height});
  if (look.maximized) {
    for (const Piece piece : {Left, Right, Bottom})
      attach(piece, nullptr, {});
    return;
  }
  if (before.content == look.content && before.active == look.active && before.maximized == look.maximized)
    return;
  const auto plain = std::make_shared<Plain>(TitleBar::color(look.active));
  attach(Left, plain, {border, tall});
  attach(Right, plain, {border, tall});
  attach(Bottom, plain, {std::clamp(look.content.width, 1, TitleBar::widest), border});
}

void Decoration::append_roots(Point at, std::vector<RootPlacement>& roots) const {
  const Insets around = insets(look_.maximized);
  roots.push_back({surfaces_[Title], at - Point{around.left, around.top}, LayerRole::Content});
  if (look_.maximized)
    return;
  roots.push_back({surfaces_[Left], at - Point{border, 0}, LayerRole::Content});
  roots.push_back({surfaces_[Right], at + Point{look_.content.width, 0}, LayerRole::Content});
  roots.push_back({surfaces_[Bottom], at + Point{0, look_.content.height}, LayerRole::Content});
}

std::optional<Decoration::Hold> Decoration::hold_of(SurfaceId surface, double x, double y) const {
  const auto it = std::find(surfaces_.begin(), surfaces_.end(), surface);
  if (it == surfaces_.end() || surface == SurfaceId{})
    return std::nullopt;
  const Piece piece = static_cast<Piece>(it - surfaces_.begin());
  const Insets around = insets(look_.maximized);
  const std::int32_t width = look_.content.width + around.left + around.right;
  // From the frame's own corner.
  const double fx = piece == Right ? x + width - border : piece == Bottom ? x + border : x;
  const double fy = piece == Title    ? y
                    : piece == Bottom ? y + TitleBar::height + look_.content.height
                                      : y + TitleBar::height;
  if (piece == Title && (look_.maximized || fy >= border))
    return Hold{TitleBar::part_at(width, x), window_edge::none};
  const double tall = TitleBar::height + look_.content.height + border;
  WindowEdges edges = window_edge::none;
  if (piece == Left || fx < corner)
    edges |= window_edge::left;
  else if (piece == Right || fx >= width - corner)
    edges |= window_edge::right;
  if (piece == Title || fy < corner)
    edges |= window_edge::top;
  else if (piece == Bottom || fy >= tall - corner)
    edges |= window_edge::bottom;
  return Hold{FramePart::Border, edges};
}

} // namespace fenceline
