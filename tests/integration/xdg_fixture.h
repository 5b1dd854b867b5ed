#pragma once
#include <memory>
#include <vector>

#include "tests/integration/client_harness.h"

namespace fenceline::test {

/// A toplevel or popup of the test's client, with what it was told.
struct TestWindow {
  wl_surface* surface = nullptr;
  xdg_surface* xdg = nullptr;
  xdg_toplevel* toplevel = nullptr;
  xdg_popup* popup = nullptr;
  std::vector<std::uint32_t> serials; ///< Of xdg_surface.configure.
  Size size;                          ///< Of the last xdg_toplevel.configure.
  Rect place;                         ///< Of the last xdg_popup.configure.
  std::vector<std::uint32_t> states;
  int closed = 0, done = 0;
  std::uint32_t token = 0; ///< Of the last xdg_popup.repositioned.
};

/// Windows and popups of one client.
class XdgShellTest : public ProtocolTest {
 protected:
  TestWindow& make_surface() {
    windows.push_back(std::make_unique<TestWindow>());
    TestWindow& w = *windows.back();
    w.surface = client->surface();
    w.xdg = client->own(xdg_wm_base_get_xdg_surface(client->wm_base, w.surface));
    static constexpr xdg_surface_listener listener{.configure = [](void* data, xdg_surface*, std::uint32_t serial) {
      static_cast<TestWindow*>(data)->serials.push_back(serial);
    }};
    xdg_surface_add_listener(w.xdg, &listener, &w);
    return w;
  }
  /// Gives it a role object: its first one, or one more after that was destroyed.
  void give_toplevel(TestWindow& w) const {
    w.toplevel = client->own(xdg_surface_get_toplevel(w.xdg));
    static constexpr xdg_toplevel_listener listener{
        .configure =
            [](void* data, xdg_toplevel*, std::int32_t width, std::int32_t height, wl_array* states) {
              auto* window = static_cast<TestWindow*>(data);
              window->size = {width, height};
              const auto* first = static_cast<const std::uint32_t*>(states->data);
              window->states.assign(first, first + states->size / sizeof(std::uint32_t));
            },
        .close = [](void* data, xdg_toplevel*) { ++static_cast<TestWindow*>(data)->closed; },
        .configure_bounds = [](void*, xdg_toplevel*, std::int32_t, std::int32_t) {},
        .wm_capabilities = [](void*, xdg_toplevel*, wl_array*) {}};
    xdg_toplevel_add_listener(w.toplevel, &listener, &w);
  }
  TestWindow& make_toplevel() {
    TestWindow& w = make_surface();
    give_toplevel(w);
    return w;
  }
  /// A positioner with what it needs: 20x10, anchored at the parent's upper left corner.
  xdg_positioner* positioner(std::int32_t x = 0, std::int32_t y = 0) {
    xdg_positioner* p = client->own(xdg_wm_base_create_positioner(client->wm_base));
    xdg_positioner_set_size(p, 20, 10);
    xdg_positioner_set_anchor_rect(p, x, y, 1, 1);
    xdg_positioner_set_anchor(p, XDG_POSITIONER_ANCHOR_TOP_LEFT);
    xdg_positioner_set_gravity(p, XDG_POSITIONER_GRAVITY_BOTTOM_RIGHT);
    return p;
  }
  void give_popup(TestWindow& w, const TestWindow& parent, xdg_positioner* where) const {
    w.popup = client->own(xdg_surface_get_popup(w.xdg, parent.xdg, where));
    static constexpr xdg_popup_listener listener{
        .configure =
            [](void* data, xdg_popup*, std::int32_t x, std::int32_t y, std::int32_t width, std::int32_t height) {
              static_cast<TestWindow*>(data)->place = {x, y, width, height};
            },
        .popup_done = [](void* data, xdg_popup*) { ++static_cast<TestWindow*>(data)->done; },
        .repositioned = [](void* data, xdg_popup*,
                           std::uint32_t token) { static_cast<TestWindow*>(data)->token = token; }};
    xdg_popup_add_listener(w.popup, &listener, &w);
  }
  TestWindow& make_popup(const TestWindow& parent, xdg_positioner* where) {
    TestWindow& w = make_surface();
    give_popup(w, parent, where);
    return w;
  }
  /// The initial commit and the ack of what it is answered with.
  void configure(TestWindow& w) {
    const std::size_t sent = w.serials.size();
    wl_surface_commit(w.surface);
    expect_alive();
    ASSERT_GT(w.serials.size(), sent) << "an initial commit without an answer";
    xdg_surface_ack_configure(w.xdg, w.serials.back());
  }
  void map(TestWindow& w, std::int32_t size = 64) {
    configure(w);
    TestClient::show(w.surface, client->shm_buffer(size, size));
    expect_alive();
  }
  void unmap(const TestWindow& w) const {
    wl_surface_attach(w.surface, nullptr, 0, 0);
    wl_surface_commit(w.surface);
    expect_alive();
  }
  [[nodiscard]] bool is_mapped(const TestWindow& w) const {
    return client->scene_surface(w.surface).current().mapped();
  }

  /// What is shown, bottom to top.
  [[nodiscard]] std::vector<SurfaceId> shown() const {
    std::vector<SurfaceId> surfaces;
    for (const Layer& layer : server.layers())
      surfaces.push_back(layer.surface);
    return surfaces;
  }
  [[nodiscard]] SurfaceId id(const TestWindow& w) const { return client->scene_surface(w.surface).id(); }

  std::vector<std::unique_ptr<TestWindow>> windows;
};

} // namespace fenceline::test
