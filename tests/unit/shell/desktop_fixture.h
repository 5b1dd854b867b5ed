#pragma once
#include <drm_fourcc.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "compositor/shell/desktop.h"

namespace fenceline::test {

/// A toplevel's client: writes down what it is told, "640x480 fullscreen active; ".
class FakeWindow final : public WindowClient {
 public:
  void configure(const WindowConfigure& wanted) override {
    last = wanted;
    text += fmt::format("{}x{}{}{}{}{}; ", wanted.size.width, wanted.size.height,
                        wanted.fullscreen ? " fullscreen" : "", wanted.maximized ? " maximized" : "",
                        wanted.resizing ? " resizing" : "", wanted.activated ? " active" : "");
  }
  void close() override { text += "close; "; }
  std::string take() { return std::exchange(text, {}); }

  WindowConfigure last;
  SurfaceId surface{};
  WindowId id{};

 private:
  std::string text;
};

/// A popup's client. Dismissals of all popups are written into one line, in their order.
class FakePopup final : public PopupClient {
 public:
  FakePopup(std::string name, std::string& log) : name_(std::move(name)), log_(log) {}
  void done() override { log_ += name_ + " done; "; }
  SurfaceId surface{};

 private:
  std::string name_;
  std::string& log_;
};

/// A desktop over one output of 640x480 at 0,0 with windows and popups of plain rectangles.
class DesktopTest : public testing::Test {
 protected:
  static constexpr OutputId left{1}, right{2};

  DesktopTest() {
    desktop.set_output(left, {0, 0, 640, 480});
    desktop.on_focus_changed([this] { ++focus_changes; });
    desktop.on_stack_changed([this] { ++stack_changes; });
  }

  /// A commit with content of that size.
  void show(SurfaceId id, Size size) {
    Surface* surface = scene.find(id);
    surface->pending().buffer = BufferAttachment{.id = buffers.next(),
                                                 .kind = BufferKind::Dmabuf,
                                                 .size = size,
                                                 .format = {DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR},
                                                 .pixels = nullptr,
                                                 .lease = nullptr};
    ASSERT_TRUE(scene.commit(*surface, {}));
  }
  SurfaceId surface(Size size) {
    const SurfaceId id = scene.create_surface(client).id();
    show(id, size);
    return id;
  }
  FakeWindow& window(Size size, bool map = true) {
    FakeWindow& w = *windows.emplace_back(std::make_unique<FakeWindow>());
    w.surface = surface(size);
    w.id = desktop.add_window(w.surface, w);
    if (map)
      desktop.map(w.id);
    return w;
  }
  /// The client answers the last configure, with content of the size that it asks for if it does, else of `size`.
  void answer(FakeWindow& w, Size size = {}) {
    if (!w.last.size.empty())
      size = w.last.size;
    if (!size.empty())
      show(w.surface, size);
    desktop.answered(w.id, w.last);
    desktop.committed(w.id);
  }
  FakePopup& popup(std::string name, SurfaceId parent, Rect place, bool grabs) {
    FakePopup& p = *popups.emplace_back(std::make_unique<FakePopup>(std::move(name), dismissed));
    p.surface = surface(place.size());
    EXPECT_TRUE(desktop.add_popup(p.surface, parent, p, place, grabs));
    desktop.map_popup(p.surface);
    return p;
  }
  void set_geometry(SurfaceId id, Rect geometry) {
    scene.find(id)->pending().window_geometry = geometry;
    ASSERT_TRUE(scene.commit(*scene.find(id), {}));
  }
  /// Where a window's geometry lies.
  [[nodiscard]] Point at(const FakeWindow& w) const {
    const Surface* s = scene.find(w.surface);
    const Point geometry = s->current().window_geometry ? s->current().window_geometry->origin() : Point{};
    return desktop.origin_of(w.surface).value_or(Point{-9999, -9999}) + geometry;
  }
  /// What is shown, bottom to top.
  [[nodiscard]] std::vector<SurfaceId> stack() const {
    std::vector<RootPlacement> roots;
    desktop.append_roots(left, roots);
    std::vector<SurfaceId> ids;
    for (const RootPlacement& root : roots) {
      ids.push_back(root.root);
      // Frames are the session's own: nobody asks where they lie.
      if (scene.find(root.root)->client() != ClientId{}) {
        EXPECT_EQ(root.position, desktop.origin_of(root.root)) << "two ways to the same place";
      }
    }
    return ids;
  }
  [[nodiscard]] SurfaceId under(double x, double y) const {
    return desktop.hit_test(x, y).value_or(SurfaceHit{}).surface;
  }

  ClientId client{1}; ///< Of the surfaces that are made next.
  NullObserver observer;
  Log log{LogLevel::Off};
  IdSource<BufferId> buffers;
  Scene scene{observer};
  Desktop desktop{scene, log};
  std::vector<std::unique_ptr<FakeWindow>> windows;
  std::vector<std::unique_ptr<FakePopup>> popups;
  std::string dismissed;
  int focus_changes = 0, stack_changes = 0;
};

} // namespace fenceline::test
