// A client of one colour over the whole screen: it is the display's own background, without a plane, an image or a
// copy. What the display puts out (vkms' writeback) and what the kernel says of its planes, of a session with real
// clients.

#include <gtest/gtest.h>
#include <single-pixel-buffer-v1-client-protocol.h>
#include <viewporter-client-protocol.h>
#include <wayland-client.h>
#include <xdg-shell-client-protocol.h>

#include <cstring>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/lab/drm_lab.h"
#include "tests/lab/witness_json.h"
#include "tests/lab/witness_picture.h"
#include "tests/lab/witness_session.h"
#include "tests/lab/witness_writeback.h"

namespace fenceline::lab {
namespace {

constexpr std::uint32_t orange = 0xff8000, blue = 0x0000ff;

/// A fullscreen window of one colour.
class ColourClient {
 public:
  explicit ColourClient(const std::string& socket) : display_(wl_display_connect(socket.c_str())) {
    if (display_ == nullptr)
      throw std::runtime_error("a client cannot connect");
    registry_ = wl_display_get_registry(display_);
    static constexpr wl_registry_listener globals{
        .global = [](void* data, wl_registry*, std::uint32_t name, const char* interface,
                     std::uint32_t) { static_cast<ColourClient*>(data)->globals_[interface] = name; },
        .global_remove = [](void*, wl_registry*, std::uint32_t) {}};
    wl_registry_add_listener(registry_, &globals, this);
    wl_display_roundtrip(display_);
    auto* compositor = bind<wl_compositor>(wl_compositor_interface, 4);
    auto* base = bind<xdg_wm_base>(xdg_wm_base_interface);
    colours_ = bind<wp_single_pixel_buffer_manager_v1>(wp_single_pixel_buffer_manager_v1_interface);
    surface_ = wl_compositor_create_surface(compositor);
    viewport_ = wp_viewporter_get_viewport(bind<wp_viewporter>(wp_viewporter_interface), surface_);
    xdg_surface* xdg = xdg_wm_base_get_xdg_surface(base, surface_);
    static constexpr xdg_surface_listener configure{
        .configure = [](void* data, xdg_surface* surface, std::uint32_t serial) {
          xdg_surface_ack_configure(surface, serial);
          static_cast<ColourClient*>(data)->configured_ = true;
        }};
    xdg_surface_add_listener(xdg, &configure, this);
    xdg_toplevel* toplevel = xdg_surface_get_toplevel(xdg);
    static constexpr xdg_toplevel_listener sizes{
        .configure =
            [](void* data, xdg_toplevel*, std::int32_t width, std::int32_t height, wl_array*) {
              static_cast<ColourClient*>(data)->size_ = {width, height};
            },
        .close = [](void*, xdg_toplevel*) {},
        .configure_bounds = [](void*, xdg_toplevel*, std::int32_t, std::int32_t) {},
        .wm_capabilities = [](void*, xdg_toplevel*, wl_array*) {}};
    xdg_toplevel_add_listener(toplevel, &sizes, this);
    xdg_toplevel_set_fullscreen(toplevel, nullptr);
    wl_surface_commit(surface_);
    while (!configured_)
      if (wl_display_roundtrip(display_) < 0)
        throw std::runtime_error("a client was disconnected");
  }
  ColourClient(const ColourClient&) = delete;
  ColourClient& operator=(const ColourClient&) = delete;
  /// All of its objects go with the connection.
  ~ColourClient() { wl_display_disconnect(display_); }

  void show(std::uint32_t rgb) {
    const auto channel = [rgb](unsigned shift) { return (rgb >> shift & 0xffU) * 0x01010101U; };
    wl_buffer* buffer = wp_single_pixel_buffer_manager_v1_create_u32_rgba_buffer(colours_, channel(16), channel(8),
                                                                                 channel(0), UINT32_MAX);
    wp_viewport_set_destination(viewport_, size_.width, size_.height);
    wl_surface_attach(surface_, buffer, 0, 0);
    wl_surface_damage_buffer(surface_, 0, 0, INT32_MAX, INT32_MAX);
    wl_surface_commit(surface_);
    if (wl_display_roundtrip(display_) < 0)
      throw std::runtime_error("a client was disconnected");
  }

 private:
  template <class P>
  P* bind(const wl_interface& interface, std::uint32_t version = 1) {
    return static_cast<P*>(wl_registry_bind(registry_, globals_.at(interface.name), &interface, version));
  }

  wl_display* display_;
  wl_registry* registry_ = nullptr;
  std::map<std::string, std::uint32_t> globals_;
  wp_single_pixel_buffer_manager_v1* colours_ = nullptr;
  wl_surface* surface_ = nullptr;
  wp_viewport* viewport_ = nullptr;
  bool configured_ = false;
  Size size_;
};

std::vector<std::uint32_t> framebuffers(const Witness& eyes) {
  std::vector<std::uint32_t> found;
  const std::unique_ptr<drmModePlaneRes, decltype(&drmModeFreePlaneResources)> planes(
      drmModeGetPlaneResources(eyes.fd()), drmModeFreePlaneResources);
  for (std::uint32_t i = 0; i < planes->count_planes; ++i)
    if (const std::uint32_t framebuffer = eyes.framebuffer_on(planes->planes[i]); framebuffer != 0)
      found.push_back(framebuffer);
  return found;
}

TEST(Background, IsTheColourOfAClientWithoutAPlaneOrAnImage) {
  Session session;
  const Witness eyes;
  {
    ColourClient client(session.socket());
    Writeback writeback(session.compositor().pid());
    for (const std::uint32_t colour : {orange, blue, 0x010203U}) {
      client.show(colour);
      bool there = false;
      for (int look = 0; look < 600 && !there; ++look) {
        const Picture shown = writeback.capture();
        there = shown == make_picture(shown.size, [colour](std::uint32_t, std::uint32_t) { return colour; });
      }
      EXPECT_TRUE(there) << std::hex << colour << session.log();
      EXPECT_TRUE(framebuffers(eyes).empty()) << "no plane shows anything, by the kernel's account";
    }
    // A client's own buffer lies over it.
    const std::uint32_t colour = 0x010203U;
    Process window = session.client("demos/spin", {"--size", "320x240", "--pattern", "--json"});
    bool over = false;
    for (int look = 0; look < 1500 && !over; ++look) {
      const Picture shown = writeback.capture();
      over = shown.at({0, 0}) == colour && shown.at({512, 384}) != colour;
    }
    EXPECT_TRUE(over) << session.log();
    EXPECT_EQ(framebuffers(eyes).size(), 1U) << "the window's";
    window.send(SIGTERM);
    EXPECT_EQ(window.wait(), 0) << window.errors();
  }
  EXPECT_EQ(session.end(), 0) << session.log();
  const std::string text = session.report();
  const Json report = Json::parse(text);
  const Json& output = report["outputs"].list().at(0);
  EXPECT_EQ(output["copied_bytes"].number(), 0) << text;
  EXPECT_EQ(output["layers_composed"].number(), 0) << text;
  EXPECT_GT(output["layers_background"].number(), 0) << text;
}

} // namespace
} // namespace fenceline::lab
