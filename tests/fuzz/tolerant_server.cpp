// A server that takes every request of every protocol it knows and does nothing about it: the ground against which the
// fuzzer itself is tested. Asked to, it misbehaves after a number of requests, which the fuzzer must notice.

#include "tests/fuzz/protocol_model.h"
#include "tests/fuzz/scanner_tables.h"

#include <fmt/format.h>
#include <unistd.h>
#include <wayland-server-core.h>

#include <charconv>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace fenceline::fuzz;

struct Misdeed {
  std::string_view name; // "crash", "hang", "disconnect", "fail" or nothing
  std::uint64_t after = 0;
};

class TolerantServer;

struct Object {
  TolerantServer& server;
  const InterfaceSpec& interface;
  std::uint32_t xdg_surface = 0; ///< of a wl_surface: the id of what was made of it
};

struct Offer {
  TolerantServer& server;
  const InterfaceSpec& interface;
};

class TolerantServer {
 public:
  TolerantServer(wl_display* display, const ProtocolModel& model, Misdeed misdeed)
      : display_(display), model_(model), tables_(model), misdeed_(misdeed) {}

  /// Makes a global of each interface whose name says that it is one, and that no other interface creates.
  void offer_globals(const std::vector<std::string>& names) {
    for (const auto& name : names) {
      const auto* interface = model_.find(name);
      if (interface == nullptr)
        continue;
      offers_.push_back(std::make_unique<Offer>(Offer{*this, *interface}));
      wl_global_create(display_, tables_.table(interface), static_cast<int>(interface->version), offers_.back().get(),
                       bind);
    }
  }

  [[nodiscard]] bool failing() const { return failing_; }

 private:
  static void bind(wl_client* client, void* data, std::uint32_t version, std::uint32_t id) {
    auto& offer = *static_cast<Offer*>(data);
    offer.server.create(client, offer.interface, static_cast<int>(version), id);
  }

  void create(wl_client* client, const InterfaceSpec& interface, int version, std::uint32_t id) {
    auto* resource = wl_resource_create(client, tables_.table(&interface), version, id);
    if (resource == nullptr) {
      wl_client_post_no_memory(client);
      return;
    }
    auto* object = new Object{.server = *this, .interface = interface};
    wl_resource_set_dispatcher(resource, dispatch, nullptr, object, [](wl_resource* dying) {
      delete static_cast<Object*>(wl_resource_get_user_data(dying));
    });
    if (interface.name == "wl_seat")
      wl_resource_post_event(resource, 0, 7u); // pointer, keyboard, touch
  }

  static int dispatch(const void*, void* target, std::uint32_t opcode, const wl_message*, wl_argument* args) {
    auto* resource = static_cast<wl_resource*>(target);
    auto& object = *static_cast<Object*>(wl_resource_get_user_data(resource));
    object.server.take_request(resource, object.interface.requests[opcode], args);
    return 0;
  }

  void take_request(wl_resource* resource, const MessageSpec& spec, wl_argument* args) {
    auto* client = wl_resource_get_client(resource);
    if (spec.name == "commit")
      configure(*static_cast<Object*>(wl_resource_get_user_data(resource)), client);
    for (std::size_t i = 0; i < spec.args.size(); ++i) {
      const auto& arg = spec.args[i];
      if (arg.type == ArgType::Fd)
        close(args[i].h);
      else if (arg.type == ArgType::NewId && arg.interface != nullptr)
        create(client, *arg.interface, wl_resource_get_version(resource), args[i].n);
    }
    if (spec.name == "get_xdg_surface" && args[1].o != nullptr)
      static_cast<Object*>(wl_resource_get_user_data(reinterpret_cast<wl_resource*>(args[1].o)))->xdg_surface =
          args[0].n;
    if (spec.destructor)
      wl_resource_destroy(resource);
    if (++requests_ == misdeed_.after)
      misbehave();
  }

  /// Each commit is answered with a configure: more than the protocol asks for, never less.
  void configure(const Object& surface, wl_client* client) {
    auto* resource = surface.xdg_surface == 0 ? nullptr : wl_client_get_object(client, surface.xdg_surface);
    // The id may belong to something else by now.
    if (resource != nullptr && std::string_view(wl_resource_get_class(resource)) == "xdg_surface")
      wl_resource_post_event(resource, 0, wl_display_next_serial(display_));
  }

  void misbehave() {
    if (misdeed_.name == "crash") {
      // Past a sanitizer's handler, which would make a status of the signal.
      std::signal(SIGSEGV, SIG_DFL);
      std::raise(SIGSEGV);
    }
    if (misdeed_.name == "hang")
      for (;;)
        pause();
    if (misdeed_.name == "fail")
      failing_ = true;
    if (misdeed_.name == "disconnect")
      // Not from here: the client whose request this is would go with the others.
      wl_event_loop_add_idle(
          wl_display_get_event_loop(display_),
          [](void* display) { wl_display_destroy_clients(static_cast<wl_display*>(display)); }, display_);
  }

  wl_display* display_;
  const ProtocolModel& model_;
  ScannerTables tables_;
  Misdeed misdeed_;
  std::vector<std::unique_ptr<Offer>> offers_;
  std::uint64_t requests_ = 0;
  bool failing_ = false;
};

const std::vector<std::string> kGlobals = {"wl_compositor",
                                           "wl_subcompositor",
                                           "wl_shm",
                                           "wl_seat",
                                           "wl_output",
                                           "wl_data_device_manager",
                                           "xdg_wm_base",
                                           "wp_viewporter",
                                           "wp_presentation",
                                           "zwp_linux_dmabuf_v1",
                                           "wp_linux_drm_syncobj_manager_v1",
                                           "wp_single_pixel_buffer_manager_v1",
                                           "wp_fifo_manager_v1"};

} // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: tolerant_server SOCKET [crash|hang|disconnect|fail REQUESTS]\n");
    return 2;
  }
  Misdeed misdeed;
  if (argc > 3) {
    misdeed.name = argv[2];
    misdeed.after = std::strtoull(argv[3], nullptr, 10);
  }
  ProtocolModel model;
  for (const char* path : {FENCELINE_FUZZ_PROTOCOLS}) {
    if (auto added = model.add_path(path); !added) {
      fmt::print(stderr, "tolerant_server: {}\n", added.error().text());
      return 1;
    }
  }
  model.resolve();
  // One line for each bad message, thousands a second, would be all that the log holds.
  wl_log_set_handler_server([](const char*, va_list) {});
  const std::unique_ptr<wl_display, decltype(&wl_display_destroy)> display(wl_display_create(), wl_display_destroy);
  TolerantServer server(display.get(), model, misdeed);
  server.offer_globals(kGlobals);
  auto* loop = wl_display_get_event_loop(display.get());
  const auto terminate = [](int, void* data) {
    wl_display_terminate(static_cast<wl_display*>(data));
    return 0;
  };
  const std::unique_ptr<wl_event_source, decltype(&wl_event_source_remove)> signal_source(
      wl_event_loop_add_signal(loop, SIGTERM, terminate, display.get()), wl_event_source_remove);
  if (wl_display_add_socket(display.get(), argv[1]) != 0) {
    fmt::print(stderr, "tolerant_server: no socket {} in XDG_RUNTIME_DIR\n", argv[1]);
    return 1;
  }
  wl_display_run(display.get());
  wl_display_destroy_clients(display.get());
  return server.failing() ? 3 : 0;
}
