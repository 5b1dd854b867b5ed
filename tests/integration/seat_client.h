#pragma once
#include <linux/input-event-codes.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/client_harness.h"

namespace fenceline::test {

class SeatClient;

/// What an object has heard, as text: "enter a 5,6; frame; ". Surfaces have the names that the test gave them; one that
/// the client has destroyed is "gone".
class Heard {
 public:
  explicit Heard(SeatClient& owner) : owner_(owner) {}
  /// What has come since the last call.
  std::string take() { return std::exchange(text_, {}); }
  void add(const std::string& event);
  [[nodiscard]] std::string name(wl_surface* surface) const;
  [[nodiscard]] SeatClient& owner() const { return owner_; }

 private:
  SeatClient& owner_;
  std::string text_;
};

struct PointerObject : Heard {
  using Heard::Heard;
  wl_pointer* proxy = nullptr;
  std::uint32_t enter_serial = 0, leave_serial = 0, button_serial = 0;
  std::uint32_t time = 0; ///< Of the last event that has one, ms.
};

struct KeyboardObject : Heard {
  using Heard::Heard;
  wl_keyboard* proxy = nullptr;
  std::uint32_t enter_serial = 0, leave_serial = 0, key_serial = 0, modifiers_serial = 0;
  std::uint32_t time = 0;
  UniqueFd keymap;
  std::uint32_t keymap_size = 0;
};

struct TouchObject : Heard {
  using Heard::Heard;
  wl_touch* proxy = nullptr;
  std::uint32_t down_serial = 0, up_serial = 0;
  std::uint32_t time = 0;
};

struct SeatObject : Heard {
  using Heard::Heard;
  wl_seat* proxy = nullptr;
};

struct OfferObject : Heard {
  using Heard::Heard;
  wl_data_offer* proxy = nullptr;
  std::vector<std::string> types;
};

struct SourceObject : Heard {
  using Heard::Heard;
  wl_data_source* proxy = nullptr;
  UniqueFd sent; ///< Of the last send.
};

struct DeviceObject : Heard {
  using Heard::Heard;
  wl_data_device* proxy = nullptr;
  std::vector<std::unique_ptr<OfferObject>> offers; ///< In the order of their coming.
  OfferObject* selection = nullptr;
  OfferObject* dragged = nullptr; ///< Of the last enter.
  std::uint32_t enter_serial = 0;
};

/// A toplevel with content.
struct ShownWindow {
  wl_surface* surface = nullptr;
  xdg_surface* xdg = nullptr;
  xdg_toplevel* toplevel = nullptr;
  std::uint32_t serial = 0; ///< Of the last configure; all are acknowledged.
};

/// A client that shows windows and listens to its seat.
class SeatClient : public TestClient {
 public:
  using TestClient::TestClient;
  /// Version 0: the newest.
  SeatObject& bind_seat(std::uint32_t version = 0);
  PointerObject& pointer(std::uint32_t version = 0);
  KeyboardObject& keyboard(std::uint32_t version = 0);
  TouchObject& touch(std::uint32_t version = 0);
  DeviceObject& device(std::uint32_t version = 0);
  /// With these types on offer.
  SourceObject& source(const std::vector<std::string>& types = {"text/plain"}, std::uint32_t version = 0);
  /// In the middle of the output, or where the cascade is; known as `name`. Pumps.
  ShownWindow& window(const std::string& name, Size size = {100, 80});
  void name(wl_surface* surface, std::string text) { names_[surface] = std::move(text); }
  /// wl_surface.destroy, of a surface without a role object.
  void destroy(wl_surface* surface) {
    names_.erase(surface);
    drop(surface, wl_surface_destroy);
  }
  /// The toplevel's and the xdg_surface's objects, then the surface.
  void destroy(ShownWindow& window);

  /// What all objects have heard, in one line.
  std::string journal;

 private:
  friend class Heard;
  wl_data_device_manager* manager(std::uint32_t version);
  std::map<wl_surface*, std::string> names_;
  std::vector<std::unique_ptr<SeatObject>> seats_;
  std::vector<std::unique_ptr<PointerObject>> pointers_;
  std::vector<std::unique_ptr<KeyboardObject>> keyboards_;
  std::vector<std::unique_ptr<TouchObject>> touches_;
  std::vector<std::unique_ptr<DeviceObject>> devices_;
  std::vector<std::unique_ptr<SourceObject>> sources_;
  std::vector<std::unique_ptr<ShownWindow>> windows_;
};

/// A server with two clients. The first window of either is 100x80 at 270,200, the next 32 px further each.
class SeatProtocolTest : public testing::Test {
 protected:
  void SetUp() override {
    a = std::make_unique<SeatClient>(server);
    b = std::make_unique<SeatClient>(server);
  }
  /// Lets all talk until nobody has anything to say.
  void pump() const {
    for (int i = 0; i < 2; ++i)
      for (const auto* client : {&a, &b})
        if (*client)
          (*client)->pump();
  }
  /// The pointer is in the upper left corner, on no window.
  void plug_both() {
    server.input.plug_pointer();
    server.input.move(1, 1);
    server.input.plug_keyboard();
  }
  /// A press and a release.
  void click() {
    server.input.button(BTN_LEFT, true);
    server.input.button(BTN_LEFT, false);
  }
  /// Client a has made this error and is gone; b is not.
  void expect_error(const std::string& wanted) const {
    pump();
    EXPECT_EQ(wanted, a->error());
    EXPECT_EQ("", b->error());
    EXPECT_EQ(1U, server.display->client_count());
  }
  void expect_alive() const {
    pump();
    EXPECT_EQ("", a->error());
    EXPECT_EQ("", b->error());
  }

  TestServer server;
  FakeInput& input = server.input;
  std::unique_ptr<SeatClient> a, b;
};

} // namespace fenceline::test
